"""Seals the journal: numbers committed rows per district and chains their hashes, away from the hot path.

Rows commit out of order, so the sealer looks back over `LOOKBACK_S` from the newest sealed row and takes what has no
seal yet. The lookback is longer than a transaction may live after its first row (`Work` commits none that did live so
long, `migrations/grants.py` bounds statements and idle transactions), so no row slips behind; `verify` would name one.

A row is stamped when it is written, which is after whatever its transaction had to wait for, and rows are sealed in the
order of their stamps: what was done because of another thing comes after it, whatever began first.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from shared.kernel.errors import LinliError
from shared.runtime.db import Connection, Row, Statement, fetch_all, fetch_one
from shared.runtime.journal import GENESIS, SEALED, chain
from shared.runtime.service import Service
from shared.runtime.tables import Schema, districts_of

log = structlog.get_logger()
LOOKBACK_S = 60.0
BATCH = 2000
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_district = bindparam("district", type_=Text())


@dataclass(frozen=True)
class _Statements:
    waiting: Statement
    head: Statement
    found: Statement
    fresh: Statement
    seal: Statement
    advance: Statement


def _unsealed(schema: Schema) -> ColumnElement[bool]:
    """One probe of an index per row, whatever is known of the tables; EXISTS may become a join over all seals."""
    j, s = schema.journal, schema.seals
    this = and_(s.c.district == j.c.district, s.c.entry_at == j.c.at, s.c.entry_id == j.c.id)
    return select(s.c.position).where(this).limit(1).scalar_subquery().is_(None)


def _waiting(schema: Schema) -> Select[tuple[str]]:
    """The districts with something to seal. Reads and locks nothing else, so that a quiet district costs no writing."""
    j, h = schema.journal, schema.seal_heads
    all_of_them = districts_of(j).subquery()
    since = func.coalesce(h.c.sealed_to, literal(BEGINNING)) - timedelta(seconds=LOOKBACK_S)
    fresh = select(j.c.id).where(j.c.district == all_of_them.c.district, j.c.at > since, _unsealed(schema)).limit(1)
    return (
        select(all_of_them.c.district)
        .select_from(all_of_them.outerjoin(h, h.c.district == all_of_them.c.district))
        .where(fresh.correlate(all_of_them, h).scalar_subquery().is_not(None))
    )


@cache
def _of(schema: Schema) -> _Statements:
    j, s, h = schema.journal, schema.seals, schema.seal_heads
    rows = (
        func.unnest(
            bindparam("positions", type_=ARRAY(BigInteger())),
            bindparam("ats", type_=ARRAY(DateTime(timezone=True))),
            bindparam("ids", type_=ARRAY(Uuid())),
            bindparam("hashes", type_=ARRAY(LargeBinary())),
        )
        .table_valued("position", "entry_at", "entry_id", "hash", name="rows")
        .render_derived()
    )
    return _Statements(
        waiting=Statement(_waiting(schema)),
        head=Statement(select(h).where(h.c.district == _district).with_for_update(skip_locked=True)),
        found=Statement(
            upsert(h)
            .values(
                district=_district,
                position=0,
                hash=bindparam("genesis", type_=LargeBinary()),
                sealed_to=bindparam("beginning", type_=DateTime(timezone=True)),
            )
            .on_conflict_do_nothing()
        ),
        fresh=Statement(
            select(*(j.c[name] for name in SEALED))
            .where(
                j.c.district == _district, j.c.at > bindparam("since", type_=DateTime(timezone=True)), _unsealed(schema)
            )
            .order_by(j.c.at, j.c.id)
            .limit(bindparam("limit", type_=Integer()))
        ),
        seal=Statement(
            insert(s).from_select(["district", "position", "entry_at", "entry_id", "hash"], select(_district, *rows.c))
        ),
        advance=Statement(
            update(h)
            .where(h.c.district == _district)
            .values(
                position=bindparam("to_position", type_=BigInteger()),
                hash=bindparam("to_hash", type_=LargeBinary()),
                sealed_to=bindparam("to_at", type_=DateTime(timezone=True)),
            )
        ),
    )


async def seal_for_ever(service: Service) -> None:
    """A round every `seal_interval_s`."""
    while True:
        try:
            while await seal_once(service):
                pass
        except (LinliError, OSError) as error:
            log.warning("sealer waits", reason=type(error).__name__)
        await asyncio.sleep(service.settings.seal_interval_s)


async def seal_once(service: Service) -> int:
    """Seals up to one batch per district; returns how many rows were sealed in the fullest one, if it was full."""
    statements = _of(service.schema)
    async with service.db.connection() as connection:
        districts = [row["district"] for row in await fetch_all(connection, statements.waiting)]
    full = 0
    for district in districts:
        async with service.db.connection() as connection, connection.transaction():
            sealed = await _seal_district(connection, statements, district)
        full = max(full, sealed if sealed == BATCH else 0)
    return full


async def _seal_district(connection: Connection, statements: _Statements, district: str) -> int:
    await fetch_one(connection, statements.found, district=district, genesis=GENESIS, beginning=BEGINNING)
    head = await fetch_one(connection, statements.head, district=district)
    if head is None:  # another sealer is at it
        return 0
    since = head["sealed_to"] - timedelta(seconds=LOOKBACK_S)
    rows = await fetch_all(connection, statements.fresh, district=district, since=since, limit=BATCH)
    if not rows:
        return 0
    position, link = head["position"], head["hash"]
    hashes = _hashes(link, rows)
    await fetch_one(
        connection,
        statements.seal,
        district=district,
        positions=list(range(position + 1, position + 1 + len(rows))),
        ats=[row["at"] for row in rows],
        ids=[row["id"] for row in rows],
        hashes=hashes,
    )
    await fetch_one(
        connection,
        statements.advance,
        district=district,
        to_position=position + len(rows),
        to_hash=hashes[-1],
        to_at=max(head["sealed_to"], rows[-1]["at"]),
    )
    return len(rows)


def _hashes(link: bytes, rows: list[Row]) -> list[bytes]:
    hashes = []
    for row in rows:
        link = chain(link, row)
        hashes.append(link)
    return hashes
