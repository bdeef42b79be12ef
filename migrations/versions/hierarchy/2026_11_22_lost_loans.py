"""hierarchy: who had what was lost is forgotten as well, thirty days after it was said to be lost.

What was lost before this has a job of its own now; where the journal does not say since when, the days begin now.
"""

from alembic import op

revision = "d94e07b1c82f"
down_revision = "f1d86b2a7c39"
branch_labels = None
depends_on = None

LOST = """
    INSERT INTO hierarchy.jobs (district, id, name, queue, args, due_at)
    SELECT district, gen_random_uuid(), 'hierarchy.loan.forget', 'local',
        jsonb_build_object('loan_id', id::text, 'step', 'lost'),
        coalesce(
            (SELECT max(entry.at) FROM hierarchy.journal AS entry
             WHERE entry.district = loan.district AND entry.subject_id = loan.id AND entry.event = 'loan.lose'),
            now()
        ) + interval '30 days'
    FROM hierarchy.loans AS loan
    WHERE step = 'lost'
"""


def upgrade() -> None:
    op.execute(LOST)


def downgrade() -> None:
    """The jobs do no harm to what was before."""
