"""Agreements 共建协议 with partners: clauses, from a day to a day; and what was delivered of each clause."""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.schema import SCHEMA
from shared.runtime.tables import district, moment, path

AGREEMENTS = Table(
    "agreements",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("step", Text, nullable=False),
    Column("organisation", Text(collation="C"), nullable=False),  # the partner
    path(),  # of the place that it is made for
    Column("title", Text, nullable=False),
    Column("clauses", JSONB, nullable=False),  # rules.Clause
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("remind_days", Integer, nullable=False),
    Column("renews", Uuid),  # the agreement before
    Column("renewed_by", Uuid),
    Column("reminders", Integer, nullable=False, server_default=text("0")),
    moment("created_at", default_now=True),
    CheckConstraint("starts_on <= ends_on", name="forwards"),
    Index("ix_agreements_path", "district", "path", "ends_on", "id"),
    Index("ix_agreements_organisation", "district", "organisation"),
)

DELIVERIES = Table(
    "agreement_deliveries",
    SCHEMA.metadata,
    district(),
    Column("id", Uuid, primary_key=True),
    Column("agreement_id", Uuid, nullable=False),
    Column("clause", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    Column("activity", Uuid),  # of the events service, if it was one
    Column("activity_state", Text),  # rules.ActivityState; null where none was named
    Column("note", Text, nullable=False),
    moment("recorded_at", default_now=True),
    CheckConstraint("count > 0", name="count"),
    Index("ix_agreement_deliveries_agreement", "district", "agreement_id", "day", "id"),
)
