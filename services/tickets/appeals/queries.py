"""Every statement on appeals. The hot ones are compiled at import and never again."""

from collections.abc import Callable
from functools import cache
from typing import Literal

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.tickets.appeals.tables import APPEALS as A
from services.tickets.appeals.tables import DEPTHS, prefix
from services.tickets.schema import SCHEMA
from shared.kernel.paths import ROOT
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.journal import timeline

_district = bindparam("district", type_=Text())
_id = bindparam("id", type_=Uuid())

BY_ID = Statement(select(A).where(A.c.district == _district, A.c.id == _id))
BY_NUMBER = Statement(select(A.c.id).where(A.c.district == _district, A.c.number == bindparam("number", type_=Text())))
# Two appeals become one: both are held, always in the same order, so that two such unions never wait for each other.
HOLD = Statement(
    select(A.c.id, A.c.place_path, A.c.step)
    .where(A.c.district == _district, A.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(A.c.id)
    .with_for_update()
)
TIMELINE = timeline(SCHEMA)

_BORN = [
    "id", "number", "title", "content", "appeal_type", "category", "urgency", "channel", "anonymous", "confidential",
    "collected_at", "reporter_id", "entered_by", "reporter_index", "contact", "place_code", "place_name", "place_path",
    "hotline", "order_no", "step", "step_due",
]  # fmt: skip


def report(also: Callable[[CTE], CTE] | None = None) -> Change:
    """The birth of an appeal; `also` writes a further row from it in the same statement."""
    return Change(
        SCHEMA,
        insert(A)
        .values(
            district=_district,
            **{name: bindparam(name, type_=A.c[name].type) for name in _BORN},
            version=1, callback_seq=0, overdue=False, suspended=False, chain=literal([], A.c.chain.type),
            chain_position=0, step_since=func.now(), created_at=func.now(), updated_at=func.now(),
        )
        .returning(A),
        also=also,
    )  # fmt: skip


REPORT = report()

# A move writes every column that any move may change; which values change is decided in `moves.py`.
MOVABLE = [
    "category", "urgency", "reporter_id", "place_code", "place_name", "place_path", "callback_seq", "step",
    "step_since", "step_due", "overdue", "suspended", "seconds_left", "chain", "chain_position", "lead_post",
    "lead_name", "lead_person", "refused", "result", "public_reply", "called_back", "rating", "merged_into",
    "closed_at",
]  # fmt: skip
MOVE = Change(
    SCHEMA,
    update(A)
    .where(A.c.district == _district, A.c.id == _id, A.c.version == bindparam("version", type_=Integer()))
    .values(
        version=A.c.version + 1,
        updated_at=func.now(),
        **{name: bindparam(f"to_{name}", type_=A.c[name].type) for name in MOVABLE},
    )
    .returning(A),
)

_SUMMARY = [
    A.c[name]
    for name in (
        "id", "number", "version", "title", "category", "urgency", "channel", "place_code", "place_name",
        "step", "step_since", "step_due", "overdue", "suspended", "lead_name", "rating", "confidential",
        "created_at", "updated_at", "closed_at",
    )
]  # fmt: skip


def _between(low: str, high: str) -> tuple[ColumnElement[bool], ...]:
    return A.c.place_path >= bindparam(low, type_=Text()), A.c.place_path < bindparam(high, type_=Text())


def _in_scopes(scopes: str, ends: str) -> ColumnElement[bool]:
    """The row's place lies below one of the scopes, given as parallel arrays of where each begins and ends."""
    ranges = (
        func.unnest(bindparam(scopes, type_=ARRAY(Text())), bindparam(ends, type_=ARRAY(Text())))
        .table_valued("low", "high", name=f"{scopes}_ranges")
        .render_derived()
    )
    return select(ranges.c.low).where(A.c.place_path >= ranges.c.low, A.c.place_path < ranges.c.high).exists()


@cache
def newest(*, depth: int | None, confidential: Literal["all", "theirs", "none"], step: bool, after: bool) -> Statement:
    """The newest appeals in the caller's scope; one compiled form per filter set.

    `depth`: the length of the one path below which they lie, None for several (as arrays). `confidential`: all of the
    scope, only those under `theirs` (a part of the scope), or none.
    """
    rows = select(*_SUMMARY).where(A.c.district == _district)
    rows = rows.where(_in_scopes("scopes", "ends")) if depth is None else rows.where(*_below(depth))
    if confidential == "none":
        rows = rows.where(~A.c.confidential)
    if confidential == "theirs":
        rows = rows.where(or_(~A.c.confidential, _in_scopes("theirs", "their_ends")))
    if step:
        rows = rows.where(A.c.step == bindparam("step", type_=Text()))
    if after:
        rows = rows.where(A.c.id < bindparam("before_id", type_=Uuid()))
    return Statement(rows.order_by(A.c.id.desc()).limit(bindparam("limit", type_=Integer())))


def _below(depth: int) -> list[ColumnElement[bool]]:
    """Below the path `low`: the whole district needs no condition, a community and a grid one that an index orders."""
    if depth == len(ROOT):
        return []
    found = deepest(depth)
    ordered = [literal_column(prefix(found), Text()) == bindparam("prefix", type_=Text())] if found else []
    return ordered if depth == found else [*ordered, *_between("low", "high")]


def deepest(depth: int) -> int:
    """The longest indexed prefix of a path of this length; 0 if there is none."""
    return max((known for known in DEPTHS if known <= depth), default=0)


_person = bindparam("person", type_=Uuid())
_older = A.c.id < bindparam("before_id", type_=Uuid())
_limit = bindparam("limit", type_=Integer())
MINE = Statement(
    select(*_SUMMARY)
    .where(A.c.district == _district, A.c.reporter_id == _person, _older)
    .order_by(A.c.id.desc())
    .limit(_limit)
)
INBOX = Statement(
    select(*_SUMMARY)
    .where(A.c.district == _district, A.c.lead_person == _person, A.c.closed_at.is_(None), A.c.step != "rate", _older)
    .order_by(A.c.id.desc())
    .limit(_limit)
)
