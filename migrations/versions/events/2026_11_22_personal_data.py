"""events: personal data."""

revision = "8dd4d7898c44"
down_revision = "dc89bd5c9cfe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
