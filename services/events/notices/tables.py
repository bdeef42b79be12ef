"""Messages to persons: what happened to their registrations without them."""

from sqlalchemy import Column, Index, Table, Text, Uuid

from services.events.schema import SCHEMA
from shared.runtime.tables import district, moment

NOTICES = Table(
    "notices",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the job's that wrote it: written once, however often it ran
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("activity_id", Uuid, nullable=False),
    Column("registration_id", Uuid, nullable=False),
    Column("text", Text, nullable=False),
    moment("created_at", default_now=True),
    Index("ix_notices_person", "district", "person", "id"),
)
