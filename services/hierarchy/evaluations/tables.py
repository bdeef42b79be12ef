"""Three-party evaluation 三方评价 of partners and posts, once a year.

The scores lie apart from the case: nothing that shows, lists or journals a case reads them before all are in.
"""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

EVALUATIONS = Table(
    "evaluations",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),  # organisation or post
    Column("subject", Text(collation="C"), nullable=False),  # its code
    Column("subject_name", Text, nullable=False),
    path(),
    Column("year", Integer, nullable=False),
    Column("round", Integer, nullable=False, server_default=text("1")),
    Column("weights", JSONB, nullable=False),  # party → percent
    Column("flag_at", Integer, nullable=False),
    Column("due_on", Date, nullable=False),
    moment("complete_at", nullable=True),
    moment("created_at", default_now=True),
    Index("ix_evaluations_path", "district", "year", "path", "id"),
    Index(
        "uq_evaluations_subject", "district", "subject", "year", unique=True,
        postgresql_where=text("step <> 'withdrawn' AND step <> 'lapsed'"),
    ),
)  # fmt: skip

SCORES = Table(
    "evaluation_scores",
    SCHEMA.metadata,
    district(),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("party", Text(collation="C"), primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("score", Integer),
    Column("comment", Text),
    moment("scored_at", nullable=True),
    CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    Index("ix_evaluation_scores_person", "district", "person_id", "evaluation_id"),
)
