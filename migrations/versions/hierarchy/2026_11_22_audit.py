"""hierarchy: audit."""

revision = "f39caf4a36a4"
down_revision = "19a2670b7eb0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
