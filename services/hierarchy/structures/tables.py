"""Structures 组织架构: a community's way of organising itself, one document per version.

`version` is the document's own number, `revision` counts the changes of its state. It is in force from `in_force` to
`until`: a version that is activated late begins on that day and not on the one that its document wishes for, so that
what was asked about a day gone by is answered as before.
"""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, text
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
    Column("revision", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False, server_default=text("'active'")),
    Column("in_force", Date, nullable=False),
    Column("until", Date),  # the last day; null while no newer version takes over
    Column("document", JSONB, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_structures_version", "district", "path", "version", unique=True),
)
