"""Verifies the journal's chain: names the first row that was changed, removed, inserted or left unsealed.

The chain alone shows what somebody did who did not compute it anew. Against one who did, the database's owner, help
the anchors (`shared.runtime.anchors`): what they remember must be in the chain as they remember it.

A text that is gone breaks nothing, because people may have theirs erased; one that was changed does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import BigInteger, DateTime, Integer, Text, bindparam, exists, func, select

from shared.runtime.anchors import Anchor
from shared.runtime.db import Connection, Row, Statement, fetch_all, fetch_one
from shared.runtime.journal import GENESIS, SEALED, chain, digest
from shared.runtime.sealer import BEGINNING, LOOKBACK_S
from shared.runtime.tables import Schema, districts_of

_BATCH = 5000
_LOOKBACK = timedelta(seconds=LOOKBACK_S)
_district = bindparam("district", type_=Text())


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is None when all `rows` of the chain hold; otherwise it says where and what.

    `erased` counts the rows whose text is gone, `anchors` what was remembered outside and found so.
    """

    district: str
    rows: int
    head: str
    broken: str | None = None
    erased: int = 0
    anchors: int = 0


@dataclass(frozen=True)
class _Statements:
    rows: Statement
    head: Statement
    unsealed: Statement
    districts: tuple[Statement, ...]


@cache
def _of(schema: Schema) -> _Statements:
    j, seals, h, t = schema.journal, schema.seals, schema.seal_heads, schema.texts
    # The seals first, and no more of them than a batch: else the whole journal may be read for each.
    s = (
        select(seals)
        .where(seals.c.district == _district, seals.c.position > bindparam("position", type_=BigInteger()))
        .where(seals.c.position <= bindparam("last", type_=BigInteger()))
        .order_by(seals.c.position)
        .limit(bindparam("limit", type_=Integer()))
        .subquery("s")
    )
    about = t.c.subject_id.label("text_about")
    rows = (
        select(s.c.position, s.c.hash, s.c.entry_at, s.c.entry_id, t.c.body, about, *(j.c[name] for name in SEALED))
        .select_from(
            s.outerjoin(j, (j.c.district == s.c.district) & (j.c.at == s.c.entry_at) & (j.c.id == s.c.entry_id))
            .outerjoin(t, (t.c.district == j.c.district) & (t.c.id == j.c.id))
        )
        .order_by(s.c.position)
    )  # fmt: skip
    # Both in one statement: the sealer goes on meanwhile.
    end = select(func.max(seals.c.position).label("last")).where(seals.c.district == _district).subquery("e")
    head = select(h.c.position, h.c.hash, h.c.sealed_to, end.c.last).select_from(
        end.outerjoin(h, h.c.district == _district)
    )
    sealed = exists(
        select(seals.c.position).where(
            seals.c.district == _district, seals.c.entry_at == j.c.at, seals.c.entry_id == j.c.id
        )
    )
    unsealed = (
        select(j.c.at, j.c.id)
        .where(j.c.district == _district, j.c.at <= bindparam("until", type_=DateTime(timezone=True)), ~sealed)
        .order_by(j.c.at)
        .limit(1)
    )
    districts = tuple(Statement(districts_of(table)) for table in (j, seals, h))
    return _Statements(Statement(rows), Statement(head), Statement(unsealed), districts)


async def known_districts(connection: Connection, schema: Schema) -> set[str]:
    """Every district that has a row, a seal or a head: one whose rows are all gone must not be passed over."""
    statements = _of(schema).districts
    return {row["district"] for statement in statements for row in await fetch_all(connection, statement)}


async def verify(
    connection: Connection, schema: Schema, district: str, anchored: Mapping[int, Anchor] | None = None
) -> Verdict:
    """Walks the whole chain of one district and compares every row, text, anchor and the head."""
    walk = _Walk(district, anchored or {})
    statements = _of(schema)
    head = await fetch_one(connection, statements.head, district=district)
    last = 0 if head is None else head["position"] or head["last"] or 0
    while rows := await fetch_all(
        connection, statements.rows, district=district, position=walk.position, last=last, limit=_BATCH
    ):
        for row in rows:
            broken = walk.step(row)
            if broken:
                return walk.verdict(broken)
    broken = walk.end(head)
    if broken is None and head is not None and head["position"] is not None:
        until = head["sealed_to"] - _LOOKBACK
        stray = await fetch_one(connection, statements.unsealed, district=district, until=until)
        broken = f"row {stray['id']} of {stray['at']:%F %T} has no seal" if stray else None
    return walk.verdict(broken)


class _Walk:
    """Where a walk along the chain stands, and what it has seen."""

    def __init__(self, district: str, anchored: Mapping[int, Anchor]) -> None:
        self._district, self._anchored = district, anchored
        self.position, self._link, self._sealed_to = 0, GENESIS, BEGINNING
        self._erased = self._met = 0

    def step(self, row: Row) -> str | None:
        """Takes the next row; says what is wrong with it, if anything is."""
        broken = self._broken(row)
        if broken is None:
            self.position, self._link = row["position"], row["hash"]
            self._sealed_to = max(self._sealed_to, row["at"])
            self._erased += row["body"] is None and "text_sha256" in row["data"]
        return broken

    def _broken(self, row: Row) -> str | None:
        where = f"position {row['position']}"
        if row["position"] != self.position + 1:
            return f"{where} follows {self.position}: seals are missing"
        if row["id"] is None:
            return f"{where}: the journal row {row['entry_id']} of {row['entry_at']:%F %T} is gone"
        if not isinstance(row["data"], dict) or _hash(self._link, row) != row["hash"]:
            return f"{where}: the journal row {row['id']} of {row['at']:%F %T} was changed"
        # The sealer takes nothing older: such a row was not there when its time was sealed.
        if row["at"] <= self._sealed_to - _LOOKBACK:
            return f"{where}: the journal row {row['id']} of {row['at']:%F %T} was dated back"
        return _text_broken(where, row) or self._against_anchor(where, row)

    def _against_anchor(self, where: str, row: Row) -> str | None:
        anchor = self._anchored.get(row["position"])
        if anchor is None:
            return None
        self._met += 1
        if anchor.hash != row["hash"].hex():
            return f"{where}: the chain was written anew, {anchor.where} of {anchor.at} remembers another one"
        return None

    def end(self, head: Row | None) -> str | None:
        """What is wrong at the end of the chain, if anything is."""
        last = max(self._anchored, default=0)
        if last > self.position:
            anchor = self._anchored[last]
            return f"the chain ends at {self.position}, {anchor.where} of {anchor.at} remembers position {last}"
        if head is None or head["position"] is None:
            return None if self.position == 0 else "the head is missing"
        if (head["position"], head["hash"]) != (self.position, self._link) or (head["last"] or 0) != self.position:
            return f"the chain ends at {head['last'] or 0}, its head says {head['position']}"
        if head["sealed_to"] != self._sealed_to:
            return f"the head says sealed to {head['sealed_to']:%F %T}, the rows say {self._sealed_to:%F %T}"
        return None

    def verdict(self, broken: str | None) -> Verdict:
        return Verdict(self._district, self.position, self._link.hex(), broken, self._erased, self._met)


def _text_broken(where: str, row: Row) -> str | None:
    if row["body"] is not None and digest(row["body"]) != row["data"].get("text_sha256"):
        return f"{where}: the text of the journal row {row['id']} was changed"
    if row["text_about"] not in (None, row["subject_id"]):
        return f"{where}: the text of the journal row {row['id']} was put to another case"
    return None


def _hash(link: bytes, row: Row) -> bytes | None:
    try:
        return chain(link, row)
    except TypeError:  # something that no row of ours holds, such as a number of a hundred digits
        return None
