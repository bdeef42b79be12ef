"""Places that events has met: kept, so that an activity can be made while hierarchy is down."""

from sqlalchemy import Column, Table, Text

from services.events.schema import SCHEMA
from shared.runtime.tables import district, moment, path

KNOWN_PLACES = Table(
    "known_places",
    SCHEMA.metadata,
    district(),
    Column("code", Text(collation="C"), primary_key=True),
    path(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    moment("seen_at", default_now=True),
)
