"""tickets: personal data."""

revision = "7f0a5745836f"
down_revision = "64fe7e3425db"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
