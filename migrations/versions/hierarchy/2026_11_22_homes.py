"""hierarchy: the record of a household ends with its home, when that is closed or becomes part of another one.

Records at homes that are gone already end with the day on which these went; one to which somebody still belongs goes on
being shown, so that they are not lost from sight.
"""

import sqlalchemy as sa
from alembic import op

revision = "5e8b2f47d1a9"
down_revision = "7d3a19f6e2c4"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
GONE_ALREADY = """
    UPDATE hierarchy.households AS home SET closed_on = (gone.gone_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM hierarchy.gone_places AS gone
    WHERE gone.district = home.district AND gone.code = home.code
      AND NOT EXISTS (SELECT 1 FROM hierarchy.household_members AS member
                      WHERE member.district = home.district AND member.household_id = home.id
                        AND (member.left_on IS NULL OR member.left_on >= CURRENT_DATE))
"""


def upgrade() -> None:
    op.add_column("households", sa.Column("closed_on", sa.Date(), nullable=True), schema=SCHEMA)
    op.execute(GONE_ALREADY)


def downgrade() -> None:
    op.drop_column("households", "closed_on", schema=SCHEMA)
