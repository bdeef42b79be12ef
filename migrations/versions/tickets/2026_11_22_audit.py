"""tickets: audit."""

revision = "5e9ad5816202"
down_revision = "64fa21332791"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
