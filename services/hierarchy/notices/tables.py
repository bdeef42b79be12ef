"""Notices 通知 to those who hold posts, and who has read them.

Who is told is decided when it is sent: one receipt for everybody who holds such a post that day. Whoever comes into
office later was not told.
"""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

NOTICES = Table(
    "notices",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    path(),
    Column("posts", ARRAY(Text), nullable=False),  # kinds of posts; none: all
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("sent_by_label", Text),  # in whose office; null: sent before this was kept
    Column("step", Text, nullable=False, server_default=text("'sent'")),
    moment("created_at", default_now=True),
    Index("ix_notices_path", "district", "path", "id"),
)

RECEIPTS = Table(
    "notice_receipts",
    SCHEMA.metadata,
    district(),
    Column("notice_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("post_code", Text(collation="C"), nullable=False),  # by which the person was told
    Column("post_label", Text, nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Index("ix_notice_receipts_person", "district", "person_id", "notice_id"),
)
