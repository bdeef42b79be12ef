"""Candidacies 选任: who stands for a post, or is recommended, recruited or bought in for it, and with which scores."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

CANDIDACIES = Table(
    "candidacies",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("post_id", Uuid, nullable=False),
    path(),  # of the post
    Column("person_id", Uuid, nullable=False),
    Column("origin", Text, nullable=False),
    Column("recommender_id", Uuid),  # who named the person, where somebody else did
    Column("employer", Text(collation="C")),  # code of the organisation that a bought service comes from
    Column("in_favour", Text),
    Column("criteria", ARRAY(Text), nullable=False),  # as the structure had them when it began
    Column("scores", JSONB, nullable=False, server_default=text("'{}'::jsonb")),  # by scorer: points by criterion
    Column("step", Text, nullable=False),
    Column("appointment_id", Uuid),
    moment("created_at", default_now=True),
    moment("closed_at", nullable=True),
    # One at a time for a post and a person.
    Index(
        "uq_candidacies_open", "district", "post_id", "person_id", unique=True,
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_candidacies_path", "district", "path", "id"),
    Index("ix_candidacies_person", "district", "person_id", "id"),
    Index(
        "ix_candidacies_recommender", "district", "recommender_id",
        postgresql_where=text("recommender_id IS NOT NULL"),
    ),
)  # fmt: skip
