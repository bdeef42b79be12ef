"""hierarchy: places are looked for by name among those that are nobody's home, without reading all the homes."""

import sqlalchemy as sa
from alembic import op

revision = "a4f07d2c91be"
down_revision = "e19c4b7a0d38"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "ix_places_shared", "places", "hierarchy"


def upgrade() -> None:
    where = sa.text("kind <> 'household'")
    op.create_index(NAME, TABLE, ["district", "path"], schema=SCHEMA, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
