"""Registrations: one living one per person and activity; place numbers in the order of signing up."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text

from services.events.schema import SCHEMA
from shared.runtime.tables import district, moment

LIVE = "uq_registrations_live"

REGISTRATIONS = Table(
    "registrations",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("activity_id", Uuid, nullable=False),
    Column("person", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("place_no", Integer, nullable=False),
    Column("note", Text),
    moment("created_at", default_now=True),
    moment("updated_at", default_now=True),
    Index(LIVE, "district", "activity_id", "person", unique=True, postgresql_where=text("step <> 'cancelled'")),
    Index("uq_registrations_place", "district", "activity_id", "place_no", unique=True),
    Index(
        "ix_registrations_waiting",
        "district",
        "activity_id",
        "place_no",
        postgresql_where=text("step = 'waitlisted'"),
    ),
    Index("ix_registrations_person", "district", "person", "id"),
)
