"""Events begins: activities with their seats, registrations, attendance, notices, and what every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "66444da0711a"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("place_name", sa.Text(), nullable=False),
        sa.Column("place_path", sa.Text(collation="C"), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signup_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signup_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_in_code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("waiting_limit", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_place", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_activities_seats")),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_activities_waiting")),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_activities")),
        schema="events",
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_activities_place",
        "activities",
        ["district", "place_path", "starts_at", "id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_activities_starts", "activities", ["district", "starts_at", "id"], unique=False, schema="events"
    )
    op.create_table(
        "attendance",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_evidence", sa.Text(), nullable=False),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_evidence", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_attendance_minutes")),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_attendance")),
        schema="events",
    )
    op.create_index(
        "ix_attendance_activity", "attendance", ["district", "activity_id", "id"], unique=False, schema="events"
    )
    op.create_index("ix_attendance_person", "attendance", ["district", "person", "id"], unique=False, schema="events")
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
        schema="events",
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["district", "dead_at"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["district", "due_at"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("dead_at IS NULL"),
    )
    op.create_index(
        "ix_jobs_order",
        "jobs",
        ["district", "order_key", "order_seq"],
        unique=False,
        schema="events",
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
        schema="events",
    )
    op.create_index(
        "ix_journal_subject", "journal", ["district", "subject_id", "at", "id"], unique=False, schema="events"
    )
    op.create_index(
        "uq_journal_request",
        "journal",
        ["district", "actor", "request_key"],
        unique=True,
        schema="events",
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_table(
        "journal_heads",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district", name=op.f("pk_journal_heads")),
        schema="events",
    )
    op.create_table(
        "journal_seals",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "position", name=op.f("pk_journal_seals")),
        schema="events",
    )
    op.create_index(
        "uq_journal_seals_entry", "journal_seals", ["district", "entry_at", "entry_id"], unique=True, schema="events"
    )
    op.create_table(
        "journal_texts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_journal_texts")),
        schema="events",
    )
    op.create_index(
        "ix_journal_texts_subject", "journal_texts", ["district", "subject_id"], unique=False, schema="events"
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
        schema="events",
    )
    op.create_table(
        "notices",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_notices")),
        schema="events",
    )
    op.create_index("ix_notices_person", "notices", ["district", "person", "id"], unique=False, schema="events")
    op.create_table(
        "registrations",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("place_no", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_registrations")),
        schema="events",
    )
    op.create_index(
        "ix_registrations_person", "registrations", ["district", "person", "id"], unique=False, schema="events"
    )
    op.create_index(
        "ix_registrations_waiting",
        "registrations",
        ["district", "activity_id", "place_no"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("step = 'waitlisted'"),
    )
    op.create_index(
        "uq_registrations_live",
        "registrations",
        ["district", "activity_id", "person"],
        unique=True,
        schema="events",
        postgresql_where=sa.text("step <> 'cancelled'"),
    )
    op.create_index(
        "uq_registrations_place", "registrations", ["district", "activity_id", "place_no"], unique=True, schema="events"
    )


def downgrade() -> None:
    for table in (
        "registrations",
        "notices",
        "known_places",
        "journal_texts",
        "journal_seals",
        "journal_heads",
        "journal",
        "jobs",
        "attendance",
        "activities",
    ):
        op.drop_table(table, schema="events")
