"""hierarchy: an index by which the version of a district is known at once, for conditional GETs."""

import sqlalchemy as sa
from alembic import op

revision = "4584a93da5e3"
down_revision = "f76b63e7c89e"
branch_labels = None
depends_on = None

COUNTS = """
    subject_kind NOT IN ('client', 'export', 'import', 'job', 'journal', 'refusal', 'session', 'sign_in')
    AND event NOT IN ('password_changed', 'refresh_reused', 'revealed', 'session_ended', 'sessions_ended',
        'set_password', 'sign_in', 'sign_out', 'wechat_bound', 'wechat_unbound')
"""


def upgrade() -> None:
    op.create_index(
        "ix_journal_version",
        "journal",
        ["district", "at", "id"],
        schema="hierarchy",
        postgresql_where=sa.text(COUNTS),
    )


def downgrade() -> None:
    op.drop_index("ix_journal_version", "journal", schema="hierarchy")
