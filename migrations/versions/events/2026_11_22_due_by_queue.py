"""events: due jobs by queue, so that a backlog in one class of jobs is not read over for another's."""

import sqlalchemy as sa
from alembic import op

revision = "e9027bd1f5a4"
down_revision = "8dd4d7898c44"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "ix_jobs_due", "jobs", "events"


def upgrade() -> None:
    _indexed("district", "queue", "due_at")


def downgrade() -> None:
    _indexed("district", "due_at")


def _indexed(*columns: str) -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.create_index(NAME, TABLE, list(columns), schema=SCHEMA, postgresql_where=sa.text("dead_at IS NULL"))
