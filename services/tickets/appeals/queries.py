"""Every statement on appeals. The hot ones are compiled at import and never again."""

from collections.abc import Callable
from functools import cache
from typing import Literal

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
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
from shared.runtime.journal import timeline, words
from shared.runtime.scoping import between, in_scopes

_district = bindparam("district", type_=Text())
_id = bindparam("id", type_=Uuid())

BY_ID = Statement(select(A).where(A.c.district == _district, A.c.id == _id))
BY_NUMBER = Statement(select(A.c.id).where(A.c.district == _district, A.c.number == bindparam("number", type_=Text())))
# Two appeals become one: both are held, always in the same order, so that two such unions never wait for each other.
HOLD = Statement(
    select(A.c.id, A.c.place_path, A.c.step, A.c.confidential)
    .where(A.c.district == _district, A.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(A.c.id)
    .with_for_update()
)
TIMELINE = timeline(SCHEMA)
# How many are open at each place below one: hierarchy's map asks.
OPEN_BELOW = Statement(
    select(A.c.place_path, func.count().label("count"))
    .where(A.c.district == _district, A.c.closed_at.is_(None), *between(A.c.place_path, "path", "end"))
    .group_by(A.c.place_path)
)

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
    "category", "urgency", "confidential", "reporter_id", "place_code", "place_name", "place_path", "callback_seq",
    "step", "step_since", "step_due", "overdue", "suspended", "seconds_left", "chain", "chain_position", "lead_post",
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


@cache
def newest(*, depth: int | None, confidential: Literal["all", "theirs", "none"], step: bool, after: bool) -> Statement:
    """The newest appeals in the caller's scope; one compiled form per filter set.

    `depth`: the length of the one path below which they lie, None for several (as arrays). `confidential`: all of the
    scope, only those under `theirs` (a part of the scope), or none.
    """
    rows = select(*_SUMMARY).where(A.c.district == _district)
    rows = rows.where(in_scopes(A.c.place_path, "scopes", "ends")) if depth is None else rows.where(*_below(depth))
    if confidential == "none":
        rows = rows.where(~A.c.confidential)
    if confidential == "theirs":
        rows = rows.where(or_(~A.c.confidential, in_scopes(A.c.place_path, "theirs", "their_ends")))
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
    return ordered if depth == found else [*ordered, *between(A.c.place_path, "low", "high")]


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


@cache
def inbox(*, anywhere: bool) -> Statement:
    """What waits for the one who leads, where their posts still reach: `anywhere`, or in their scopes."""
    mine = (A.c.lead_person == _person, A.c.closed_at.is_(None), A.c.step != "rate")
    reach = [] if anywhere else [in_scopes(A.c.place_path, "scopes", "ends")]
    rows = select(*_SUMMARY).where(A.c.district == _district, *mine, *reach, _older)
    return Statement(rows.order_by(A.c.id.desc()).limit(_limit))


# What a person leads under some posts: to answer still, and all that is not closed (it may come back to be mended).
_UNDER = (
    A.c.district == _district, A.c.lead_person == _person, A.c.closed_at.is_(None),
    A.c.lead_post == func.any(bindparam("posts", type_=ARRAY(Text))),
)  # fmt: skip
CASELOAD = Statement(select(func.count().label("open")).where(*_UNDER, A.c.step != "rate"))
LED_BY = Statement(select(A.c.id).where(*_UNDER).order_by(A.c.id).limit(_limit).with_for_update())

# --- personal data -----------------------------------------------------------------------------------------------

# What a person reported or had written down: their cases, for those who ask about themselves.
REPORTED_BY = select(A.c.id).where(A.c.district == _district, A.c.reporter_id == _person)
_OVER = A.c.closed_at.is_not(None)
STANDING = Statement(
    select(
        select(func.count()).where(A.c.district == _district, A.c.reporter_id == _person, ~_OVER).scalar_subquery()
        .label("open_cases"),
        select(func.count()).where(A.c.district == _district, A.c.lead_person == _person, ~_OVER).scalar_subquery()
        .label("handling"),
    )
)  # fmt: skip
OF_PERSON = Statement(select(A).where(A.c.district == _district, A.c.reporter_id == _person).order_by(A.c.id))
_J, _T = SCHEMA.journal, SCHEMA.texts
WORDS_OF = Statement(
    select(_J.c.subject_id, _J.c.at, _J.c.event, words(_T))
    .select_from(
        _J.join(_T, (_T.c.district == _J.c.district) & (_T.c.id == _J.c.id)).join(
            A, (A.c.district == _J.c.district) & (A.c.id == _J.c.subject_id)
        )
    )
    .where(_J.c.district == _district, A.c.reporter_id == _person, _J.c.actor == bindparam("actor", type_=Text()))
    .order_by(_J.c.at, _J.c.id)
)
_gone = bindparam("gone", type_=Text())
_indexes = func.any(bindparam("indexes", type_=ARRAY(LargeBinary())))
TO_ERASE = Statement(
    select(A.c.id)
    .where(A.c.district == _district, or_(A.c.reporter_id == _person, A.c.reporter_index == _indexes))
    .where(or_(A.c.contact.is_not(None), A.c.reporter_index.is_not(None), A.c.content != _gone))
    .order_by(A.c.id)
    .limit(_limit)
    .with_for_update()
)
EXPIRED = Statement(
    select(A.c.id)
    .where(
        A.c.district == _district,
        A.c.contact.is_not(None),
        A.c.closed_at < bindparam("closed_before", type_=DateTime(timezone=True)),
    )
    .order_by(A.c.closed_at)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
_emptied = update(A).where(A.c.district == _district, A.c.id == _id)
_NO_CONTACT = {"contact": null(), "reporter_index": null(), "version": A.c.version + 1, "updated_at": func.now()}
ERASE_CONTACT = Change(SCHEMA, _emptied.values(_NO_CONTACT).returning(A.c.id))
ERASE = Change(
    SCHEMA,
    _emptied.values(
        title=_gone, content=_gone, public_reply=case((A.c.public_reply.is_not(None), _gone)), **_NO_CONTACT
    ).returning(A.c.id),
)
