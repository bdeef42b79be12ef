"""Grants that follow from no post."""

from sqlalchemy import Column, Date, Index, Table, Text, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

GRANTS = Table(
    "grants",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    path(),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("created_at", default_now=True),
    Index("uq_grants_person", "district", "person_id", "role", "path", "since", unique=True),
)
