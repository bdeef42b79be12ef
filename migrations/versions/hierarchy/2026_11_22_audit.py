"""hierarchy: audit. Refusals, anchors and exports rest on the journal as it is, so there is nothing to change."""

revision = "f39caf4a36a4"
down_revision = "19a2670b7eb0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
