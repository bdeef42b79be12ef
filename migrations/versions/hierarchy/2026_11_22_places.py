"""hierarchy: places."""

revision = "b13fbac50598"
down_revision = "15e642863d57"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
