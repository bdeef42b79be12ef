"""tickets: revocations."""

revision = "64fa21332791"
down_revision = "de509782d60d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
