"""hierarchy: imports."""

revision = "f76b63e7c89e"
down_revision = "f3c7fe3b368b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
