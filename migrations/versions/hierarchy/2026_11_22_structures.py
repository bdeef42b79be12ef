"""hierarchy: structures."""

revision = "15e642863d57"
down_revision = "caade3d3169d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
