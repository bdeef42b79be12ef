"""When a registered person came and went, and who says so: one row per registration, with its id."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid

from services.events.schema import SCHEMA
from shared.runtime.tables import district, moment

ATTENDANCE = Table(
    "attendance",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the registration's
    Column("activity_id", Uuid, nullable=False),
    Column("person", Text, nullable=False),
    moment("in_at"),
    Column("in_evidence", Text, nullable=False),
    moment("out_at", nullable=True),
    Column("out_evidence", Text),
    Column("minutes", Integer),
    CheckConstraint("minutes >= 0", name="minutes"),
    Index("ix_attendance_activity", "district", "activity_id", "id"),
    Index("ix_attendance_person", "district", "person", "id"),
)
