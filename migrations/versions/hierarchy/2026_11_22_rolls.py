"""hierarchy: since when a roll names somebody, so that who comes to it later has missed nothing before.

Who is on a roll already was there all along, as it was answered until now.
"""

import sqlalchemy as sa
from alembic import op

revision = "9c1d4e7a3b58"
down_revision = "5e8b2f47d1a9"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "listed_since", "people", "hierarchy"


def upgrade() -> None:
    since = sa.Column(NAME, sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False)
    op.add_column(TABLE, since, schema=SCHEMA)


def downgrade() -> None:
    op.drop_column(TABLE, NAME, schema=SCHEMA)
