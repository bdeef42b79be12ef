"""hierarchy: in whose office a notice was sent; unknown of those that were sent before."""

import sqlalchemy as sa
from alembic import op

revision = "e19c4b7a0d38"
down_revision = "7c41e0b9d3f6"
branch_labels = None
depends_on = None

TABLE, SCHEMA = "notices", "hierarchy"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("sent_by_label", sa.Text()), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column(TABLE, "sent_by_label", schema=SCHEMA)
