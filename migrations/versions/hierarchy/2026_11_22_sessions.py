"""hierarchy: sessions."""

revision = "721620af9d68"
down_revision = "f39caf4a36a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
