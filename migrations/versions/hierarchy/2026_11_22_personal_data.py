"""hierarchy: personal data."""

revision = "caade3d3169d"
down_revision = "d063f1003d55"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
