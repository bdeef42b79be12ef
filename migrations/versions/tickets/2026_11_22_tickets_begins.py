"""Tickets begins: appeals, hotlines with their orders and callbacks, and what every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "de509782d60d"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("appeal_type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("reporter_index", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("place_code", sa.Text(collation="C"), nullable=True),
        sa.Column("place_name", sa.Text(), nullable=True),
        sa.Column("place_path", sa.Text(collation="C"), nullable=False),
        sa.Column("hotline", sa.Text(collation="C"), nullable=True),
        sa.Column("order_no", sa.Text(collation="C"), nullable=True),
        sa.Column("callback_seq", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(collation="C"), nullable=False),
        sa.Column("step_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("seconds_left", sa.Integer(), nullable=True),
        sa.Column("chain", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chain_position", sa.SmallInteger(), nullable=False),
        sa.Column("lead_post", sa.Text(collation="C"), nullable=True),
        sa.Column("lead_name", sa.Text(), nullable=True),
        sa.Column("lead_person", sa.Uuid(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("public_reply", sa.Text(), nullable=True),
        sa.Column("called_back", sa.Text(), nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_appeals")),
        schema="tickets",
    )
    op.create_index(
        "ix_appeals_lead",
        "appeals",
        ["district", "lead_person", "id"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_appeals_open",
        "appeals",
        ["district", "step", "place_path", "id"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for name, depth in (("community", 12), ("grid", 16)):
        path = sa.text(f"substr(place_path, 1, {depth})")
        op.create_index(f"ix_appeals_{name}", "appeals", ["district", path, "id"], unique=False, schema="tickets")
    op.create_index(
        "ix_appeals_reporter",
        "appeals",
        ["district", "reporter_id", "id"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("reporter_id IS NOT NULL"),
    )
    op.create_index("uq_appeals_number", "appeals", ["district", "number"], unique=True, schema="tickets")
    op.create_index(
        "uq_appeals_order",
        "appeals",
        ["district", "hotline", "order_no"],
        unique=True,
        schema="tickets",
        postgresql_where=sa.text("order_no IS NOT NULL"),
    )
    op.create_table(
        "hotline_callbacks",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "appeal_id", "seq", name=op.f("pk_hotline_callbacks")),
        schema="tickets",
    )
    op.create_table(
        "hotline_orders",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("hotline", sa.Text(collation="C"), nullable=False),
        sa.Column("order_no", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "hotline", "order_no", name=op.f("pk_hotline_orders")),
        schema="tickets",
    )
    op.create_index(
        "ix_hotline_orders_appeal", "hotline_orders", ["district", "appeal_id"], unique=False, schema="tickets"
    )
    op.create_table(
        "hotlines",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_url", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "code", name=op.f("pk_hotlines")),
        schema="tickets",
    )
    op.create_table(
        "jobs",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("order_seq", sa.BigInteger(), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_jobs")),
        schema="tickets",
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["district", "dead_at"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["district", "due_at"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("dead_at IS NULL"),
    )
    op.create_index(
        "ix_jobs_order",
        "jobs",
        ["district", "order_key", "order_seq"],
        unique=False,
        schema="tickets",
        postgresql_where=sa.text("order_key IS NOT NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
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
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("district", "at", "id", name=op.f("pk_journal")),
        schema="tickets",
    )
    op.create_index(
        "ix_journal_subject", "journal", ["district", "subject_id", "at", "id"], unique=False, schema="tickets"
    )
    op.create_index(
        "uq_journal_request",
        "journal",
        ["district", "actor", "request_key"],
        unique=True,
        schema="tickets",
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_table(
        "journal_heads",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district", name=op.f("pk_journal_heads")),
        schema="tickets",
    )
    op.create_table(
        "journal_seals",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "position", name=op.f("pk_journal_seals")),
        schema="tickets",
    )
    op.create_index(
        "uq_journal_seals_entry", "journal_seals", ["district", "entry_at", "entry_id"], unique=True, schema="tickets"
    )
    op.create_table(
        "journal_texts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_journal_texts")),
        schema="tickets",
    )
    op.create_index(
        "ix_journal_texts_subject", "journal_texts", ["district", "subject_id"], unique=False, schema="tickets"
    )
    op.create_table(
        "known_places",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "code", name=op.f("pk_known_places")),
        schema="tickets",
    )


def downgrade() -> None:
    # their indexes go with them
    for table in (
        "known_places",
        "journal_texts",
        "journal_seals",
        "journal_heads",
        "journal",
        "jobs",
        "hotlines",
        "hotline_orders",
        "hotline_callbacks",
        "appeals",
    ):
        op.drop_table(table, schema="tickets")
