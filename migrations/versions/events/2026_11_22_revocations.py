"""events: sessions that ended while their access tokens are still well signed.

Every process that answers requests reads what is new here about once a second.
"""

import sqlalchemy as sa
from alembic import op

revision = "3653632b6137"
down_revision = "66444da0711a"
branch_labels = None
depends_on = None

SCHEMA = "events"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "revoked_sessions",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "session", name="pk_revoked_sessions"),
        schema=SCHEMA,
    )
    op.create_index("ix_revoked_sessions_recorded", "revoked_sessions", ["district", "recorded_at"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("revoked_sessions", schema=SCHEMA)
