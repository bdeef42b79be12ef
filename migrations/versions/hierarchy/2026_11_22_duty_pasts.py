"""hierarchy: what a roster was to cover, and when a venue was open, until that was changed.

What was changed before this is answered as it was until now: nothing was kept of what had been so.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c6f41d8b0e73"
down_revision = "e2c7a9145b30"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"


def upgrade() -> None:
    op.create_table(
        "roster_pasts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("cover", postgresql.JSONB()),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "roster_id", "until", name=op.f("pk_roster_pasts")),
        schema=SCHEMA,
    )
    op.create_table(
        "venue_pasts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("district", "venue_id", "until", name=op.f("pk_venue_pasts")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("venue_pasts", schema=SCHEMA)
    op.drop_table("roster_pasts", schema=SCHEMA)
