"""hierarchy: notices to those who hold posts, and who has read them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d4a7c19e5b02"
down_revision = "2f7a90c4be16"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("posts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), server_default=sa.text("'sent'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_notices"),
        schema=SCHEMA,
    )
    op.create_index("ix_notices_path", "notices", ["district", "path", "id"], schema=SCHEMA)
    op.create_table(
        "notice_receipts",
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("post_code", sa.Text(collation="C"), nullable=False),
        sa.Column("post_label", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("district", "notice_id", "person_id", name="pk_notice_receipts"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_notice_receipts_person", "notice_receipts", ["district", "person_id", "notice_id"], schema=SCHEMA
    )


def downgrade() -> None:
    op.drop_table("notice_receipts", schema=SCHEMA)
    op.drop_table("notices", schema=SCHEMA)
