"""The sealed journal by position: gap-free and in one order for ever, whatever committed late.

Whoever follows the journal keeps the last position it has seen and asks for what comes after it; an export asks for
the positions of a period. The newest rows are missing until the sealer has been there, about a second.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BigInteger, DateTime, Integer, Text, bindparam, func, select

from shared.runtime.db import Database, Row, Statement
from shared.runtime.journal import GENESIS, SEALED
from shared.runtime.sealer import LOOKBACK_S
from shared.runtime.tables import Schema
from shared.runtime.work import Work

_BATCH = 1000
_LOOKBACK = timedelta(seconds=LOOKBACK_S)
_district = bindparam("district", type_=Text())


@dataclass(frozen=True, slots=True)
class Span:
    """Positions `first` to `last`, and the hash before the first one. Empty where `last` is smaller."""

    first: int
    last: int
    previous: bytes

    def __len__(self) -> int:
        return max(0, self.last - self.first + 1)


@cache
def sealed_rows(schema: Schema) -> Statement:
    """Rows after a position and up to another one, with position and hash."""
    j, seals = schema.journal, schema.seals
    # The seals first, and no more of them than are wanted: else the whole journal may be read for each batch.
    s = (
        select(seals)
        .where(seals.c.district == _district, seals.c.position > bindparam("after", type_=BigInteger()))
        .where(seals.c.position <= bindparam("last", type_=BigInteger()))
        .order_by(seals.c.position)
        .limit(bindparam("limit", type_=Integer()))
        .subquery("s")
    )
    return Statement(
        select(s.c.position, s.c.hash, *(j.c[name] for name in SEALED))
        .select_from(s.join(j, (j.c.district == s.c.district) & (j.c.at == s.c.entry_at) & (j.c.id == s.c.entry_id)))
        .where(j.c.district == _district)
        .order_by(s.c.position)
    )


@cache
def _span(schema: Schema) -> Statement:
    """The first and last position of a period.

    Rows are sealed out of order by less than the look-back: the smallest position lies within it after the earliest
    row of the period, the greatest within it before the latest. So both are found by the index, however long it is.
    """
    s = schema.seals.c
    here = s.district == _district
    in_period = (
        here,
        s.entry_at >= bindparam("since", type_=DateTime(timezone=True)),
        s.entry_at < bindparam("until", type_=DateTime(timezone=True)),
    )
    earliest = select(func.min(s.entry_at)).where(*in_period).scalar_subquery()
    latest = select(func.max(s.entry_at)).where(*in_period).scalar_subquery()
    first = select(func.min(s.position)).where(*in_period, s.entry_at <= earliest + _LOOKBACK)
    last = select(func.max(s.position)).where(*in_period, s.entry_at >= latest - _LOOKBACK)
    return Statement(select(first.scalar_subquery().label("first"), last.scalar_subquery().label("last")))


@cache
def _hash(schema: Schema) -> Statement:
    s = schema.seals.c
    return Statement(select(s.hash).where(s.district == _district, s.position == bindparam("at", type_=BigInteger())))


async def span(work: Work, since: datetime, until: datetime) -> Span:
    """The positions of a period, without a gap: at its edges a row of up to a minute more may lie between."""
    found = await work.one(_span(work.schema), since=since, until=until)
    if found is None or found["first"] is None:
        return Span(1, 0, GENESIS)
    before = await work.one(_hash(work.schema), at=found["first"] - 1)
    return Span(found["first"], found["last"], before["hash"] if before else GENESIS)


async def rows_of(db: Database, schema: Schema, district: str, wanted: Span) -> AsyncIterator[list[Row]]:
    """The rows of a span, a batch at a time; no connection is held between them."""
    after = wanted.first - 1
    while after < wanted.last:
        values = {"district": district, "after": after, "last": wanted.last, "limit": _BATCH}
        rows = await db.fetch(sealed_rows(schema), values)
        if not rows:
            return
        yield rows
        after = rows[-1]["position"]
