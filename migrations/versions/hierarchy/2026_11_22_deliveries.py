"""hierarchy: what events says of the activity that something delivered of an agreement is said to have been.

What was recorded before keeps counting.
"""

import sqlalchemy as sa
from alembic import op

revision = "c3e81f0a7d52"
down_revision = "8c2e4f6a1b37"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agreement_deliveries", sa.Column("activity_state", sa.Text()), schema="hierarchy")


def downgrade() -> None:
    op.drop_column("agreement_deliveries", "activity_state", schema="hierarchy")
