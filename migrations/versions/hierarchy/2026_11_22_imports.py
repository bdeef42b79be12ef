"""hierarchy: workbooks that are being imported, their content until it is applied, and what is wrong with them."""

import sqlalchemy as sa
from alembic import op

revision = "f76b63e7c89e"
down_revision = "f3c7fe3b368b"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
COUNTS = ("rows", "valid", "wrong", "faults", "ignored", "position", "batches", "added", "changed", "unchanged",
          "left_out")  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("place", CODE, nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.Column("columns", sa.dialects.postgresql.JSONB(), nullable=True),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name="pk_imports"),
        schema=SCHEMA,
    )
    op.create_index("ix_imports_path", "imports", ["district", "path"], schema=SCHEMA)
    op.create_table(
        "import_pieces",
        sa.Column("district", CODE, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("part", CODE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "import_id", "part", "number", name="pk_import_pieces"),
        schema=SCHEMA,
    )
    op.create_table(
        "import_faults",
        sa.Column("district", CODE, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "import_id", "row_number", name="pk_import_faults"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("import_faults", "import_pieces", "imports"):
        op.drop_table(table, schema=SCHEMA)
