"""hierarchy: appointments."""

revision = "35ecda4944a1"
down_revision = "b13fbac50598"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
