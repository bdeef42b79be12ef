"""hierarchy: the record of a household ends with its home, when that is closed or becomes part of another one.

Records at homes that are gone already end with the day on which these went. One to which somebody still belongs, whom
somebody looks after, or of a home that lives on in another one and is tagged, goes on being shown: nobody is lost from
sight.
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
    FROM hierarchy.gone_places AS gone, (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date) AS today(day)
    WHERE gone.district = home.district AND gone.code = home.code
      AND NOT EXISTS (SELECT 1 FROM hierarchy.household_members AS member
                      WHERE member.district = home.district AND member.household_id = home.id
                        AND (member.left_on IS NULL OR member.left_on >= today.day))
      AND NOT EXISTS (SELECT 1 FROM hierarchy.household_links AS link
                      WHERE link.district = home.district AND link.household_id = home.id
                        AND (link.until IS NULL OR link.until >= today.day))
      AND (gone.successors = '{}'
           OR NOT EXISTS (SELECT 1 FROM hierarchy.household_tags AS tag
                          WHERE tag.district = home.district AND tag.household_id = home.id
                            AND tag.withdrawn_at IS NULL))
"""


def upgrade() -> None:
    # By itself and repeatable, so that the table can be read while a million homes are looked at.
    with op.get_context().autocommit_block():
        op.add_column("households", sa.Column("closed_on", sa.Date()), schema=SCHEMA, if_not_exists=True)
    op.execute(GONE_ALREADY)


def downgrade() -> None:
    op.drop_column("households", "closed_on", schema=SCHEMA)
