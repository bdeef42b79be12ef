"""hierarchy: swaps that wait for those who plan the roster; links by which calendar programs read one's shifts."""

import sqlalchemy as sa
from alembic import op

revision = "2f7a90c4be16"
down_revision = "a90c6d1e83f5"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"


def upgrade() -> None:
    needs_approval: sa.Column[bool] = sa.Column(
        "swaps_need_approval", sa.Boolean(), nullable=False, server_default=sa.text("false")
    )
    op.add_column("rosters", needs_approval, schema=SCHEMA)
    op.create_table(
        "calendar_links",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id"),
        schema=SCHEMA,
    )
    op.create_index("uq_calendar_links_person", "calendar_links", ["district", "person_id"], unique=True, schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("calendar_links", schema=SCHEMA)
    op.drop_column("rosters", "swaps_need_approval", schema=SCHEMA)
