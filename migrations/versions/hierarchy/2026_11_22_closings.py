"""hierarchy: seats end with the place that is closed, and a link lies where its household does."""

import sqlalchemy as sa
from alembic import op

revision = "5d1f0c7ae9b4"
down_revision = "5b1d0e7c92a4"
branch_labels = None
depends_on = None

PLACED = """
    UPDATE hierarchy.household_links AS link SET path = home.path
    FROM hierarchy.households AS home WHERE home.district = link.district AND home.id = link.household_id
"""


def upgrade() -> None:
    op.add_column("posts", sa.Column("until", sa.Date()), schema="hierarchy")
    path = sa.Column("path", sa.Text(collation="C"))
    op.add_column("household_links", path, schema="hierarchy")
    op.execute(PLACED)
    op.alter_column("household_links", "path", nullable=False, schema="hierarchy")
    op.create_index("ix_household_links_path", "household_links", ["district", "path"], schema="hierarchy")


def downgrade() -> None:
    op.drop_index("ix_household_links_path", "household_links", schema="hierarchy")
    op.drop_column("household_links", "path", schema="hierarchy")
    op.drop_column("posts", "until", schema="hierarchy")
