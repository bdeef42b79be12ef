"""hierarchy: a seat has a first day, and what a body's charter said on a day gone by is kept.

What a data file brought was there all along, as it was answered until now; what was made here begins with the day on
which it was made, or with the first who sat there. New columns have constant defaults, so that what runs before this
goes on inserting rows without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7d3a19f6e2c4"
down_revision = "c58e0b3d7f14"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
# Made by a door: journaled one by one, or seats of an organisation that was there before them.
MADE_HERE = """
    UPDATE hierarchy.posts AS post SET since = least(
        (post.created_at AT TIME ZONE 'Asia/Shanghai')::date,
        (SELECT min(held.since) FROM hierarchy.appointments AS held
         WHERE held.district = post.district AND held.post_id = post.id))
    WHERE EXISTS (SELECT 1 FROM hierarchy.journal AS entry
                  WHERE entry.district = post.district AND entry.subject_id = post.id AND entry.event = 'post.add')
       OR EXISTS (SELECT 1 FROM hierarchy.organisations AS body
                  WHERE body.district = post.district AND body.code = post.organisation
                    AND body.created_at < post.created_at)
"""
CHARTERS = """
    INSERT INTO hierarchy.body_charters (district, body_id, since, charter, invented)
    SELECT district, id,
        CASE WHEN invented THEN DATE '2000-01-01' ELSE (created_at AT TIME ZONE 'Asia/Shanghai')::date END,
        charter, invented
    FROM hierarchy.bodies
"""


def upgrade() -> None:
    since = sa.Column("since", sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False)
    op.add_column("posts", since, schema=SCHEMA)
    op.execute(MADE_HERE)
    op.create_table(
        "body_charters",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("charter", postgresql.JSONB(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("district", "body_id", "since", name=op.f("pk_body_charters")),
        schema=SCHEMA,
    )
    op.execute(CHARTERS)


def downgrade() -> None:
    op.drop_table("body_charters", schema=SCHEMA)
    op.drop_column("posts", "since", schema=SCHEMA)
