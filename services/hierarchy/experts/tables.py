"""Experts 智囊团: who can be asked about what, and when."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

EXPERTS = Table(
    "experts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    path(),  # of the place that asks them
    Column("fields", ARRAY(Text), nullable=False),
    Column("weekdays", ARRAY(Integer), nullable=False),  # 1 is Monday
    Column("away_until", Date),
    Column("note", Text, nullable=False),
    moment("created_at", default_now=True),
    Index("ix_experts_path", "district", "path", "id"),
    Index("ix_experts_person", "district", "person_id"),
)
