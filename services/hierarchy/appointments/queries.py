"""Every statement of posts and appointments."""

from functools import cache

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.appointments.tables import APPOINTMENTS, POSTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import put, rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import below, between, in_scopes

A, P = APPOINTMENTS.c, POSTS.c
ON = bindparam("on", type_=Date())


def held_on() -> ColumnElement[bool]:
    """Whether an appointment is in force on the day `on`."""
    return (A.since <= ON) & or_(A.until.is_(None), A.until >= ON)


_HELD = exists(select(1).where(A.district == P.district, A.post_id == P.id, held_on()))
COUNTS = Statement(
    select(
        P.kind,
        func.min(P.label).label("label"),
        P.role,
        func.count().label("count"),
        func.count().filter(_HELD).label("held"),
    )
    .where(
        P.district == bindparam("district", type_=Text()),
        *between(P.path, "path", "end"),
    )
    .group_by(P.kind, P.role)
    .order_by(P.kind)
)
_tops = func.unnest(bindparam("paths", type_=ARRAY(Text()))).table_valued("top", name="tops").render_derived()
# Posts below each of several places, by their names, and how many of them are held.
LABELS_BELOW = Statement(
    select(_tops.c.top, P.label, func.count().label("count"), func.count().filter(_HELD).label("held"))
    .select_from(_tops.join(POSTS, and_(*below(P.path, _tops.c.top))))
    .where(P.district == bindparam("district", type_=Text()))
    .group_by(_tops.c.top, P.label)
    .order_by(_tops.c.top, P.label)
)
ROLES = Statement(
    select(P.role, P.path, P.label)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(
        A.district == bindparam("district", type_=Text()),
        A.person_id == bindparam("person_id", type_=Uuid()),
        P.path.is_not(None),
        held_on(),
    )
    .order_by(P.path)
)
HOLDERS = Statement(
    select(A.person_id, P.role, P.path, P.label, P.code)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(A.district == bindparam("district", type_=Text()), P.path.is_not(None), held_on())
    .order_by(P.path, P.code)
)
POST = Statement(
    select(P.id, P.code, P.kind, P.label, P.name, P.path).where(
        P.district == bindparam("district", type_=Text()), P.code == bindparam("code", type_=Text())
    )
)
IDS = Statement(select(P.id, P.code).where(P.district == bindparam("district", type_=Text())))
PUT_POSTS = put(POSTS, ["id", "code", "kind", "label", "name", "path", "organisation", "role"], ["code"])
PUT_APPOINTMENTS = put(
    APPOINTMENTS,
    ["id", "post_id", "person_id", "since", "until", "source"],
    ["post_id", "person_id", "since"],
)
REBASE = rebase(POSTS)
HISTORY = Statement(
    select(P.code, P.label, P.name, A.since, A.until, A.source)
    .select_from(APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id)))
    .where(A.district == bindparam("district", type_=Text()), A.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(A.since, P.code)
)

# --- one appointment and its life --------------------------------------------------------------------------------

_DISTRICT = bindparam("district", type_=Text())
_THIS = and_(A.district == _DISTRICT, A.id == bindparam("id", type_=Uuid()))
_TODAY = bindparam("today", type_=Date())
_OF_POST = A.post_id == bindparam("post_id", type_=Uuid())
_OWN = [column for column in APPOINTMENTS.c if column.name != "district"]
_POST = (
    P.code.label("post_code"), P.kind.label("post_kind"), P.label.label("post_label"), P.name.label("post_name"),
    P.path, P.role, P.organisation,
)  # fmt: skip
_WITH_POST = APPOINTMENTS.join(POSTS, (P.district == A.district) & (P.id == A.post_id))
_NEVER_BEGAN = A.until < A.since

SEATS = Statement(
    select(P.code, P.kind, P.path, P.organisation, A.person_id, A.since, A.term_ends)
    .select_from(POSTS.outerjoin(APPOINTMENTS, (A.district == P.district) & (A.post_id == P.id) & held_on()))
    .where(P.district == _DISTRICT, *between(P.path, "path", "end"))
    .order_by(P.path, P.code, A.since)
)
BY_ID = Statement(select(*_OWN, *_POST).select_from(_WITH_POST).where(_THIS))
# Whoever fills a post or empties it holds it first, so that two never sit in one seat.
HOLD_POST = Statement(
    select(P.id, P.code, P.kind, P.label, P.name, P.path, P.role, P.organisation)
    .where(P.district == _DISTRICT, P.id == bindparam("post_id", type_=Uuid()))
    .with_for_update(key_share=True)
)
POST_BY_ID = Statement(
    select(P.id, P.code, P.kind, P.label, P.name, P.path, P.role, P.organisation).where(
        P.district == _DISTRICT, P.id == bindparam("id", type_=Uuid())
    )
)
ADD_POST = Change(
    SCHEMA,
    insert(POSTS)
    .values(
        district=_DISTRICT,
        **{
            name: bindparam(name, type_=POSTS.c[name].type)
            for name in ("id", "code", "kind", "label", "name", "path", "organisation", "role")
        },
    )
    .returning(P.id),
)
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
AT_POST = Statement(
    select(*_OWN).where(A.district == _DISTRICT, _OF_POST, or_(A.until.is_(None), ~_NEVER_BEGAN)).order_by(A.since)
)


def _given(name: str) -> object:
    return bindparam(name, type_=APPOINTMENTS.c[name].type)


_BORN = ("id", "step", "post_id", "person_id", "since", "until", "term_ends", "source", "candidacy_id")
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
def listed(filters: frozenset[str], *, own: bool) -> Statement:
    """A page by id: the caller's own, or in scope; `filters`: place (with `end`), post, person, kind, on, step."""
    wanted = {
        "place": between(P.path, "place", "end"),
        "post": (P.code == bindparam("post", type_=Text()),),
        "person": (A.person_id == bindparam("person", type_=Uuid()),),
        "kind": (P.kind == bindparam("kind", type_=Text()),),
        "on": (held_on(),),
        "step": (A.step == bindparam("step", type_=Text()),),
    }
    whose = A.person_id == bindparam("me", type_=Uuid()) if own else in_scopes(P.path, "scopes", "scope_ends")
    return Statement(
        select(*_OWN, *_POST)
        .select_from(_WITH_POST)
        .where(A.district == _DISTRICT, A.id > bindparam("after", type_=Uuid()), whose)
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(A.id)
        .limit(bindparam("limit", type_=Integer()))
    )


# --- seats of bodies ---------------------------------------------------------------------------------------------

IN_ORGANISATIONS = Statement(
    select(
        P.id.label("post_id"), P.code, P.kind, P.label, P.path, P.organisation, A.id.label("appointment_id"),
        A.person_id, A.since, A.until,
    )
    .select_from(POSTS.outerjoin(APPOINTMENTS, (A.district == P.district) & (A.post_id == P.id) & held_on()))
    .where(P.district == _DISTRICT, P.organisation == func.any(bindparam("organisations", type_=ARRAY(Text()))))
    .order_by(P.organisation, P.kind, func.length(P.code), P.code, A.since)
)  # fmt: skip
KINDS_HELD = Statement(
    select(A.person_id, P.kind)
    .select_from(_WITH_POST)
    .where(A.district == _DISTRICT, A.person_id == func.any(bindparam("people", type_=ARRAY(Uuid()))), held_on())
    .distinct()
)
CODES_IN = Statement(
    select(P.code).where(
        P.district == _DISTRICT,
        P.organisation == bindparam("organisation", type_=Text()),
        P.kind == bindparam("kind", type_=Text()),
    )
)

_POST_CARD = (P.id, P.code, P.kind, P.label, P.name, P.path)
POSTS_BY_IDS = Statement(
    select(*_POST_CARD).where(
        P.district == bindparam("district", type_=Text()), P.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))
    )
)
POSTS_BY_CODES = Statement(
    select(*_POST_CARD).where(
        P.district == bindparam("district", type_=Text()), P.code == func.any(bindparam("codes", type_=ARRAY(Text())))
    )
)
