"""hierarchy: the household register, links to posts, and visits.

A household gets a version; its tags move to rows of their own, each with the basis it is kept under. What was there so
far are invented samples, so their tags say that.
"""

import sqlalchemy as sa
from alembic import op

revision = "00c3e7f5d19f"
down_revision = "35ecda4944a1"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("households", sa.Column("version", sa.Integer(), server_default="1", nullable=False), schema=SCHEMA)
    op.add_column(
        "households", sa.Column("invented", sa.Boolean(), server_default=sa.true(), nullable=False), schema=SCHEMA
    )
    op.alter_column("households", "invented", server_default=None, schema=SCHEMA)
    _members()
    _tags()
    op.execute(
        "INSERT INTO hierarchy.household_tags "
        "(district, id, household_id, tag, basis, legal_basis, recorded_by, since) "
        "SELECT district, gen_random_uuid(), id, unnest(tags), 'sample', '虚构示例', 'migration', created_at::date "
        "FROM hierarchy.households"
    )
    op.drop_column("households", "tags", schema=SCHEMA)
    _links()
    _visits()


def _members() -> None:
    op.create_table(
        "household_members",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_household_members"),
        schema=SCHEMA,
    )
    columns = ["district", "household_id", "person_id"]
    op.create_index("uq_household_members_person", "household_members", columns, unique=True, schema=SCHEMA)
    op.create_index("ix_household_members_person", "household_members", ["district", "person_id"], schema=SCHEMA)


def _tags() -> None:
    op.create_table(
        "household_tags",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_household_tags"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_household_tags_tag",
        "household_tags",
        ["district", "household_id", "tag"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _links() -> None:
    op.create_table(
        "household_links",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("household", CODE, nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_household_links"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_household_links_now",
        "household_links",
        ["district", "post_id", "household_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("until IS NULL"),
    )
    by_post = ["district", "post_id", "household", "id"]
    op.create_index("ix_household_links_post", "household_links", by_post, schema=SCHEMA)
    op.create_index("ix_household_links_household", "household_links", ["district", "household_id"], schema=SCHEMA)


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("place", CODE, nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("visited_at", MOMENT, nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_visits"),
        schema=SCHEMA,
    )
    for name, columns in (
        ("path", ["path", "visited_at"]),
        ("newest", ["visited_at", "id"]),
        ("household", ["household_id", "visited_at"]),
        ("visitor", ["visitor_id", "visited_at"]),
    ):
        op.create_index(f"ix_visits_{name}", "visits", ["district", *columns], schema=SCHEMA)
    op.create_table(
        "visit_needs",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_number", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_visit_needs"),
        schema=SCHEMA,
    )
    op.create_index("ix_visit_needs_visit", "visit_needs", ["district", "visit_id"], schema=SCHEMA)


def downgrade() -> None:
    for table in ("visit_needs", "visits", "household_links"):
        op.drop_table(table, schema=SCHEMA)
    op.add_column(
        "households", sa.Column("tags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False), schema=SCHEMA
    )
    op.alter_column("households", "tags", server_default=None, schema=SCHEMA)
    op.execute(
        "UPDATE hierarchy.households h SET tags = coalesce((SELECT array_agg(t.tag) FROM hierarchy.household_tags t "
        "WHERE t.district = h.district AND t.household_id = h.id AND t.withdrawn_at IS NULL), '{}')"
    )
    op.drop_table("household_tags", schema=SCHEMA)
    op.drop_table("household_members", schema=SCHEMA)
    op.drop_column("households", "invented", schema=SCHEMA)
    op.drop_column("households", "version", schema=SCHEMA)
