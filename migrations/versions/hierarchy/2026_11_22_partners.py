"""hierarchy: partners."""

revision = "f3c7fe3b368b"
down_revision = "857c3bece3b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
