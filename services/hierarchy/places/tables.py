"""Places 地点: the one physical tree of a district, and the list of districts."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

DISTRICTS = Table(
    "districts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text),  # SHA-256 of what was loaded last, so that loading it again does nothing
    moment("created_at", default_now=True),
)

PLACES = Table(
    "places",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    path(),
    path("parent", nullable=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("zone_type", Text),
    Column("area_km2", Double),
    Column("households", Integer),
    Column("residents", Integer),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    # The number of the next child: it only grows, so a path segment is never given twice.
    Column("next_child", Integer, nullable=False, server_default=text("1")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    moment("created_at", default_now=True),
    Index("uq_places_code", "district", "code", unique=True),
    Index("uq_places_path", "district", "path", unique=True),
    Index("ix_places_parent", "district", "parent", "path"),
)
