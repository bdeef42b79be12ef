"""Swaps 换班: one asks another to take a shift, or to exchange it for one of theirs."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment

SWAPS = Table(
    "swaps",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("roster_id", Uuid, nullable=False),
    Column("gives", Uuid, nullable=False),  # the asker's shift
    Column("takes", Uuid),  # the other's shift in return; null: a plain favour
    Column("asker", Uuid, nullable=False),
    Column("asked", Uuid, nullable=False),
    Column("step", Text, nullable=False),
    moment("lapses_at"),
    moment("created_at", default_now=True),
    Index("ix_swaps_asker", "district", "asker", "id"),
    Index("ix_swaps_asked", "district", "asked", "id"),
    Index("ix_swaps_roster", "district", "roster_id", "id"),
)
