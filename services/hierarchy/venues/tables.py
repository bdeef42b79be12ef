"""Venues 阵地: stations, parlours, windows, mediation rooms, and the rooms inside them; what is open when, and how many
came.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

VENUES = Table(
    "venues",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    path(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("functions", ARRAY(Text), nullable=False),
    Column("resident", Text),  # who is always there; null: whoever the roster names
    Column("invented", Boolean, nullable=False),
    moment("created_at", default_now=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False, server_default=text("'open'")),
    Column("part_of", Uuid),  # the venue that this room lies in
    Column("amenities", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("capacity", Integer),  # people; a venue without one is not booked
    Column("approval", Boolean, nullable=False, server_default=text("true")),  # bookings are looked at first
    Column("phone", Text),  # of the desk: a public number, nobody's own
    Column("hours", JSONB, nullable=False, server_default=text("'{}'")),  # rules.Week
    Column("address", Text),  # in words, for whoever has to find it
    Index("uq_venues_code", "district", "code", unique=True),
    Index("ix_venues_path", "district", "path"),
)

DAYS = Table(
    "venue_days",
    SCHEMA.metadata,
    district(),
    Column("venue_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("parts", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
)

PASTS = Table(
    "venue_pasts",
    SCHEMA.metadata,
    district(),
    Column("venue_id", Uuid, primary_key=True),
    Column("until", Date, primary_key=True),  # the last day on which these hours held
    Column("hours", JSONB, nullable=False),
)

VISITS = Table(
    "venue_visits",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("venue_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),
    Column("part", Text(collation="C"), nullable=False),
    Column("count", Integer, nullable=False),
    Column("invented", Boolean, nullable=False, server_default=text("false")),  # a source's total, spread over days
    moment("recorded_at", default_now=True),
    CheckConstraint("count >= 0", name="count"),
    Index("uq_venue_visits_part", "district", "venue_id", "day", "part", unique=True),
)
