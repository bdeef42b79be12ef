"""hierarchy: until when a workbook is kept that nobody confirms, or goes on with.

Those that are on their way get a week from now, and a job that looks at them then; those that wait to be confirmed
have theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "f1d86b2a7c39"
down_revision = "c6f41d8b0e73"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "kept_until", "imports", "hierarchy"
WAITING = """
    UPDATE hierarchy.imports AS i SET kept_until = j.due_at FROM hierarchy.jobs AS j
    WHERE i.step = 'checked' AND j.district = i.district AND j.name = 'hierarchy.import.expire'
      AND j.args ->> 'import_id' = i.id::text
"""
WORKING = """
    WITH kept AS (
        UPDATE hierarchy.imports SET kept_until = now() + interval '7 days' WHERE step IN ('received', 'applying')
        RETURNING district, id, kept_until)
    INSERT INTO hierarchy.jobs (district, id, name, queue, args, due_at)
    SELECT district, gen_random_uuid(), 'hierarchy.import.expire', 'local', jsonb_build_object('import_id', id::text),
        kept_until
    FROM kept
"""


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(NAME, sa.DateTime(timezone=True)), schema=SCHEMA)
    op.execute(WAITING)
    op.execute(WORKING)


def downgrade() -> None:
    op.drop_column(TABLE, NAME, schema=SCHEMA)
