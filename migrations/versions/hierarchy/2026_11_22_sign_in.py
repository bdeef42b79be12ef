"""hierarchy: sign in."""

revision = "d063f1003d55"
down_revision = "721620af9d68"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
