"""hierarchy begins: places, organisations, people, posts, who answers for what; sign-in; journal and jobs.

`district` leads every key and index. Codes and paths compare byte by byte (collation "C").
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "80ff19cde5db"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
TABLES = [
    "districts", "places", "organisations", "venues", "people", "posts",
    "appointments", "households", "responsibilities", "structures", "credentials", "grants",
    "sign_in_attempts", "journal", "journal_texts", "journal_seals", "journal_heads", "jobs",
]  # fmt: skip


def _table(name: str, key: list[str], *columns: sa.Column[Any]) -> None:
    district = sa.Column("district", CODE, nullable=False)
    op.create_table(name, district, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), schema=SCHEMA)


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    condition: dict[str, Any] = {} if where is None else {"postgresql_where": sa.text(where)}
    op.create_index(name, table, list(columns), unique=unique, schema=SCHEMA, **condition)


def upgrade() -> None:
    _physical()
    _social()
    _identity()
    _runtime()


def _physical() -> None:
    _table(
        "districts",
        ["district"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _table(
        "places",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("parent", CODE, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("zone_type", sa.Text(), nullable=True),
        sa.Column("area_km2", sa.Double(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("next_child", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_places_parent", "places", "district", "parent", "path")
    _index("uq_places_code", "places", "district", "code", unique=True)
    _index("uq_places_path", "places", "district", "path", unique=True)
    _table(
        "organisations",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", CODE, nullable=True),
        sa.Column("path", CODE, nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_organisations_path", "organisations", "district", "path")
    _index("uq_organisations_code", "organisations", "district", "code", unique=True)
    _table(
        "venues",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("functions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("staffed", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_venues_path", "venues", "district", "path")
    _index("uq_venues_code", "venues", "district", "code", unique=True)


def _social() -> None:
    _table(
        "people",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", CODE, nullable=False),
        sa.Column("listed_as", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=True),
        sa.Column("party_member", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_people_path", "people", "district", "path")
    _index("uq_people_code", "people", "district", "code", unique=True)
    _index("uq_people_phone", "people", "district", "phone_index", unique=True)
    _table(
        "posts",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=True),
        sa.Column("organisation", CODE, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_posts_organisation", "posts", "district", "organisation")
    _index("ix_posts_path", "posts", "district", "path")
    _index("uq_posts_code", "posts", "district", "code", unique=True)
    _table(
        "appointments",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_appointments_person", "appointments", "district", "person_id")
    _index("uq_appointments_post", "appointments", "district", "post_id", "person_id", "since", unique=True)
    _table(
        "households",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("ix_households_path", "households", "district", "path")
    _index("uq_households_code", "households", "district", "code", unique=True)
    _table(
        "responsibilities",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("held_by", CODE, nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("uq_responsibilities_held", "responsibilities", "district", "path", "held_by", "since", unique=True)
    _table(
        "structures",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("uq_structures_version", "structures", "district", "path", "version", unique=True)


def _identity() -> None:
    _table(
        "credentials",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _table(
        "grants",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _index("uq_grants_person", "grants", "district", "person_id", "role", "path", "since", unique=True)
    _table(
        "sign_in_attempts",
        ["district", "phone_index"],
        sa.Column("phone_index", CODE, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
    )
    _index("ix_sign_in_attempts_ends", "sign_in_attempts", "district", "window_ends")


def _runtime() -> None:
    """What every service has: journal, seals, jobs."""
    _table(
        "journal",
        ["district", "at", "id"],
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
    )
    _index("ix_journal_subject", "journal", "district", "subject_id", "at", "id")
    _index(
        "uq_journal_request",
        "journal",
        "district",
        "actor",
        "request_key",
        unique=True,
        where="request_key IS NOT NULL",
    )
    _table(
        "journal_texts",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
    )
    _index("ix_journal_texts_subject", "journal_texts", "district", "subject_id")
    _table(
        "journal_seals",
        ["district", "position"],
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    _index("uq_journal_seals_entry", "journal_seals", "district", "entry_at", "entry_id", unique=True)
    _table(
        "journal_heads",
        ["district"],
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.DateTime(timezone=True), nullable=False),
    )
    _table(
        "jobs",
        ["district", "id"],
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("order_seq", sa.BigInteger(), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    )
    _index("ix_jobs_dead", "jobs", "district", "dead_at", where="dead_at IS NOT NULL")
    _index("ix_jobs_due", "jobs", "district", "due_at", where="dead_at IS NULL")
    _index("ix_jobs_order", "jobs", "district", "order_key", "order_seq", where="order_key IS NOT NULL")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
