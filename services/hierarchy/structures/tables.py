"""Structures 组织架构: a community's way of organising itself, one document per version."""

from sqlalchemy import Column, Date, Index, Integer, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

STRUCTURES = Table(
    "structures",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    path(),
    Column("version", Integer, nullable=False),
    Column("in_force", Date, nullable=False),
    Column("document", JSONB, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_structures_version", "district", "path", "version", unique=True),
)
