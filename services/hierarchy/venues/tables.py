"""Venues 阵地: stations, parlours, windows, mediation rooms."""

from sqlalchemy import Boolean, Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

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
    Column("staffed", Boolean, nullable=False),
    Column("invented", Boolean, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_venues_code", "district", "code", unique=True),
    Index("ix_venues_path", "district", "path"),
)
