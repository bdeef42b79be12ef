"""hierarchy: versions of structures, each at a step of its life and in force from a day to a day.

New columns have constant defaults, so that what runs before this goes on inserting rows without them; every structure
that is there is in force, as it was.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "15e642863d57"
down_revision = "caade3d3169d"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"


def upgrade() -> None:
    add: list[sa.Column[Any]] = [
        sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("step", sa.Text(), nullable=False, server_default=sa.text("'active'")),
        sa.Column("until", sa.Date()),
    ]
    for column in add:
        op.add_column("structures", column, schema=SCHEMA)


def downgrade() -> None:
    for name in ("until", "step", "revision"):
        op.drop_column("structures", name, schema=SCHEMA)
