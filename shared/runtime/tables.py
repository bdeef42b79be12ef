"""The tables that every service has in its own schema: journal, seals, and jobs.

`district` leads every key and index (design decision 1). The service's role may only insert into and read the journal
and its seals; `migrations/grants.py` says so and a test tries the rest.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
REQUEST_KEY = "uq_journal_request"


def district() -> Column[str]:
    """The tenant's six-digit code: first column of every primary key."""
    return Column("district", Text(collation="C"), primary_key=True)


def moment(name: str, *, nullable: bool = False, default_now: bool = False) -> Column[object]:
    """A point in time, with time zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if default_now else None)


def path(name: str = "path", *, nullable: bool = False) -> Column[str]:
    """A place path: compared byte by byte, so that a subtree is a prefix range."""
    return Column(name, Text(collation="C"), nullable=nullable)


@dataclass(frozen=True)
class Sealing:
    """How a sealed field is bound: to the row's `key` columns, under the name of the column it was sealed for."""

    key: tuple[str, ...]
    column: str


@dataclass(frozen=True)
class IndexOf:
    """A blind index: of which sealed column of the row, of which part of it if that is JSON, and for which purpose."""

    column: str
    purpose: str
    part: str | None = None


def sealed(
    name: str, *, key: tuple[str, ...] = ("id",), column: str | None = None, nullable: bool = False
) -> Column[bytes]:
    """A field that the vault seals, bound to `district|table|column|key…`. `linli keys reseal` finds it by this, and a
    test refuses bytes in a table that do not say what they are.
    """
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": Sealing(key, column or name)})


def unsealed(name: str, why: str, *, nullable: bool = False) -> Column[bytes]:
    """Bytes that hold nothing to be sealed, and why."""
    return Column(name, LargeBinary, nullable=nullable, info={"unsealed": why})


@dataclass(frozen=True)
class Schema:
    """One service's schema with the tables that the runtime works on."""

    name: str
    metadata: MetaData
    journal: Table
    texts: Table
    seals: Table
    seal_heads: Table
    jobs: Table
    revoked_sessions: Table


def service_schema(name: str) -> Schema:
    """Makes the metadata of a service; its slices add their own tables to it."""
    metadata = MetaData(schema=name, naming_convention=_NAMES)
    return Schema(
        name,
        metadata,
        _journal(metadata),
        _texts(metadata),
        _seals(metadata),
        _heads(metadata),
        _jobs(metadata),
        _revoked_sessions(metadata),
    )


def _journal(metadata: MetaData) -> Table:
    return Table(
        "journal",
        metadata,
        district(),
        Column("at", DateTime(timezone=True), primary_key=True, server_default=func.now()),
        Column("id", Uuid, primary_key=True),
        Column("actor_kind", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("request_key", Text),
        unsealed("fingerprint", "a digest of the request", nullable=True),
        Column("subject_kind", Text, nullable=False),
        Column("subject_id", Uuid, nullable=False),
        Column("event", Text, nullable=False),
        Column("before", Text),
        Column("after", Text),
        Column("data", JSONB, nullable=False),
        Index(
            REQUEST_KEY,
            "district",
            "actor",
            "request_key",
            unique=True,
            postgresql_where=text("request_key IS NOT NULL"),
        ),
        Index("ix_journal_subject", "district", "subject_id", "at", "id"),
    )


def _texts(metadata: MetaData) -> Table:
    """Free text of journal rows, apart from them: erasing one leaves the chain valid, which knows only its digest."""
    return Table(
        "journal_texts",
        metadata,
        district(),
        Column("id", Uuid, primary_key=True),  # the journal row's
        Column("subject_id", Uuid, nullable=False),
        Column("body", JSONB, nullable=False),
        Index("ix_journal_texts_subject", "district", "subject_id"),
    )


def _seals(metadata: MetaData) -> Table:
    return Table(
        "journal_seals",
        metadata,
        district(),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("entry_at", DateTime(timezone=True), nullable=False),
        Column("entry_id", Uuid, nullable=False),
        unsealed("hash", "a link of the chain"),
        Index("uq_journal_seals_entry", "district", "entry_at", "entry_id", unique=True),
    )


def _heads(metadata: MetaData) -> Table:
    """Where the sealer stands, per district; its row lock keeps two sealers apart."""
    return Table(
        "journal_heads",
        metadata,
        district(),
        Column("position", BigInteger, nullable=False),
        unsealed("hash", "a link of the chain"),
        moment("sealed_to"),
    )


def _jobs(metadata: MetaData) -> Table:
    return Table(
        "jobs",
        metadata,
        district(),
        Column("id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("queue", Text, nullable=False),
        Column("args", JSONB, nullable=False),
        moment("due_at", default_now=True),
        moment("created_at", default_now=True),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("order_key", Text),
        Column("order_seq", BigInteger),
        moment("dead_at", nullable=True),
        Column("last_error", Text),
        Index("ix_jobs_due", "district", "queue", "due_at", postgresql_where=text("dead_at IS NULL")),
        Index("ix_jobs_order", "district", "order_key", "order_seq", postgresql_where=text("order_key IS NOT NULL")),
        Index("ix_jobs_dead", "district", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )


def _revoked_sessions(metadata: MetaData) -> Table:
    """Sessions that ended while their access tokens are still well signed; a row is swept once the last has expired."""
    return Table(
        "revoked_sessions",
        metadata,
        district(),
        Column("session", Uuid, primary_key=True),
        moment("until"),
        moment("recorded_at", default_now=True),
        Index("ix_revoked_sessions_recorded", "district", "recorded_at"),
    )


def districts_of(table: Table) -> Select[tuple[str]]:
    """The districts in a table, hopping over its key instead of reading it."""
    first = select(func.min(table.c.district).label("district")).cte("first", recursive=True)
    following = select(func.min(table.c.district)).where(table.c.district > first.c.district).scalar_subquery()
    first = first.union_all(select(following).where(first.c.district.is_not(None)))
    return select(first.c.district).where(first.c.district.is_not(None))
