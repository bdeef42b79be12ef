"""Every statement on appeals. The hot ones are compiled at import and never again."""

from functools import cache

from sqlalchemy import ARRAY, Integer, Text, Uuid, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from services.tickets.appeals.tables import APPEALS as A
from services.tickets.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.journal import timeline

_district = bindparam("district", type_=Text())
_id = bindparam("id", type_=Uuid())

BY_ID = Statement(select(A).where(A.c.district == _district, A.c.id == _id))
BY_NUMBER = Statement(
    select(A.c.id, A.c.place_path, A.c.step).where(
        A.c.district == _district, A.c.number == bindparam("number", type_=Text())
    )
)
BY_ORDER = Statement(
    select(A).where(
        A.c.district == _district,
        A.c.hotline == bindparam("hotline", type_=Text()),
        A.c.order_no == bindparam("order_no", type_=Text()),
    )
)
TIMELINE = timeline(SCHEMA)

_BORN = [
    "id", "number", "title", "content", "appeal_type", "category", "urgency", "channel", "anonymous", "confidential",
    "collected_at", "reporter_id", "reporter_index", "contact", "place_code", "place_name", "place_path", "hotline",
    "order_no", "step", "step_due",
]  # fmt: skip
REPORT = Change(
    SCHEMA,
    insert(A)
    .values(
        district=_district,
        **{name: bindparam(name, type_=A.c[name].type) for name in _BORN},
        version=1, callback_seq=0, overdue=False, suspended=False, chain=bindparam("chain", type_=A.c.chain.type),
        chain_position=0, step_since=func.now(), created_at=func.now(), updated_at=func.now(),
    )
    .returning(A),
)  # fmt: skip

# A move writes every column that any move may change; which values change is decided in `moves.py`.
MOVABLE = [
    "category", "urgency", "reporter_id", "place_code", "place_name", "place_path", "callback_seq", "step",
    "step_since", "step_due", "overdue", "suspended", "seconds_left", "chain", "chain_position", "lead_post", "lead_name",
    "lead_person", "refused", "result", "public_reply", "called_back", "rating", "merged_into", "closed_at",
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
KNOW_REPORTER = Statement(
    update(A).where(A.c.district == _district, A.c.id == _id).values(reporter_id=bindparam("reporter_id", type_=Uuid()))
)

_SUMMARY = [
    "id", "number", "version", "title", "category", "urgency", "channel", "place_code", "place_name", "place_path",
    "step", "step_since", "step_due", "overdue", "suspended", "lead_name", "lead_person", "reporter_id", "rating",
    "created_at", "updated_at", "closed_at",
]  # fmt: skip


def _in_scopes() -> ColumnElement[bool]:
    """The row's place lies below one of the caller's scopes: `scopes` and `ends` are parallel arrays."""
    ranges = (
        func.unnest(bindparam("scopes", type_=ARRAY(Text())), bindparam("ends", type_=ARRAY(Text())))
        .table_valued("low", "high", name="ranges")
        .render_derived()
    )
    return select(ranges.c.low).where(A.c.place_path >= ranges.c.low, A.c.place_path < ranges.c.high).exists()


@cache
def newest(*, scopes: int, step: bool, place: bool, after: bool) -> Statement:
    """The newest appeals in the caller's scope (one range inline, more as arrays); one compiled form per filter set."""
    rows = select(*(A.c[name] for name in _SUMMARY)).where(A.c.district == _district)
    if scopes == 1:
        rows = rows.where(
            A.c.place_path >= bindparam("low", type_=Text()), A.c.place_path < bindparam("high", type_=Text())
        )
    else:
        rows = rows.where(_in_scopes())
    if place:
        rows = rows.where(
            A.c.place_path >= bindparam("from_", type_=Text()), A.c.place_path < bindparam("to", type_=Text())
        )
    if step:
        rows = rows.where(A.c.step == bindparam("step", type_=Text()))
    if after:
        rows = rows.where(A.c.id < bindparam("before_id", type_=Uuid()))
    return Statement(rows.order_by(A.c.id.desc()).limit(bindparam("limit", type_=Integer())))


_before = bindparam("before_id", type_=Uuid())
_limit = bindparam("limit", type_=Integer())
MINE = Statement(
    select(*(A.c[name] for name in _SUMMARY))
    .where(A.c.district == _district, A.c.reporter_id == bindparam("person", type_=Uuid()), A.c.id < _before)
    .order_by(A.c.id.desc())
    .limit(_limit)
)
INBOX = Statement(
    select(*(A.c[name] for name in _SUMMARY))
    .where(
        A.c.district == _district,
        A.c.lead_person == bindparam("person", type_=Uuid()),
        A.c.closed_at.is_(None),
        or_(A.c.step == "assign", A.c.step == "handle", and_(A.c.step == "feedback", A.c.lead_person.is_not(None))),
        A.c.id < _before,
    )
    .order_by(A.c.id.desc())
    .limit(_limit)
)
