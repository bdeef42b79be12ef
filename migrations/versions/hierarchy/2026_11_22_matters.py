"""hierarchy: opinions of experts are found by their matter."""

import sqlalchemy as sa
from alembic import op

revision = "0d5c7be49a21"
down_revision = "b7d35f0c218e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_records_matter",
        "records",
        ["district", sa.text("(content ->> 'matter')"), "id"],
        schema="hierarchy",
        postgresql_where=sa.text("kind = 'opinion'"),
    )


def downgrade() -> None:
    op.drop_index("ix_records_matter", "records", schema="hierarchy")
