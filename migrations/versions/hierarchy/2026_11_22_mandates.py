"""hierarchy: a responsibility that goes to another place or organisation goes on as a row of its own.

It names the row it goes on from, so that two which come to the same place on the same day stay two.
"""

import sqlalchemy as sa
from alembic import op

revision = "c58e0b3d7f14"
down_revision = "a4f07d2c91be"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "uq_responsibilities_held", "responsibilities", "hierarchy"
NEW = "uq_responsibilities_told_apart"
KEY = ["district", "path", "held_by", "since"]
# The key of before takes one of several that began on the same day.
ONE_OF_MANY = """
    DELETE FROM hierarchy.responsibilities r USING hierarchy.responsibilities kept
    WHERE r.continues IS NOT NULL AND (kept.continues IS NULL OR kept.id < r.id)
    AND (kept.district, kept.path, kept.held_by, kept.since) = (r.district, r.path, r.held_by, r.since)
"""


def upgrade() -> None:
    # By itself and repeatable, so that the table can be read while a million rows get their index.
    with op.get_context().autocommit_block():
        op.add_column(TABLE, sa.Column("continues", sa.Uuid()), schema=SCHEMA, if_not_exists=True)
    told_apart = [*KEY, "continues"]
    op.create_index(NEW, TABLE, told_apart, unique=True, schema=SCHEMA, postgresql_nulls_not_distinct=True)
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.execute(f"ALTER INDEX hierarchy.{NEW} RENAME TO {NAME}")


def downgrade() -> None:
    op.execute(ONE_OF_MANY)
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.drop_column(TABLE, "continues", schema=SCHEMA)
    op.create_index(NAME, TABLE, KEY, unique=True, schema=SCHEMA)
