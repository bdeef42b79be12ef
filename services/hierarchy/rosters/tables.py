"""Rosters 值班表: who is there, from when to when, for a venue or for a group of posts.

Nobody is in two places at once: whoever writes shifts locks the person's rows in `roster_members` first, all of them,
so that two rosters cannot take the same hour of the same person.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

ROSTERS = Table(
    "rosters",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    path(),
    Column("venue_id", Uuid),
    Column("post_kind", Text(collation="C")),  # the key of the structure's post whose holders take turns
    Column("name", Text, nullable=False),
    Column("cover", JSONB),  # parts of every day; null: whenever the venue is open
    Column("needed", Integer, nullable=False),  # people at a time
    Column("phone", Text),  # rings wherever the person on duty is: a public number, nobody's own
    Column("swaps_need_approval", Boolean, nullable=False, server_default=text("false")),
    Column("step", Text, nullable=False),
    moment("created_at", default_now=True),
    Index("uq_rosters_code", "district", "code", unique=True),
    Index("ix_rosters_path", "district", "path", "id"),
    Index("ix_rosters_venue", "district", "venue_id"),
)

PASTS = Table(
    "roster_pasts",
    SCHEMA.metadata,
    district(),
    Column("roster_id", Uuid, primary_key=True),
    Column("until", Date, primary_key=True),  # the last day on which this was so
    Column("step", Text, nullable=False),
    Column("cover", JSONB),
    Column("needed", Integer, nullable=False),
)

MEMBERS = Table(
    "roster_members",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("roster_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("label", Text, nullable=False),  # as what the person stands there, such as 社区工作者
    Column("post_code", Text(collation="C")),
    Column("position", Integer, nullable=False),  # whose turn it is after whom
    Column("since", Date, nullable=False),
    Index("uq_roster_members_person", "district", "roster_id", "person_id", unique=True),
    Index("ix_roster_members_person", "district", "person_id", "roster_id"),
)

SHIFTS = Table(
    "shifts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("roster_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("label", Text, nullable=False),
    moment("begins_at"),
    moment("ends_at"),
    Column("step", Text, nullable=False),
    moment("came_at", nullable=True),
    moment("left_at", nullable=True),
    CheckConstraint("begins_at < ends_at", name="forwards"),
    Index("ix_shifts_roster", "district", "roster_id", "begins_at"),
    Index("ix_shifts_person", "district", "person_id", "begins_at"),
)
