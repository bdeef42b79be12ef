"""Sessions 登录会话 (one device signed in, from sign-in to sign-out) and accounts (whose sign-in is switched off)."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, unsealed

# One row per person who ever signed in. Its lock puts opening a session and ending all of them in an order.
ACCOUNTS = Table(
    "accounts",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),  # the person's
    moment("signed_in_at", nullable=True),
    moment("disabled_at", nullable=True),
)

# A refresh token is two random halves: the family's, which stays, and a turn's, which each refresh replaces. Only
# hashes stand here. `successor` is the present turn, sealed with the previous token: only who holds that can open it.
SESSIONS = Table(
    "sessions",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("way", Text, nullable=False),
    Column("device", Text),
    unsealed("family", "a hash of a random half"),
    unsealed("turn", "a hash of a random half"),
    unsealed("previous", "a hash of a random half", nullable=True),
    moment("previous_until", nullable=True),
    unsealed("successor", "opens with a token that stands nowhere", nullable=True),
    Column("turns", Integer, nullable=False, server_default=text("0")),
    moment("created_at", default_now=True),
    moment("used_at", default_now=True),
    moment("idle_ends_at"),
    moment("ends_at"),
    moment("ended_at", nullable=True),
    Column("ended_why", Text),
    Index("uq_sessions_family", "district", "family", unique=True),
    Index("ix_sessions_person", "district", "person_id", "used_at"),
    Index("ix_sessions_ends", "district", "ends_at"),
)
