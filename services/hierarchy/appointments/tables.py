"""Posts 岗位 (seats, held or vacant) and appointments 任职 (who holds one, from a day to a day).

An appointment is never taken back: `since` stays, and `until` is set once, to yesterday at the earliest. So who held a
post on a day gone by is answered today as it was then. `step` says where the appointment is in its life; who may do
what follows from the days alone.

`posts` says what a seat is. What it was until a reorganisation or a data file changed that is a row of `post_pasts`,
which only answers about days gone by read.
"""

from sqlalchemy import Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text

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
    Column("since", Date, nullable=False, server_default=text("'2000-01-01'")),  # the first day of the seat itself
    Column("until", Date),  # its last day; null while it is there
    moment("created_at", default_now=True),
    Index("uq_posts_code", "district", "code", unique=True),
    Index("ix_posts_path", "district", "path"),
    Index("ix_posts_organisation", "district", "organisation"),
)

PASTS = Table(
    "post_pasts",
    SCHEMA.metadata,
    district(),
    Column("post_id", Uuid, primary_key=True),
    Column("until", DateTime(timezone=True), primary_key=True),  # when it changed, exclusive
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("name", Text, nullable=False),
    path(nullable=True),  # where it was; follows that place, also one that is gone
    Column("organisation", Text(collation="C")),
    Column("role", Text, nullable=False),
    Index("ix_post_pasts_path", "district", "path"),
)

APPOINTMENTS = Table(
    "appointments",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False, server_default=text("'serving'")),
    Column("post_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    Column("term_ends", Date),  # the last day of the term (届满); who is still needed goes on serving
    Column("source", Text, nullable=False),  # how the holder was found, such as 群众推荐
    Column("employer", Text(collation="C")),  # code of the organisation that a bought service comes from
    Column("candidacy_id", Uuid),
    Column("successor_id", Uuid),  # the person who takes over what hangs on it
    moment("created_at", default_now=True),
    Index("uq_appointments_post", "district", "post_id", "person_id", "since", unique=True),
    Index("ix_appointments_person", "district", "person_id"),
)
