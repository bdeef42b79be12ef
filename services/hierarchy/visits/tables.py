"""Visits 走访: who saw which household, why, how, with what result, and when somebody comes again; needs."""

from sqlalchemy import Column, Date, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path, sealed

VISITS = Table(
    "visits",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    path(),
    Column("place", Text(collation="C"), nullable=False),  # code
    Column("household_id", Uuid),  # where a registered household was seen
    Column("visitor_id", Uuid, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("result", Text, nullable=False),
    sealed("note", nullable=True),
    moment("visited_at"),
    Column("next_on", Date),
    Column("checked", JSONB, nullable=False, server_default=text("'[]'::jsonb")),  # the quarter's list, point by point
    moment("created_at", default_now=True),
    Index("ix_visits_path", "district", "path", "visited_at"),
    Index("ix_visits_newest", "district", "visited_at", "id"),
    Index("ix_visits_household", "district", "household_id", "visited_at"),
    Index("ix_visits_visitor", "district", "visitor_id", "visited_at"),
)

NEEDS = Table(
    "visit_needs",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("visit_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("appeal_id", Uuid),  # once tickets took it
    Column("appeal_number", Text),
    moment("created_at", default_now=True),
    Index("ix_visit_needs_visit", "district", "visit_id"),
)
