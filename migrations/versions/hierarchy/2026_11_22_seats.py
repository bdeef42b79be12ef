"""hierarchy: a seat has a first day, and what a body's charter said on a day gone by is kept.

What a data file brought was there all along, as it was answered until now; what was made here begins with the day on
which it was made, or with the first who sat there. Empty seats of organisations that are closed end: they would be
vacancies for ever. New columns have constant defaults, so that what runs before this goes on inserting rows without
them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7d3a19f6e2c4"
down_revision = "c58e0b3d7f14"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
# Made by a door: journaled one by one, or in one transaction with the charter that asked for them, which takes seconds
# at most.
MADE_HERE = """
    UPDATE hierarchy.posts AS post SET since = least(
        (post.created_at AT TIME ZONE 'Asia/Shanghai')::date,
        (SELECT min(held.since) FROM hierarchy.appointments AS held
         WHERE held.district = post.district AND held.post_id = post.id))
    WHERE EXISTS (SELECT 1 FROM hierarchy.journal AS entry
                  WHERE entry.district = post.district AND entry.subject_id = post.id AND entry.event = 'post.add')
       OR EXISTS (SELECT 1 FROM hierarchy.bodies AS body JOIN hierarchy.journal AS entry
                  ON entry.district = body.district AND entry.subject_id = body.id AND entry.event = 'body.charter'
                  WHERE body.district = post.district AND body.organisation = post.organisation
                    AND entry.at BETWEEN post.created_at AND post.created_at + interval '5 seconds')
"""
# What a charter said before it was changed was not kept: it is answered as it was until now.
CHARTERS = """
    INSERT INTO hierarchy.body_charters (district, body_id, since, charter, invented)
    SELECT district, id,
        CASE WHEN EXISTS (SELECT 1 FROM hierarchy.journal AS entry
                          WHERE entry.district = body.district AND entry.subject_id = body.id
                            AND entry.event = 'body.charter'
                            AND entry.at BETWEEN body.created_at AND body.created_at + interval '5 seconds')
        THEN (created_at AT TIME ZONE 'Asia/Shanghai')::date ELSE DATE '2000-01-01' END,
        charter, invented
    FROM hierarchy.bodies AS body
"""
# Yesterday, not when their organisation closed: what was answered about the days between stays so.
LEFT_BEHIND = """
    UPDATE hierarchy.posts AS post SET until = today.day - 1
    FROM hierarchy.organisations AS body, (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date) AS today(day)
    WHERE body.district = post.district AND body.code = post.organisation AND body.until <= today.day
      AND post.until IS NULL
      AND NOT EXISTS (SELECT 1 FROM hierarchy.appointments AS held
                      WHERE held.district = post.district AND held.post_id = post.id
                        AND (held.until IS NULL OR held.until >= today.day))
"""


def upgrade() -> None:
    since = sa.Column("since", sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False)
    # By itself and repeatable, so that the table can be read while a million seats are looked at.
    with op.get_context().autocommit_block():
        op.add_column("posts", since, schema=SCHEMA, if_not_exists=True)
    op.execute(MADE_HERE)
    op.execute(LEFT_BEHIND)
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
