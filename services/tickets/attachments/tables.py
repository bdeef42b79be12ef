"""Attachments of appeals, and how much of their quotas is used. The files themselves lie in the store."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, Uuid, text

from services.tickets.schema import SCHEMA
from shared.runtime.tables import district, moment

ATTACHMENTS = Table(
    "attachments",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, nullable=False),
    Column("kind", Text(collation="C"), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("name", Text, nullable=False),  # what people see; made harmless
    Column("media_type", Text(collation="C"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text(collation="C"), nullable=False),  # of what is stored, which is not what came
    Column("width", Integer),
    Column("height", Integer),
    Column("stored_as", Text(collation="C"), nullable=False),
    Column("preview", Boolean, nullable=False),
    Column("step", Text(collation="C"), nullable=False),  # where the appeal stood
    Column("added_by", Text(collation="C"), nullable=False),
    Column("source", Text(collation="C")),  # digest of where a hotline's order had it from
    moment("added_at", default_now=True),
    Index("ix_attachments_appeal", "district", "appeal_id", "id"),
    Index("ix_attachments_person", "district", "added_by", "id"),
    Index("uq_attachments_stored_as", "district", "stored_as", unique=True),
    Index(
        "uq_attachments_source",
        "district",
        "appeal_id",
        "source",
        unique=True,
        postgresql_where=text("source IS NOT NULL"),
    ),
)
# `about`: an appeal (for good), or a person's day. Raised with each attachment, in its own statement.
USAGE = Table(
    "attachment_usage",
    SCHEMA.metadata,
    district(),
    Column("about", Text(collation="C"), primary_key=True),
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)
