"""Loans 借用: umbrellas, chargers and wheelchairs that a venue lends, and who has one until when.

How many of an item are out stands in the item's row: its lock keeps the last one from being lent twice.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid, text

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path, sealed

ITEMS = Table(
    "loan_items",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("venue_id", Uuid, nullable=False),
    Column("name", Text(collation="C"), nullable=False),
    Column("total", Integer, nullable=False),
    Column("lent", Integer, nullable=False, server_default=text("0")),
    Column("days", Integer, nullable=False),  # how long one may keep it, unless told otherwise
    moment("created_at", default_now=True),
    CheckConstraint("lent BETWEEN 0 AND total", name="lent"),
    Index("uq_loan_items_name", "district", "venue_id", "name", unique=True),
)

LOANS = Table(
    "loans",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("item_id", Uuid, nullable=False),
    Column("venue_id", Uuid, nullable=False),
    path(),  # of the venue
    Column("step", Text, nullable=False),
    Column("borrower_id", Uuid),  # where the borrower is known here
    sealed("name", nullable=True),
    sealed("phone", nullable=True),
    moment("lent_at", default_now=True),
    moment("due_at"),
    moment("ended_at", nullable=True),
    Index("ix_loans_path", "district", "path", "due_at", "id"),
    Index("ix_loans_item", "district", "item_id"),
    Index("ix_loans_borrower", "district", "borrower_id", "id"),
)
