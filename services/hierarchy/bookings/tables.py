"""Bookings 场地预约: who has a venue or a room of it, from when to when.

No two that hold the room overlap, nor does one of a room with one of the venue it lies in. There is no exclusion
constraint (GiST is nothing that can be distributed): whoever books locks the venue's row first, and the statement that
follows sees what was committed meanwhile.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

BOOKINGS = Table(
    "bookings",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("venue_id", Uuid, nullable=False),
    path(),  # of the venue
    Column("step", Text, nullable=False),
    Column("booker", Text(collation="C"), nullable=False),
    moment("begins_at"),
    moment("ends_at"),
    Column("people", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    moment("created_at", default_now=True),
    CheckConstraint("begins_at < ends_at", name="forwards"),
    Index("ix_bookings_venue", "district", "venue_id", "begins_at"),
    Index("ix_bookings_path", "district", "path", "begins_at", "id"),
    Index("ix_bookings_booker", "district", "booker", "id"),
)
