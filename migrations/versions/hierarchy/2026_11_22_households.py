"""hierarchy: households."""

revision = "00c3e7f5d19f"
down_revision = "35ecda4944a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
