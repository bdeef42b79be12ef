"""hierarchy: who employs a bought service, which unit served where, and which honours a household shows at its door.

New columns are empty or have a constant default, so that what runs before this goes on inserting rows without them.
"""

import sqlalchemy as sa
from alembic import op

revision = "8c2e4f6a1b37"
down_revision = "5d1f0c7ae9b4"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"


def upgrade() -> None:
    op.add_column("appointments", sa.Column("employer", sa.Text(collation="C")), schema=SCHEMA)
    op.add_column("records", sa.Column("organisation", sa.Text(collation="C")), schema=SCHEMA)
    op.create_index(
        "ix_records_organisation",
        "records",
        ["district", "organisation", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("organisation IS NOT NULL"),
    )
    shown: sa.Column[bool] = sa.Column("public", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("household_tags", shown, schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("household_tags", "public", schema=SCHEMA)
    op.drop_index("ix_records_organisation", "records", schema=SCHEMA)
    op.drop_column("records", "organisation", schema=SCHEMA)
    op.drop_column("appointments", "employer", schema=SCHEMA)
