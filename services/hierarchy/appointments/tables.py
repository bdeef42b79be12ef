"""Posts 岗位 (seats, held or vacant) and appointments 任职 (who holds one, from a day to a day)."""

from sqlalchemy import Column, Date, Index, Table, Text, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

POSTS = Table(
    "posts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),  # the key of the structure's post
    Column("label", Text, nullable=False),  # its name there, such as 楼栋长
    Column("name", Text, nullable=False),
    path(nullable=True),
    Column("organisation", Text(collation="C")),
    Column("role", Text, nullable=False),  # shared.kernel.rights.Role that the holder gets over `path`
    moment("created_at", default_now=True),
    Index("uq_posts_code", "district", "code", unique=True),
    Index("ix_posts_path", "district", "path"),
    Index("ix_posts_organisation", "district", "organisation"),
)

APPOINTMENTS = Table(
    "appointments",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("post_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    Column("source", Text, nullable=False),  # how the holder was found, such as 群众推荐
    moment("created_at", default_now=True),
    Index("uq_appointments_post", "district", "post_id", "person_id", "since", unique=True),
    Index("ix_appointments_person", "district", "person_id"),
)
