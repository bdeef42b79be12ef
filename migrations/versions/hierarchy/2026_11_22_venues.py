"""hierarchy: venues."""

revision = "857c3bece3b7"
down_revision = "00c3e7f5d19f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
