"""Every statement of posts: which seats there are, and whether somebody sits in them (`queries` has who)."""

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
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.appointments.queries import KEPT, ON, A, Columns, P, held_on, posts
from services.hierarchy.appointments.tables import APPOINTMENTS, PASTS, POSTS
from services.hierarchy.schema import SCHEMA
from shared.kernel.periods import CHINA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import below, between, in_scopes

_DISTRICT = bindparam("district", type_=Text())
_CHINA = literal(CHINA.key, Text())
_CODES = bindparam("codes", type_=ARRAY(Text()))
_POST_CARD = (P.id, P.code, P.kind, P.label, P.name, P.path)


def _stands(post: Columns) -> ColumnElement[bool]:
    """A seat outlives its holders. It was no vacancy before it was made, and is none when its place or body is gone."""
    return and_(post.since <= ON, or_(post.until.is_(None), post.until >= ON))


def _held(post: Columns) -> ColumnElement[bool]:
    return exists(select(1).where(A.district == post.district, A.post_id == post.id, held_on()))


def _there(post: Columns, *, then: bool) -> tuple[ColumnElement[bool], ...]:
    """At a place and below, or `within` what lay in it on a day gone by."""
    return (in_scopes(post.path, "within", "ends"),) if then else between(post.path, "path", "end")


_STANDS, _HELD = _stands(P), _held(P)


@cache
def counts(*, then: bool) -> Statement:
    """Posts by kind and how many are held: at a place and below, on a day."""
    post = posts(then=then).c
    return Statement(
        select(
            post.kind,
            func.min(post.label).label("label"),
            post.role,
            func.count().label("count"),
            func.count().filter(_held(post)).label("held"),
        )
        .where(post.district == _DISTRICT, *_there(post, then=then), _stands(post))
        .group_by(post.kind, post.role)
        .order_by(post.kind)
    )


_tops = func.unnest(bindparam("paths", type_=ARRAY(Text()))).table_valued("top", name="tops").render_derived()
# Posts below each of several places, by their names, and how many of them are held.
LABELS_BELOW = Statement(
    select(_tops.c.top, P.label, func.count().label("count"), func.count().filter(_HELD).label("held"))
    .select_from(_tops.join(POSTS, and_(*below(P.path, _tops.c.top))))
    .where(P.district == _DISTRICT, _STANDS)
    .group_by(_tops.c.top, P.label)
    .order_by(_tops.c.top, P.label)
)
POST = Statement(
    select(*_POST_CARD).where(P.district == _DISTRICT, P.code == bindparam("code", type_=Text()), P.until.is_(None))
)
TAKEN = Statement(select(P.id).where(P.district == _DISTRICT, P.code == bindparam("code", type_=Text())))
IDS = Statement(select(P.id, P.code).where(P.district == _DISTRICT, P.code == func.any(_CODES)))
PUT_POSTS = put(
    POSTS, ["id", "code", "kind", "label", "name", "path", "organisation", "role", "since"], ["code"], once=["since"]
)


def _remember(posts_: FromClause, post: Columns, which: ColumnElement[bool], at: ColumnElement[Any]) -> Statement:
    """What the chosen posts are until now; one that was made today was nothing on any day gone by."""
    rows = select(_DISTRICT, post.id, at, *(post[name] for name in KEPT)).select_from(posts_)
    rows = rows.where(which, post.since < cast(func.timezone(_CHINA, at), Date()))
    names = ["district", "post_id", "until", *KEPT]
    return Statement(insert(PASTS).from_select(names, rows).returning(PASTS.c.post_id))


_here = and_(P.district == _DISTRICT, P.path == bindparam("path", type_=Text()))
REMEMBER_AT = _remember(POSTS, P, _here, bindparam("moment", type_=DateTime(timezone=True)))
_given = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(*(column(name, P[name].type) for name in ("code", *KEPT)), name="given")
    .render_derived(with_types=True)
)
# Looked up one by one, as `bulk.among` does it.
_found = (
    select(P.id, P.since, *(P[name] for name in KEPT))
    .where(P.district == _DISTRICT, P.code.between(_given.c.code, _given.c.code))
    .order_by(P.code)
    .offset(0)
    .lateral("found")
)
_differs = tuple_(*(_found.c[name] for name in KEPT)).is_distinct_from(tuple_(*(_given.c[name] for name in KEPT)))
# Those that `PUT_POSTS` is about to change.
REMEMBER_GIVEN = _remember(_given.join(_found, true()), _found.c, _differs, func.clock_timestamp())
# A place that is carried takes along what was at it; a post that goes to another place leaves its past behind.
REBASE, GO_ON = Rebase(POSTS, PASTS), Rebase(POSTS)


@cache
def seats(*, then: bool) -> Statement:
    """Every post at a place and below on a day, with whoever holds it."""
    post = posts(then=then)
    p = post.c
    holds = (A.district == p.district) & (A.post_id == p.id) & held_on()
    return Statement(
        select(p.code, p.kind, p.label, p.path, p.organisation, A.person_id, A.since, A.until, A.term_ends, A.source)
        .select_from(post.outerjoin(APPOINTMENTS, holds))
        .where(p.district == _DISTRICT, *_there(p, then=then), _stands(p))
        .order_by(p.path, p.code, A.since)
    )


# Whoever fills a post or empties it holds it first, so that two never sit in one seat.
HOLD_POST = Statement(
    select(*_POST_CARD, P.role, P.organisation)
    .where(P.district == _DISTRICT, P.id == bindparam("post_id", type_=Uuid()), P.until.is_(None))
    .with_for_update(key_share=True)
)
# So does whoever gives up the seats of a place.
_THERE = and_(P.district == _DISTRICT, *_there(P, then=False), P.until.is_(None))
HOLD_AT = Statement(select(P.id).where(_THERE).order_by(P.id).with_for_update(key_share=True))
_LAST = bindparam("last_day", type_=Date())
GIVE_UP = Statement(update(POSTS).where(_THERE).values(until=_LAST).returning(P.id))
_THESE = and_(P.district == _DISTRICT, P.id == func.any(bindparam("posts", type_=ARRAY(Uuid()))))
GIVE_UP_SEATS = Statement(update(POSTS).where(_THESE, P.until.is_(None)).values(until=_LAST).returning(P.id, P.code))
POST_BY_ID = Statement(
    select(*_POST_CARD, P.role, P.organisation).where(P.district == _DISTRICT, P.id == bindparam("id", type_=Uuid()))
)
ADD_POST = Change(
    SCHEMA,
    insert(POSTS)
    .values(
        district=_DISTRICT,
        **{
            name: bindparam(name, type_=POSTS.c[name].type)
            for name in ("id", "code", "kind", "label", "name", "path", "organisation", "role", "since")
        },
    )
    .returning(P.id),
)
HOLD_POSTS = Statement(select(P.id).where(_THESE).order_by(P.id).with_for_update(key_share=True))


@cache
def posts_listed(filters: frozenset[str], *, then: bool) -> Statement:
    """A page of seats by code, in scope; `then`: by what they were, and where, on a day gone by.

    `filters`: id, code, place (with `end`), within (with `ends`), kind, organisation, held, vacant.
    """
    p = posts(then=then).c
    wanted = {
        "id": (p.id == bindparam("id", type_=Uuid()),),
        "code": (p.code == bindparam("code", type_=Text()),),
        "place": between(p.path, "place", "end"),
        "within": (in_scopes(p.path, "within", "ends"),),
        "kind": (p.kind == bindparam("kind", type_=Text()),),
        "organisation": (p.organisation == bindparam("organisation", type_=Text()),),
        "held": (_held(p),),
        "vacant": (~_held(p),),
    }
    return Statement(
        select(p.id, p.code, p.kind, p.label, p.name, p.path, p.role, p.organisation, _held(p).label("held"))
        .where(p.district == _DISTRICT, _stands(p), p.code > bindparam("after", type_=Text()))
        .where(in_scopes(p.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(p.code)
        .limit(bindparam("limit", type_=Integer()))
    )


# --- seats of bodies ---------------------------------------------------------------------------------------------


@cache
def in_organisations(*, then: bool) -> Statement:
    """Posts of organisations with who holds them on a day."""
    post = posts(then=then)
    p = post.c
    holds = (A.district == p.district) & (A.post_id == p.id) & held_on()
    return Statement(
        select(
            p.id.label("post_id"), p.code, p.kind, p.label, p.path, p.organisation, A.id.label("appointment_id"),
            A.person_id, A.since, A.until,
        )
        .select_from(post.outerjoin(APPOINTMENTS, holds))
        .where(p.district == _DISTRICT, p.organisation == func.any(bindparam("organisations", type_=ARRAY(Text()))))
        .where(_stands(p))
        .order_by(p.organisation, p.kind, func.length(p.code), p.code, A.since)
    )  # fmt: skip


CODES_IN = Statement(
    select(P.code).where(
        P.district == _DISTRICT,
        P.organisation == bindparam("organisation", type_=Text()),
        P.kind == bindparam("kind", type_=Text()),
    )
)

POSTS_BY_IDS = Statement(
    select(*_POST_CARD).where(P.district == _DISTRICT, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))
)
POSTS_BY_CODES = Statement(
    select(*_POST_CARD, P.role).where(P.district == _DISTRICT, P.code == func.any(_CODES), P.until.is_(None))
)
