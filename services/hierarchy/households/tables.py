"""Sample households 户. How many there are stands on the places; who lives there is not stored yet."""

from sqlalchemy import Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

HOUSEHOLDS = Table(
    "households",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),  # of its place
    path(),
    Column("tags", ARRAY(Text), nullable=False),
    moment("created_at", default_now=True),
    Index("uq_households_code", "district", "code", unique=True),
    Index("ix_households_path", "district", "path"),
)
