"""tickets: looks at contact data are counted; what was reported under a number is found again, to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "7f0a5745836f"
down_revision = "64fe7e3425db"
branch_labels = None
depends_on = None

SCHEMA = "tickets"
CODE = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "reveals",
        sa.Column("district", CODE, nullable=False),
        sa.Column("actor", CODE, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("district", "actor", name="pk_reveals"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_appeals_reporter_index",
        "appeals",
        ["district", "reporter_index"],
        schema=SCHEMA,
        postgresql_where=sa.text("reporter_index IS NOT NULL"),
    )
    op.create_index(
        "ix_appeals_contact_closed",
        "appeals",
        ["district", "closed_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("contact IS NOT NULL AND closed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_appeals_contact_closed", "appeals", schema=SCHEMA)
    op.drop_index("ix_appeals_reporter_index", "appeals", schema=SCHEMA)
    op.drop_table("reveals", schema=SCHEMA)
