"""events: audit. Refusals, anchors and exports rest on the journal as it is, so there is nothing to change."""

revision = "dc89bd5c9cfe"
down_revision = "3653632b6137"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
