"""What the ways of signing in keep: codes on their way, how often they were asked for, WeChat accounts, second factors.

No phone number, address, openid or code stands here in the clear: keyed blind indexes, keyed hashes, sealed secrets.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, sealed, unsealed

# One code per number at a time, also for numbers that nobody has: the next request replaces it.
SIGN_IN_CODES = Table(
    "sign_in_codes",
    SCHEMA.metadata,
    district(),
    Column("phone_index", Text(collation="C"), primary_key=True),
    Column("id", Uuid, nullable=False),  # the request's
    Column("with_device", Boolean, nullable=False),  # whether the hash covers a device
    unsealed("code_hash", "a keyed hash of request, purpose, device and code"),
    Column("guesses", Integer, nullable=False, server_default=text("0")),
    moment("expires_at"),
    Index("ix_sign_in_codes_expires", "district", "expires_at"),
)

# When a number, an address or a household was last granted something; `refused` counts refusals since.
SIGN_IN_LIMITS = Table(
    "sign_in_limits",
    SCHEMA.metadata,
    district(),
    Column("subject", Text(collation="C"), primary_key=True),
    Column("times", ARRAY(DateTime(timezone=True)), nullable=False),
    Column("refused", Integer, nullable=False, server_default=text("0")),
    moment("until"),
    Index("ix_sign_in_limits_until", "district", "until"),
)

# Text messages of a district by day in China: the breaker against a bill without an end.
SMS_DAYS = Table(
    "sms_days",
    SCHEMA.metadata,
    district(),
    Column("day", Date, primary_key=True),
    Column("sent", Integer, nullable=False),
)

WECHAT_ACCOUNTS = Table(
    "wechat_accounts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's: one account each
    Column("openid_index", Text(collation="C"), nullable=False),
    moment("bound_at", default_now=True),
    Index("uq_wechat_accounts_openid", "district", "openid_index", unique=True),
)

# `pending` waits for its first code and replaces `secret` then. `last_step` is the newest time-step that was used.
SECOND_FACTORS = Table(
    "second_factors",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's
    sealed("secret", nullable=True),
    sealed("pending", nullable=True),
    Column("last_step", BigInteger),
    moment("confirmed_at", nullable=True),
    moment("created_at", default_now=True),
)

RECOVERY_CODES = Table(
    "recovery_codes",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's
    Column("code_hash", LargeBinary, primary_key=True, info={"unsealed": "a keyed hash of a code"}),
)
