"""Responsibilities 职责: a post or an organisation answers for a place and some categories, from a day to a day.

What goes to another place (a merge) or to another organisation (a closing) goes on as a row of its own: the one before
ends, so that it stays the answer about its days.
"""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

RESPONSIBILITIES = Table(
    "responsibilities",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    path(),
    Column("held_by", Text(collation="C"), nullable=False),  # code of the post or organisation
    Column("post_id", Uuid),
    Column("organisation_id", Uuid),
    Column("categories", ARRAY(Text), nullable=False),  # `*`, a top category, or a leaf
    Column("position", Integer, nullable=False),  # sorts a chain, the nearest first
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("created_at", default_now=True),
    Column("continues", Uuid),  # the row that it goes on from; one that had not begun is no more
    # Two that come to the same place on the same day stay two.
    Index("uq_responsibilities_held", "district", "path", "held_by", "since", "continues", unique=True,
          postgresql_nulls_not_distinct=True),
    # Of organisations' rows alone, so that no planner takes it for the question of who answers for a place.
    Index("ix_responsibilities_organisation", "district", "organisation_id", "since",
          postgresql_where=text("organisation_id IS NOT NULL")),
)  # fmt: skip
