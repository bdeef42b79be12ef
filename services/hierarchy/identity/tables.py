"""Identity: passwords, grants that follow from no post, and attempts to sign in."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

CREDENTIALS = Table(
    "credentials",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's
    Column("password_hash", Text, nullable=False),  # argon2id, with its parameters
    moment("changed_at", default_now=True),
)

GRANTS = Table(
    "grants",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    path(),
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day; null while it lasts
    moment("created_at", default_now=True),
    Index("uq_grants_person", "district", "person_id", "role", "path", "since", unique=True),
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
