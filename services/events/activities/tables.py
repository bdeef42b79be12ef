"""Activities, with the counters of their seats in the same row: its lock keeps seats from being sold twice.

No index holds a counter, and pages keep room, so that counting rewrites no index (HOT).
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid, text

from services.events.schema import SCHEMA
from shared.runtime.tables import district, moment, path

_ZERO = text("0")

ACTIVITIES = Table(
    "activities",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("description", Text),
    Column("place_code", Text, nullable=False),
    Column("place_name", Text, nullable=False),
    path("place_path"),
    Column("organiser", Text, nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    moment("signup_from", nullable=True),
    moment("signup_until"),
    Column("check_in_code", Text, nullable=False),
    moment("created_at", default_now=True),
    Column("capacity", Integer, nullable=False),
    Column("waiting_limit", Integer),
    Column("taken", Integer, nullable=False, server_default=_ZERO),
    Column("waiting", Integer, nullable=False, server_default=_ZERO),
    Column("last_place", Integer, nullable=False, server_default=_ZERO),
    CheckConstraint("taken BETWEEN 0 AND capacity", name="seats"),
    CheckConstraint("waiting >= 0", name="waiting"),
    Index("ix_activities_starts", "district", "starts_at", "id"),
    Index("ix_activities_place", "district", "place_path", "starts_at", "id"),
    postgresql_with={"fillfactor": "70"},
)
