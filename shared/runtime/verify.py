"""Verifies the journal's chain: names the first row that was changed, removed, inserted or left unsealed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, DateTime, Integer, Text, bindparam, exists, select

from shared.runtime.db import Connection, Row, Statement, fetch_all, fetch_one
from shared.runtime.journal import GENESIS, SEALED, chain, digest
from shared.runtime.sealer import LOOKBACK_S
from shared.runtime.tables import Schema

_BATCH = 5000
_district = bindparam("district", type_=Text())


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is None when all `rows` of the chain hold; otherwise it says where and what."""

    district: str
    rows: int
    head: str
    broken: str | None = None


def _statements(schema: Schema) -> tuple[Statement, Statement, Statement]:
    j, s, h, t = schema.journal, schema.seals, schema.seal_heads, schema.texts
    rows = (
        select(s.c.position, s.c.hash, s.c.entry_at, s.c.entry_id, t.c.body, *(j.c[name] for name in SEALED))
        .select_from(
            s.outerjoin(j, (j.c.district == s.c.district) & (j.c.at == s.c.entry_at) & (j.c.id == s.c.entry_id))
            .outerjoin(t, (t.c.district == j.c.district) & (t.c.id == j.c.id))
        )
        .where(s.c.district == _district, s.c.position > bindparam("position", type_=BigInteger()))
        .order_by(s.c.position)
        .limit(bindparam("limit", type_=Integer()))
    )  # fmt: skip
    head = select(h.c.position, h.c.hash, h.c.sealed_to).where(h.c.district == _district)
    sealed = exists(
        select(s.c.position).where(s.c.district == _district, s.c.entry_at == j.c.at, s.c.entry_id == j.c.id)
    )
    unsealed = (
        select(j.c.at, j.c.id)
        .where(j.c.district == _district, j.c.at <= bindparam("until", type_=DateTime(timezone=True)), ~sealed)
        .order_by(j.c.at)
        .limit(1)
    )
    return Statement(rows), Statement(head), Statement(unsealed)


async def verify(connection: Connection, schema: Schema, district: str) -> Verdict:
    """Walks the whole chain of one district and compares every row, text and the head."""
    rows_of, head_of, unsealed_of = _statements(schema)
    position, link = 0, GENESIS
    while rows := await fetch_all(connection, rows_of, district=district, position=position, limit=_BATCH):
        for row in rows:
            broken = _broken(row, position, link)
            if broken:
                return Verdict(district, position, link.hex(), broken)
            position, link = row["position"], row["hash"]
    head = await fetch_one(connection, head_of, district=district)
    if head is None:
        return Verdict(district, 0, link.hex(), None if position == 0 else "the head is missing")
    if (head["position"], head["hash"]) != (position, link):
        return Verdict(
            district, position, link.hex(), f"the chain ends at {position}, its head says {head['position']}"
        )
    until = head["sealed_to"] - timedelta(seconds=LOOKBACK_S)
    stray = await fetch_one(connection, unsealed_of, district=district, until=until)
    broken = f"row {stray['id']} of {stray['at']:%F %T} has no seal" if stray else None
    return Verdict(district, position, link.hex(), broken)


def _broken(row: Row, position: int, link: bytes) -> str | None:
    where = f"position {row['position']}"
    if row["position"] != position + 1:
        return f"{where} follows {position}: seals are missing"
    if row["id"] is None:
        return f"{where}: the journal row {row['entry_id']} of {row['entry_at']:%F %T} is gone"
    if chain(link, row) != row["hash"]:
        return f"{where}: the journal row {row['id']} of {row['at']:%F %T} was changed"
    if row["body"] is not None and digest(row["body"]) != row["data"].get("text_sha256"):
        return f"{where}: the text of the journal row {row['id']} was changed"
    return None
