"""tickets: attachments of appeals, and what is used of their quotas."""

import sqlalchemy as sa
from alembic import op

revision = "64fe7e3425db"
down_revision = "5e9ad5816202"
branch_labels = None
depends_on = None

SCHEMA = "tickets"
CODE = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", CODE, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", CODE, nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("stored_as", CODE, nullable=False),
        sa.Column("preview", sa.Boolean(), nullable=False),
        sa.Column("step", CODE, nullable=False),
        sa.Column("added_by", CODE, nullable=False),
        sa.Column("source", CODE, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_attachments"),
        schema=SCHEMA,
    )
    op.create_index("ix_attachments_appeal", "attachments", ["district", "appeal_id", "id"], schema=SCHEMA)
    op.create_index("ix_attachments_person", "attachments", ["district", "added_by", "id"], schema=SCHEMA)
    op.create_index("uq_attachments_stored_as", "attachments", ["district", "stored_as"], unique=True, schema=SCHEMA)
    op.create_index(
        "uq_attachments_source",
        "attachments",
        ["district", "appeal_id", "source"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("source IS NOT NULL"),
    )
    op.create_table(
        "attachment_usage",
        sa.Column("district", CODE, nullable=False),
        sa.Column("about", CODE, nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "about", name="pk_attachment_usage"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("attachment_usage", "attachments"):
        op.drop_table(table, schema=SCHEMA)
