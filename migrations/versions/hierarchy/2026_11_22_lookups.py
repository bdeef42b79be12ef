"""hierarchy: what an organisation answers for is found by its id, in an index of organisations' rows alone.

The index by `held_by` held the posts' rows too, and so the planner could take it for the question 谁来管: right after a
load, with nothing known about the tables yet, it read a whole district by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "a90c6d1e83f5"
down_revision = "c3e81f0a7d52"
branch_labels = None
depends_on = None

TABLE, SCHEMA = "responsibilities", "hierarchy"


def upgrade() -> None:
    op.drop_index("ix_responsibilities_held_by", TABLE, schema=SCHEMA)
    op.create_index(
        "ix_responsibilities_organisation",
        TABLE,
        ["district", "organisation_id", "since"],
        schema=SCHEMA,
        postgresql_where=sa.text("organisation_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_responsibilities_organisation", TABLE, schema=SCHEMA)
    op.create_index("ix_responsibilities_held_by", TABLE, ["district", "held_by", "since"], schema=SCHEMA)
