"""Identity: passwords, and attempts to sign in."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment

CREDENTIALS = Table(
    "credentials",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's
    Column("password_hash", Text, nullable=False),  # argon2id, with its parameters
    moment("changed_at", default_now=True),
)

# Counted before the password is looked at, whether or not anybody has that number.
SIGN_IN_ATTEMPTS = Table(
    "sign_in_attempts",
    SCHEMA.metadata,
    district(),
    Column("phone_index", Text(collation="C"), primary_key=True),
    Column("attempts", Integer, nullable=False),
    moment("window_ends"),
    Index("ix_sign_in_attempts_ends", "district", "window_ends"),
)
