"""hierarchy: what visits found of a quarter's list, point by point, and what a mentor and a learner did day by day.

Both are lists with a constant default, so that what runs before this goes on inserting rows without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b1d0e7c92a4"
down_revision = "4584a93da5e3"
branch_labels = None
depends_on = None

ADDED = {"visits": "checked", "records": "log"}


def upgrade() -> None:
    for table, column in ADDED.items():
        empty = sa.Column(column, postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False)
        op.add_column(table, empty, schema="hierarchy")


def downgrade() -> None:
    for table, column in ADDED.items():
        op.drop_column(table, column, schema="hierarchy")
