"""events: revocations."""

revision = "3653632b6137"
down_revision = "66444da0711a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
