"""hierarchy: revocations."""

revision = "19a2670b7eb0"
down_revision = "80ff19cde5db"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
