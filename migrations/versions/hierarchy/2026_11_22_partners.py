"""hierarchy: organisations with their past and their members; bodies, agreements, the three lists, the pool of experts,
report-ins, three-party evaluations.

New columns of organisations have constant defaults, so that what runs before this goes on inserting rows without them;
what is there already held from the first day that we know of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f3c7fe3b368b"
down_revision = "857c3bece3b7"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
TABLES = [
    "organisation_states",
    "organisation_members",
    "bodies",
    "agreements",
    "agreement_deliveries",
    "listings",
    "experts",
    "report_ins",
    "evaluations",
    "evaluation_scores",
]
COLUMNS = ["version", "since", "until"]


def upgrade() -> None:
    for column in (
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("since", sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
    ):
        op.add_column("organisations", column, schema=SCHEMA)
    op.create_index("ix_organisations_parent", "organisations", ["district", "parent"], schema=SCHEMA)
    op.create_index("ix_responsibilities_held_by", "responsibilities", ["district", "held_by", "since"], schema=SCHEMA)
    _organisations()
    _bodies()
    _partners()
    _pools()
    _evaluations()
    op.execute(
        "INSERT INTO hierarchy.organisation_states (district, organisation_id, since, code, kind, name, parent, path, "
        "invented, attributes) SELECT district, id, since, code, kind, name, parent, path, invented, attributes "
        "FROM hierarchy.organisations"
    )


def _organisations() -> None:
    op.create_table(
        "organisation_states",
        sa.Column("district", CODE, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("code", CODE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", CODE, nullable=True),
        sa.Column("path", CODE, nullable=True),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("district", "organisation_id", "since", name="pk_organisation_states"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_organisation_states_code", "organisation_states", ["district", "code", "since"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "ix_organisation_states_path", "organisation_states", ["district", "path"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "organisation_members",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("path", CODE, nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_organisation_members_forwards")),
        sa.PrimaryKeyConstraint("district", "id", name="pk_organisation_members"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_organisation_members_path", "organisation_members", ["district", "path"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "ix_organisation_members_person", "organisation_members", ["district", "person_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "uq_organisation_members_person",
        "organisation_members",
        ["district", "organisation_id", "person_id", "since"],
        unique=True,
        schema=SCHEMA,
    )


def _bodies() -> None:
    op.create_table(
        "bodies",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("organisation", CODE, nullable=False),
        sa.Column("path", CODE, nullable=True),
        sa.Column("charter", postgresql.JSONB(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_bodies"),
        schema=SCHEMA,
    )
    op.create_index("ix_bodies_path", "bodies", ["district", "path"], unique=False, schema=SCHEMA)
    op.create_index("uq_bodies_organisation", "bodies", ["district", "organisation"], unique=True, schema=SCHEMA)


def _partners() -> None:
    op.create_table(
        "agreements",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("organisation", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("clauses", postgresql.JSONB(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("renews", sa.Uuid(), nullable=True),
        sa.Column("renewed_by", sa.Uuid(), nullable=True),
        sa.Column("reminders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_agreements_forwards")),
        sa.PrimaryKeyConstraint("district", "id", name="pk_agreements"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_agreements_organisation", "agreements", ["district", "organisation"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "ix_agreements_path", "agreements", ["district", "path", "ends_on", "id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "agreement_deliveries",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("clause", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("activity", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_agreement_deliveries_count")),
        sa.PrimaryKeyConstraint("district", "id", name="pk_agreement_deliveries"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_agreement_deliveries_agreement",
        "agreement_deliveries",
        ["district", "agreement_id", "day", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "listings",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("organisation", CODE, nullable=True),
        sa.Column("path", CODE, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("need_id", sa.Uuid(), nullable=True),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("origin", CODE, nullable=True),
        sa.Column("invented", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("since IS NULL OR until IS NULL OR since <= until", name=op.f("ck_listings_forwards")),
        sa.PrimaryKeyConstraint("district", "id", name="pk_listings"),
        schema=SCHEMA,
    )
    op.create_index("ix_listings_need", "listings", ["district", "need_id"], unique=False, schema=SCHEMA)
    op.create_index("ix_listings_organisation", "listings", ["district", "organisation"], unique=False, schema=SCHEMA)
    op.create_index("ix_listings_path", "listings", ["district", "kind", "path", "id"], unique=False, schema=SCHEMA)
    op.create_index("ix_listings_step", "listings", ["district", "kind", "step", "id"], unique=False, schema=SCHEMA)
    op.create_index("uq_listings_origin", "listings", ["district", "origin"], unique=True, schema=SCHEMA)


def _pools() -> None:
    op.create_table(
        "experts",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_experts"),
        schema=SCHEMA,
    )
    op.create_index("ix_experts_path", "experts", ["district", "path", "id"], unique=False, schema=SCHEMA)
    op.create_index("ix_experts_person", "experts", ["district", "person_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "report_ins",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("unit", CODE, nullable=True),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_report_ins"),
        schema=SCHEMA,
    )
    op.create_index("ix_report_ins_path", "report_ins", ["district", "path", "id"], unique=False, schema=SCHEMA)
    op.create_index("ix_report_ins_person", "report_ins", ["district", "person_id"], unique=False, schema=SCHEMA)
    op.create_index("ix_report_ins_unit", "report_ins", ["district", "unit"], unique=False, schema=SCHEMA)


def _evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", CODE, nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("weights", postgresql.JSONB(), nullable=False),
        sa.Column("flag_at", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("complete_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_evaluations"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_evaluations_path", "evaluations", ["district", "year", "path", "id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "uq_evaluations_subject",
        "evaluations",
        ["district", "subject", "year"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("step <> 'withdrawn' AND step <> 'lapsed'"),
    )
    op.create_table(
        "evaluation_scores",
        sa.Column("district", CODE, nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("party", CODE, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("scored_at", MOMENT, nullable=True),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_evaluation_scores_score")),
        sa.PrimaryKeyConstraint("district", "evaluation_id", "round", "party", name="pk_evaluation_scores"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_evaluation_scores_person",
        "evaluation_scores",
        ["district", "person_id", "evaluation_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_index("ix_responsibilities_held_by", "responsibilities", schema=SCHEMA)
    op.drop_index("ix_organisations_parent", "organisations", schema=SCHEMA)
    for column in reversed(COLUMNS):
        op.drop_column("organisations", column, schema=SCHEMA)
