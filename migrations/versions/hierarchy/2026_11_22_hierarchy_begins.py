"""hierarchy begins: places, organisations, people, posts and who answers for what; sign-in; journal and jobs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "80ff19cde5db"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_appointments")),
        schema="hierarchy",
    )
    op.create_index(
        "ix_appointments_person", "appointments", ["district", "person_id"], schema="hierarchy"
    )
    op.create_index(
        "uq_appointments_post",
        "appointments",
        ["district", "post_id", "person_id", "since"],
        unique=True,
        schema="hierarchy",
    )
    op.create_table(
        "credentials",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_credentials")),
        schema="hierarchy",
    )
    op.create_table(
        "districts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", name=op.f("pk_districts")),
        schema="hierarchy",
    )
    op.create_table(
        "grants",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_grants")),
        schema="hierarchy",
    )
    op.create_index(
        "uq_grants_person",
        "grants",
        ["district", "person_id", "role", "path", "since"],
        unique=True,
        schema="hierarchy",
    )
    op.create_table(
        "households",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_households")),
        schema="hierarchy",
    )
    op.create_index("ix_households_path", "households", ["district", "path"], schema="hierarchy")
    op.create_index("uq_households_code", "households", ["district", "code"], unique=True, schema="hierarchy")
    op.create_table(
        "jobs",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
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
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_jobs")),
        schema="hierarchy",
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["district", "dead_at"],
        unique=False,
        schema="hierarchy",
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["district", "due_at"],
        unique=False,
        schema="hierarchy",
        postgresql_where=sa.text("dead_at IS NULL"),
    )
    op.create_index(
        "ix_jobs_order",
        "jobs",
        ["district", "order_key", "order_seq"],
        unique=False,
        schema="hierarchy",
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
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("district", "at", "id", name=op.f("pk_journal")),
        schema="hierarchy",
    )
    op.create_index(
        "ix_journal_subject", "journal", ["district", "subject_id", "at", "id"], schema="hierarchy"
    )
    op.create_index(
        "uq_journal_request",
        "journal",
        ["district", "actor", "request_key"],
        unique=True,
        schema="hierarchy",
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_table(
        "journal_heads",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district", name=op.f("pk_journal_heads")),
        schema="hierarchy",
    )
    op.create_table(
        "journal_seals",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "position", name=op.f("pk_journal_seals")),
        schema="hierarchy",
    )
    op.create_index(
        "uq_journal_seals_entry", "journal_seals", ["district", "entry_at", "entry_id"], unique=True, schema="hierarchy"
    )
    op.create_table(
        "journal_texts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_journal_texts")),
        schema="hierarchy",
    )
    op.create_index(
        "ix_journal_texts_subject", "journal_texts", ["district", "subject_id"], schema="hierarchy"
    )
    op.create_table(
        "organisations",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(collation="C"), nullable=True),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_organisations")),
        schema="hierarchy",
    )
    op.create_index("ix_organisations_path", "organisations", ["district", "path"], schema="hierarchy")
    op.create_index("uq_organisations_code", "organisations", ["district", "code"], unique=True, schema="hierarchy")
    op.create_table(
        "people",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.Text(collation="C"), nullable=False),
        sa.Column("listed_as", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.Column("party_member", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_people")),
        schema="hierarchy",
    )
    op.create_index("ix_people_path", "people", ["district", "path"], schema="hierarchy")
    op.create_index("uq_people_code", "people", ["district", "code"], unique=True, schema="hierarchy")
    op.create_index("uq_people_phone", "people", ["district", "phone_index"], unique=True, schema="hierarchy")
    op.create_table(
        "places",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("parent", sa.Text(collation="C"), nullable=True),
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
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_places")),
        schema="hierarchy",
    )
    op.create_index("ix_places_parent", "places", ["district", "parent", "path"], schema="hierarchy")
    op.create_index("uq_places_code", "places", ["district", "code"], unique=True, schema="hierarchy")
    op.create_index("uq_places_path", "places", ["district", "path"], unique=True, schema="hierarchy")
    op.create_table(
        "posts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=True),
        sa.Column("organisation", sa.Text(collation="C"), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_posts")),
        schema="hierarchy",
    )
    op.create_index("ix_posts_organisation", "posts", ["district", "organisation"], schema="hierarchy")
    op.create_index("ix_posts_path", "posts", ["district", "path"], schema="hierarchy")
    op.create_index("uq_posts_code", "posts", ["district", "code"], unique=True, schema="hierarchy")
    op.create_table(
        "responsibilities",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("held_by", sa.Text(collation="C"), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_responsibilities")),
        schema="hierarchy",
    )
    op.create_index(
        "uq_responsibilities_held",
        "responsibilities",
        ["district", "path", "held_by", "since"],
        unique=True,
        schema="hierarchy",
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("phone_index", sa.Text(collation="C"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district", "phone_index", name=op.f("pk_sign_in_attempts")),
        schema="hierarchy",
    )
    op.create_index(
        "ix_sign_in_attempts_ends", "sign_in_attempts", ["district", "window_ends"], schema="hierarchy"
    )
    op.create_table(
        "structures",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_structures")),
        schema="hierarchy",
    )
    op.create_index(
        "uq_structures_version", "structures", ["district", "path", "version"], unique=True, schema="hierarchy"
    )
    op.create_table(
        "venues",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("functions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("staffed", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name=op.f("pk_venues")),
        schema="hierarchy",
    )
    op.create_index("ix_venues_path", "venues", ["district", "path"], schema="hierarchy")
    op.create_index("uq_venues_code", "venues", ["district", "code"], unique=True, schema="hierarchy")


def downgrade() -> None:
    op.drop_table("venues", schema="hierarchy")
    op.drop_table("structures", schema="hierarchy")
    op.drop_table("sign_in_attempts", schema="hierarchy")
    op.drop_table("responsibilities", schema="hierarchy")
    op.drop_table("posts", schema="hierarchy")
    op.drop_table("places", schema="hierarchy")
    op.drop_table("people", schema="hierarchy")
    op.drop_table("organisations", schema="hierarchy")
    op.drop_table("journal_texts", schema="hierarchy")
    op.drop_table("journal_seals", schema="hierarchy")
    op.drop_table("journal_heads", schema="hierarchy")
        "uq_journal_request",
        table_name="journal",
        schema="hierarchy",
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.drop_table("journal", schema="hierarchy")
        "ix_jobs_order", table_name="jobs", schema="hierarchy", postgresql_where=sa.text("order_key IS NOT NULL")
    )
        "ix_jobs_dead", table_name="jobs", schema="hierarchy", postgresql_where=sa.text("dead_at IS NOT NULL")
    )
    op.drop_table("jobs", schema="hierarchy")
    op.drop_table("households", schema="hierarchy")
    op.drop_table("grants", schema="hierarchy")
    op.drop_table("districts", schema="hierarchy")
    op.drop_table("credentials", schema="hierarchy")
    op.drop_table("appointments", schema="hierarchy")
