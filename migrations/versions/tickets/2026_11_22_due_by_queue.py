"""tickets: due jobs by queue, so that a backlog in one class of jobs is not read over for another's."""

import sqlalchemy as sa
from alembic import op

revision = "c41e8a90d6b3"
down_revision = "7f0a5745836f"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "ix_jobs_due", "jobs", "tickets"


def upgrade() -> None:
    _indexed("district", "queue", "due_at")


def downgrade() -> None:
    _indexed("district", "due_at")


def _indexed(*columns: str) -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.create_index(NAME, TABLE, list(columns), schema=SCHEMA, postgresql_where=sa.text("dead_at IS NULL"))
