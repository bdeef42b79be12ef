"""Links 联户: which households a post looks after, from a day to a day. The seat has the link, whoever holds it."""

from sqlalchemy import Column, Date, Index, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

LINKS = Table(
    "household_links",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("household_id", Uuid, nullable=False),
    Column("household", Text(collation="C"), nullable=False),  # the code of its place
    path(),  # of the household: whoever may not read it there does not read its links
    Column("post_id", Uuid, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("created_at", default_now=True),
    Index(
        "uq_household_links_now",
        "district",
        "post_id",
        "household_id",
        unique=True,
        postgresql_where=text("until IS NULL"),
    ),
    Index("ix_household_links_post", "district", "post_id", "household", "id"),
    Index("ix_household_links_path", "district", "path"),
    Index("ix_household_links_household", "district", "household_id"),
)
