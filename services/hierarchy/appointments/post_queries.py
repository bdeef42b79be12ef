"""Every statement of posts: which seats there are, and whether somebody sits in them (`queries` has who)."""

from functools import cache

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, bindparam, exists, func, insert, or_, select, update

from services.hierarchy.appointments.queries import ON, A, P, held_on
from services.hierarchy.appointments.tables import APPOINTMENTS, POSTS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import below, between, in_scopes

_DISTRICT = bindparam("district", type_=Text())
_CODES = bindparam("codes", type_=ARRAY(Text()))
_POST_CARD = (P.id, P.code, P.kind, P.label, P.name, P.path)
# A seat outlives its holders. It was no vacancy before it was made, and is none when its place or body is gone.
_STANDS = and_(P.since <= ON, or_(P.until.is_(None), P.until >= ON))
_HELD = exists(select(1).where(A.district == P.district, A.post_id == P.id, held_on()))


@cache
def counts(*, then: bool) -> Statement:
    """Posts by kind and how many are held: at a place and below, or `within` what lay in it on a day gone by."""
    there = (in_scopes(P.path, "within", "ends"),) if then else between(P.path, "path", "end")
    return Statement(
        select(
            P.kind,
            func.min(P.label).label("label"),
            P.role,
            func.count().label("count"),
            func.count().filter(_HELD).label("held"),
        )
        .where(P.district == _DISTRICT, *there, _STANDS)
        .group_by(P.kind, P.role)
        .order_by(P.kind)
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
REBASE = Rebase(POSTS)

SEATS = Statement(
    select(P.code, P.kind, P.label, P.path, P.organisation, A.person_id, A.since, A.until, A.term_ends, A.source)
    .select_from(POSTS.outerjoin(APPOINTMENTS, (A.district == P.district) & (A.post_id == P.id) & held_on()))
    .where(P.district == _DISTRICT, *between(P.path, "path", "end"), _STANDS)
    .order_by(P.path, P.code, A.since)
)
# Whoever fills a post or empties it holds it first, so that two never sit in one seat.
HOLD_POST = Statement(
    select(*_POST_CARD, P.role, P.organisation)
    .where(P.district == _DISTRICT, P.id == bindparam("post_id", type_=Uuid()), P.until.is_(None))
    .with_for_update(key_share=True)
)
# So does whoever gives up the seats of a place.
_THERE = and_(P.district == _DISTRICT, *between(P.path, "path", "end"), P.until.is_(None))
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
def posts_listed(filters: frozenset[str]) -> Statement:
    """A page of seats by code, in scope.

    `filters`: id, code, place (with `end`), within (with `ends`), kind, organisation, held, vacant.
    """
    wanted = {
        "id": (P.id == bindparam("id", type_=Uuid()),),
        "code": (P.code == bindparam("code", type_=Text()),),
        "place": between(P.path, "place", "end"),
        "within": (in_scopes(P.path, "within", "ends"),),
        "kind": (P.kind == bindparam("kind", type_=Text()),),
        "organisation": (P.organisation == bindparam("organisation", type_=Text()),),
        "held": (_HELD,),
        "vacant": (~_HELD,),
    }
    return Statement(
        select(*_POST_CARD, P.role, P.organisation, _HELD.label("held"))
        .where(P.district == _DISTRICT, _STANDS, P.code > bindparam("after", type_=Text()))
        .where(in_scopes(P.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(P.code)
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
    .where(_STANDS)
    .order_by(P.organisation, P.kind, func.length(P.code), P.code, A.since)
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
