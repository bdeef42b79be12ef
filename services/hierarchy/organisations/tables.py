"""Organisations 组织: party branches, committees, companies, departments. They need no path tree of their own."""

from sqlalchemy import Boolean, Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

ORGANISATIONS = Table(
    "organisations",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text(collation="C")),
    path(nullable=True),
    Column("invented", Boolean, nullable=False),
    Column("attributes", JSONB, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_organisations_code", "district", "code", unique=True),
    Index("ix_organisations_path", "district", "path"),
)
