"""hierarchy: ways of signing in: codes by text message, their limits and the day's bill; WeChat; second factors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d063f1003d55"
down_revision = "721620af9d68"
branch_labels = None
depends_on = None

SCHEMA = "hierarchy"
CODE = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
TABLES = ["sign_in_codes", "sign_in_limits", "sms_days", "wechat_accounts", "second_factors", "recovery_codes"]


def upgrade() -> None:
    _codes()
    _others()


def _district() -> sa.Column[str]:
    return sa.Column("district", CODE, nullable=False)


def _codes() -> None:
    op.create_table(
        "sign_in_codes",
        _district(),
        sa.Column("phone_index", CODE, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("with_device", sa.Boolean(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("guesses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("district", "phone_index", name="pk_sign_in_codes"),
        schema=SCHEMA,
    )
    op.create_index("ix_sign_in_codes_expires", "sign_in_codes", ["district", "expires_at"], schema=SCHEMA)
    op.create_table(
        "sign_in_limits",
        _district(),
        sa.Column("subject", CODE, nullable=False),
        sa.Column("times", postgresql.ARRAY(MOMENT), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("district", "subject", name="pk_sign_in_limits"),
        schema=SCHEMA,
    )
    op.create_index("ix_sign_in_limits_until", "sign_in_limits", ["district", "until"], schema=SCHEMA)
    op.create_table(
        "sms_days",
        _district(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "day", name="pk_sms_days"),
        schema=SCHEMA,
    )


def _others() -> None:
    op.create_table(
        "wechat_accounts",
        _district(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("openid_index", CODE, nullable=False),
        sa.Column("bound_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_wechat_accounts"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_wechat_accounts_openid", "wechat_accounts", ["district", "openid_index"], unique=True, schema=SCHEMA
    )
    op.create_table(
        "second_factors",
        _district(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", name="pk_second_factors"),
        schema=SCHEMA,
    )
    op.create_table(
        "recovery_codes",
        _district(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "id", "code_hash", name="pk_recovery_codes"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
