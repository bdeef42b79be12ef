"""hierarchy: places that are created, renamed, merged, split and closed, with what they were before; boundaries.

New columns are null or have constant defaults, so that what runs before this goes on inserting rows without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b13fbac50598"
down_revision = "15e642863d57"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    changes = sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("districts", changes, schema=SCHEMA)
    op.add_column("places", sa.Column("since", MOMENT, nullable=True), schema=SCHEMA)
    _history()
    _boundaries()


def _history() -> None:
    op.create_table(
        "place_pasts",
        sa.Column("district", CODE, nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone_type", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("segment", CODE, nullable=False),
        sa.PrimaryKeyConstraint("district", "place_id", "until", name="pk_place_pasts"),
        schema=SCHEMA,
    )
    op.create_table(
        "gone_places",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("successors", postgresql.ARRAY(CODE), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_gone_places"),
        schema=SCHEMA,
    )
    op.create_index("uq_gone_places_code", "gone_places", ["district", "code"], unique=True, schema=SCHEMA)
    op.create_index("ix_gone_places_path", "gone_places", ["district", "path"], schema=SCHEMA)
    op.create_table(
        "code_numbers",
        sa.Column("district", CODE, nullable=False),
        sa.Column("prefix", CODE, nullable=False),
        sa.Column("next", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "prefix", name="pk_code_numbers"),
        schema=SCHEMA,
    )


def _boundaries() -> None:
    lasting = sa.text("until IS NULL")
    op.create_table(
        "boundaries",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("vertices", sa.Integer(), nullable=False),
        sa.Column("given_as", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name="pk_boundaries"),
        schema=SCHEMA,
    )
    box = ["district", "kind", "west", "east", "south", "north"]
    op.create_index("ix_boundaries_box", "boundaries", box, postgresql_where=lasting, schema=SCHEMA)
    current = ["district", "place_id"]
    op.create_index(
        "uq_boundaries_current", "boundaries", current, unique=True, postgresql_where=lasting, schema=SCHEMA
    )
    op.create_index("ix_boundaries_place", "boundaries", ["district", "place_id", "since"], schema=SCHEMA)


def downgrade() -> None:
    for table in ("boundaries", "code_numbers", "gone_places", "place_pasts"):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("places", "since", schema=SCHEMA)
    op.drop_column("districts", "changes", schema=SCHEMA)
