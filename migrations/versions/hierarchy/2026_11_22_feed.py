"""hierarchy: feed."""

revision = "4584a93da5e3"
down_revision = "f76b63e7c89e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
