"""Hotlines that may speak to this district, the orders they sent, and what was told to them."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid

from services.tickets.schema import SCHEMA
from shared.runtime.tables import district, moment, sealed

HOTLINES = Table(
    "hotlines",
    SCHEMA.metadata,
    district(),
    Column("code", Text(collation="C"), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    # encrypted; signs both directions. The one before it is still heard for a while, so that both sides can change.
    sealed("secret", key=("code",)),
    sealed("previous_secret", key=("code",), column="secret", nullable=True),
    moment("previous_until", nullable=True),
    Column("callback_url", Text),
    moment("updated_at", default_now=True),
)
ORDERS = Table(
    "hotline_orders",
    SCHEMA.metadata,
    district(),
    Column("hotline", Text(collation="C"), primary_key=True),
    Column("order_no", Text(collation="C"), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("appeal_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    sealed("payload", key=("hotline", "order_no")),  # the order as it came, encrypted: it names the caller
    moment("received_at", default_now=True),
    Index("ix_hotline_orders_appeal", "district", "appeal_id"),
)
CALLBACKS = Table(
    "hotline_callbacks",
    SCHEMA.metadata,
    district(),
    Column("appeal_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("event", Text, nullable=False),
    Column("status", Integer, nullable=False),
    moment("delivered_at", default_now=True),
)
