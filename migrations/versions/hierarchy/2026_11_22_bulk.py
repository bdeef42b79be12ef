"""hierarchy: what an import changes counts for the version of a district once per batch, not once per row."""

import sqlalchemy as sa
from alembic import op

revision = "7c41e0b9d3f6"
down_revision = "0d5c7be49a21"
branch_labels = None
depends_on = None

NAME, TABLE, SCHEMA = "ix_journal_version", "journal", "hierarchy"
_EVENTS = """
    'password_changed', 'refresh_reused', 'revealed', 'session_ended', 'sessions_ended', 'set_password', 'sign_in',
    'sign_out', 'wechat_bound', 'wechat_unbound'
"""
BEFORE = f"""
    subject_kind NOT IN ('client', 'export', 'import', 'job', 'journal', 'refusal', 'session', 'sign_in')
    AND event NOT IN ({_EVENTS})
"""
NOW = f"""
    subject_kind NOT IN ('client', 'export', 'job', 'journal', 'refusal', 'session', 'sign_in')
    AND event NOT IN ('household.import', 'organisation.import', 'person.import', 'place.import', {_EVENTS})
"""


def upgrade() -> None:
    _indexed(NOW)


def downgrade() -> None:
    _indexed(BEFORE)


def _indexed(counts: str) -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.create_index(NAME, TABLE, ["district", "at", "id"], schema=SCHEMA, postgresql_where=sa.text(counts))
