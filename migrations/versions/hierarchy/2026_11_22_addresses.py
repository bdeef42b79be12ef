"""hierarchy: the address of a venue, in words, for whoever has to find it."""

import sqlalchemy as sa
from alembic import op

revision = "b7e3a90c5d26"
down_revision = "9c1d4e7a3b58"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "address", "venues", "hierarchy"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(NAME, sa.Text()), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column(TABLE, NAME, schema=SCHEMA)
