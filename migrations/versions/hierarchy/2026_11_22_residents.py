"""hierarchy: who is always at a venue, where there was only whether somebody is."""

import sqlalchemy as sa
from alembic import op

revision = "6e0b9d41c7a8"
down_revision = "d4a7c19e5b02"
branch_labels = None
depends_on = None

TABLE, SCHEMA = "venues", "hierarchy"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("resident", sa.Text()), schema=SCHEMA)
    op.execute("UPDATE hierarchy.venues SET resident = 'staff' WHERE staffed")
    op.drop_column(TABLE, "staffed", schema=SCHEMA)


def downgrade() -> None:
    op.add_column(TABLE, sa.Column("staffed", sa.Boolean(), server_default="false", nullable=False), schema=SCHEMA)
    op.execute("UPDATE hierarchy.venues SET staffed = true WHERE resident IS NOT NULL")
    op.alter_column(TABLE, "staffed", server_default=None, schema=SCHEMA)
    op.drop_column(TABLE, "resident", schema=SCHEMA)
