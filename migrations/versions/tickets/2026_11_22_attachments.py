"""tickets: attachments."""

revision = "64fe7e3425db"
down_revision = "5e9ad5816202"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
