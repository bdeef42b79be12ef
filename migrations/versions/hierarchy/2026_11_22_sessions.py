"""hierarchy: sessions with their refresh tokens, accounts that can be disabled, and clients (partner systems)."""

import sqlalchemy as sa
from alembic import op

revision = "721620af9d68"
down_revision = "f39caf4a36a4"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    _accounts()
    _sessions()
    _clients()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signed_in_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name="pk_accounts"),
        schema=SCHEMA,
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("family", sa.LargeBinary(), nullable=False),
        sa.Column("turn", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", MOMENT, nullable=True),
        sa.Column("successor", sa.LargeBinary(), nullable=True),
        sa.Column("turns", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("used_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("idle_ends_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name="pk_sessions"),
        schema=SCHEMA,
    )
    op.create_index("uq_sessions_family", "sessions", ["district", "family"], unique=True, schema=SCHEMA)
    op.create_index("ix_sessions_person", "sessions", ["district", "person_id", "used_at"], schema=SCHEMA)
    op.create_index("ix_sessions_ends", "sessions", ["district", "ends_at"], schema=SCHEMA)


def _clients() -> None:
    op.create_table(
        "clients",
        sa.Column("district", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("path", CODE, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("rotated_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("district", "id", name="pk_clients"),
        schema=SCHEMA,
    )
    op.create_index("ix_clients_path", "clients", ["district", "path"], schema=SCHEMA)


def downgrade() -> None:
    for table in ("clients", "sessions", "accounts"):
        op.drop_table(table, schema=SCHEMA)
