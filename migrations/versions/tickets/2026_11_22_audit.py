"""tickets: audit. Refusals, anchors and exports rest on the journal as it is, so there is nothing to change."""

revision = "5e9ad5816202"
down_revision = "64fa21332791"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
