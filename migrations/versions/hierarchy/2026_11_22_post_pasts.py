"""hierarchy: what a post was, and where it lay, until a reorganisation or a data file changed that.

What was merged before this is answered as it was until now: nothing was kept of where its posts had been.
"""

import sqlalchemy as sa
from alembic import op

revision = "e2c7a9145b30"
down_revision = "b7e3a90c5d26"
branch_labels = None
depends_on = None

TABLE, SCHEMA = "post_pasts", "hierarchy"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C")),
        sa.Column("organisation", sa.Text(collation="C")),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("district", "post_id", "until", name=op.f("pk_post_pasts")),
        schema=SCHEMA,
    )
    op.create_index("ix_post_pasts_path", TABLE, ["district", "path"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table(TABLE, schema=SCHEMA)
