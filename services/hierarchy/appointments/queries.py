"""Every statement of appointments; those of the posts alone are in `post_queries`."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    FromClause,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.appointments.tables import APPOINTMENTS, PASTS, POSTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import among, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

Columns = ReadOnlyColumnCollection[str, Any]
A, P, PAST = APPOINTMENTS.c, POSTS.c, PASTS.c
_DISTRICT, ON = bindparam("district", type_=Text()), bindparam("on", type_=Date())
KEPT = ("kind", "label", "name", "path", "organisation", "role")  # what is remembered of a post that changes


@cache
def posts(*, then: bool) -> FromClause:
    """Posts as they are; or as they were at `moment`, the end of a day gone by, and where each `lies` today."""
    if not then:
        return POSTS
    past = (
        select(PAST.post_id, *(PAST[name] for name in KEPT))
        .where(PAST.district == _DISTRICT, PAST.until >= bindparam("moment", type_=DateTime(timezone=True)))
        .ext(distinct_on(PAST.post_id))
        .order_by(PAST.post_id, PAST.until)
        .subquery("past")
    )
    was = (case((past.c.post_id.is_not(None), past.c[name]), else_=P[name]).label(name) for name in KEPT)
    return (
        select(P.district, P.id, P.code, P.since, P.until, P.path.label("lies"), *was)
        .select_from(POSTS.outerjoin(past, past.c.post_id == P.id))
        .where(P.district == _DISTRICT)
        .subquery("posts")
    )


def _with(post: FromClause) -> FromClause:
    return APPOINTMENTS.join(post, (post.c.district == A.district) & (post.c.id == A.post_id))


_WITH_POST = _with(POSTS)


def held_on() -> ColumnElement[bool]:
    """Whether an appointment is in force on the day `on`."""
    return (A.since <= ON) & or_(A.until.is_(None), A.until >= ON)


ROLES = Statement(
    select(P.role, P.path, P.label)
    .select_from(_WITH_POST)
    .where(A.district == _DISTRICT, A.person_id == bindparam("person_id", type_=Uuid()), P.path.is_not(None), held_on())
    .order_by(P.path)
)
PUT_APPOINTMENTS = put(
    APPOINTMENTS,
    ["id", "post_id", "person_id", "since", "until", "source"],
    ["post_id", "person_id", "since"],
    once=["until"],  # what was ended here stays so
)
_rows = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(*(column(name, A[name].type) for name in ("post_id", "person_id", "since", "until")), name="given")
    .render_derived(with_types=True)
)
_yesterday = bindparam("today", type_=Date()) - 1
# A last day that a data file tells, yesterday at the earliest and never later than it was.
END_GIVEN = Statement(
    update(APPOINTMENTS)
    .where(
        A.district == _DISTRICT,
        A.post_id == _rows.c.post_id,
        A.person_id == _rows.c.person_id,
        A.since == _rows.c.since,
        or_(A.until.is_(None), A.until > func.greatest(_rows.c.until, _yesterday)),
    )
    .values(until=func.greatest(_rows.c.until, _yesterday), version=A.version + 1)
    .returning(A.id)
)
# Many at once, as `APPOINT` writes one.
APPOINT_ALL = put(
    APPOINTMENTS,
    ["id", "step", "post_id", "person_id", "since", "until", "term_ends", "source", "candidacy_id", "successor_id"],
    ["post_id", "person_id", "since"],
    counted="version",
)
HISTORY = Statement(
    select(P.code, P.label, P.name, A.since, A.until, A.source)
    .select_from(_WITH_POST)
    .where(A.district == _DISTRICT, A.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(A.since, P.code)
)

# --- one appointment and its life --------------------------------------------------------------------------------

_THIS = and_(A.district == _DISTRICT, A.id == bindparam("id", type_=Uuid()))
_TODAY = bindparam("today", type_=Date())
_OF_POST = A.post_id == bindparam("post_id", type_=Uuid())
_OWN = [column for column in APPOINTMENTS.c if column.name != "district"]


def _said(post: Columns, path: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    return (
        post.code.label("post_code"), post.kind.label("post_kind"), post.label.label("post_label"),
        post.name.label("post_name"), path.label("path"), post.role, post.organisation,
    )  # fmt: skip


_POST = _said(P, P.path)
_NEVER_BEGAN = A.until < A.since
# One that came from a data file with its last day has no job that ends it (`succession.views.step_on`).
_STEP_NOW = case(((A.step == literal("serving")) & (A.until < _TODAY), literal("ended")), else_=A.step)

BY_ID = Statement(select(*_OWN, *_POST).select_from(_WITH_POST).where(_THIS))
IN_THE_WAY = Statement(
    select(A.id, A.person_id, A.since, A.until)
    .where(
        A.district == _DISTRICT,
        _OF_POST,
        or_(A.until.is_(None), A.until >= bindparam("since", type_=Date())),
        or_(A.until.is_(None), ~_NEVER_BEGAN),
    )
    .order_by(A.since)
    .limit(1)
)
HELD_BY = Statement(
    select(A.id, A.post_id, A.since, A.until, *_POST)
    .select_from(_WITH_POST)
    .where(A.district == _DISTRICT, A.person_id == bindparam("person_id", type_=Uuid()), held_on())
    .order_by(P.path, P.code)
)
AT_POSTS = Statement(
    among(A.post_id, "posts", *_OWN, began=or_(A.until.is_(None), ~_NEVER_BEGAN)).order_by("post_id", "since")
)


def _given(name: str) -> object:
    return bindparam(name, type_=APPOINTMENTS.c[name].type)


_BORN = ("id", "step", "post_id", "person_id", "since", "until", "term_ends", "source", "employer", "candidacy_id")
_appoint = upsert(APPOINTMENTS).values(district=_DISTRICT, **{name: _given(name) for name in _BORN})
# One that was ended before it began held on no day: the same person may be given the same days again, as a new one.
APPOINT = Change(
    SCHEMA,
    _appoint.on_conflict_do_update(
        index_elements=["district", "post_id", "person_id", "since"],
        set_={name: _appoint.excluded[name] for name in (*_BORN, "successor_id", "version")},
        where=_NEVER_BEGAN,
    ).returning(A.id),
)
_UNCHANGED = and_(_THIS, A.version == bindparam("version", type_=Integer()))
# The last day is never before yesterday and never later than it was: days gone by keep their answers.
LEAVE = Change(
    SCHEMA,
    update(APPOINTMENTS)
    .where(
        _UNCHANGED,
        bindparam("last_day", type_=Date()) >= _TODAY - 1,
        or_(A.until.is_(None), A.until > bindparam("last_day", type_=Date())),
    )
    .values(
        step=bindparam("to_step", type_=Text()),
        until=func.greatest(bindparam("last_day", type_=Date()), A.since - 1),
        successor_id=bindparam("successor_id", type_=Uuid()),
        version=A.version + 1,
    )
    .returning(A.id),
)
LEAVING_TO = Statement(
    select(A.id, A.person_id, A.version).where(
        A.district == _DISTRICT,
        _OF_POST,
        A.step == literal("leaving"),
        A.successor_id == bindparam("successor_id", type_=Uuid()),
    )
)
REDIRECT = Change(
    SCHEMA,
    update(APPOINTMENTS)
    .where(_UNCHANGED, A.step == literal("leaving"))
    .values(successor_id=bindparam("successor_id", type_=Uuid()), version=A.version + 1)
    .returning(A.id),
)
MOVE = Change(
    SCHEMA,
    update(APPOINTMENTS)
    .where(_UNCHANGED)
    .values(step=bindparam("to_step", type_=Text()), version=A.version + 1)
    .returning(A.id),
)
RENEW = Change(
    SCHEMA,
    update(APPOINTMENTS)
    .where(_UNCHANGED)
    .values(term_ends=bindparam("term_ends", type_=Date()), version=A.version + 1)
    .returning(A.id),
)


@cache
def listed(filters: frozenset[str], *, own: bool, then: bool) -> Statement:
    """A page by id: the caller's own, or in scope; `then`: by what the posts were, and where, on a day gone by.

    `filters`: place (with `end`), within (with `ends`), post, person, kind, on, source, step.
    """
    post = posts(then=then)
    p = post.c
    wanted = {
        "place": between(p.path, "place", "end"),
        "within": (in_scopes(p.path, "within", "ends"),),
        "post": (p.code == bindparam("post", type_=Text()),),
        "person": (A.person_id == bindparam("person", type_=Uuid()),),
        "kind": (p.kind == bindparam("kind", type_=Text()),),
        "on": (held_on(),),
        "source": (A.source == bindparam("source", type_=Text()),),
        "step": (bindparam("step", type_=Text()) == _STEP_NOW,),
    }
    whose = A.person_id == bindparam("me", type_=Uuid()) if own else in_scopes(p.path, "scopes", "scope_ends")
    return Statement(
        select(*_OWN, *_said(p, p.lies if then else p.path))
        .select_from(_with(post))
        .where(A.district == _DISTRICT, A.id > bindparam("after", type_=Uuid()), whose)
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(A.id)
        .limit(bindparam("limit", type_=Integer()))
    )


# The days after one on which somebody comes to sit in a seat at a place and below.
DAYS_AHEAD = Statement(
    select(A.since)
    .select_from(_WITH_POST)
    .where(P.district == _DISTRICT, *between(P.path, "path", "end"), A.since > bindparam("day", type_=Date()))
    .where(or_(A.until.is_(None), ~_NEVER_BEGAN))
    .distinct()
    .order_by(A.since)
)


@cache
def kinds_held(*, then: bool) -> Statement:
    """The kinds of posts that people hold on a day."""
    post = posts(then=then)
    return Statement(
        select(A.person_id, post.c.kind, post.c.label)
        .select_from(_with(post))
        .where(A.district == _DISTRICT, A.person_id == func.any(bindparam("people", type_=ARRAY(Uuid()))), held_on())
        .distinct()
    )
