"""Every statement of links."""

from functools import cache

from sqlalchemy import Date, Integer, Text, Uuid, and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.links.tables import LINKS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import in_scopes

L = LINKS.c
_HERE = L.district == bindparam("district", type_=Text())
_THIS = and_(_HERE, L.id == bindparam("id", type_=Uuid()))
_ON = bindparam("on", type_=Date())
_HOLDS = and_(L.since <= _ON, or_(L.until.is_(None), L.until >= _ON))
_UNTIL = bindparam("until", type_=Date())
_SCOPED = in_scopes(L.path, "scopes", "scope_ends")
_POST = L.post_id == bindparam("post", type_=Uuid())

BY_ID = Statement(select(LINKS).where(_THIS, _SCOPED))
PUT = put(LINKS, ["id", "household_id", "household", "path", "post_id", "since", "until"], ["id"])
REBASE = Rebase(LINKS)
# Those that last into a day or begin later.
STANDING = Statement(
    select(L.household_id).where(_HERE, _POST, or_(L.until.is_(None), L.until >= bindparam("since", type_=Date())))
)
COUNT = Statement(select(func.count().label("count")).where(_HERE, _POST, _HOLDS))
OF_HOUSEHOLD = Statement(
    select(LINKS)
    .where(_HERE, L.household_id == bindparam("household_id", type_=Uuid()), _HOLDS)
    .order_by(L.since, L.id)
    .limit(bindparam("limit", type_=Integer()))
)
# Of two homes that become one: a post that looks after both looks after it once.
_TAKEN_IN = and_(_HERE, L.household_id == bindparam("gone", type_=Uuid()))
_heirs = LINKS.alias("heirs")
END_TWINS = Statement(
    update(LINKS)
    .where(_TAKEN_IN, L.until.is_(None), _heirs.c.district == L.district, _heirs.c.post_id == L.post_id)
    .where(_heirs.c.household_id == bindparam("heir", type_=Uuid()), _heirs.c.until.is_(None))
    .values(until=_UNTIL)
)
JOIN = Statement(
    update(LINKS)
    .where(_TAKEN_IN)
    .values(household_id=bindparam("heir", type_=Uuid()), household=bindparam("code", type_=Text()))
)
END = Change(
    SCHEMA,
    update(LINKS)
    .where(_THIS, or_(L.until.is_(None), L.until > _UNTIL), L.since <= _UNTIL)
    .values(until=_UNTIL)
    .returning(LINKS),
)


@cache
def of_post(*, following: bool) -> Statement:
    """A page of the households that a post looks after on a day, by code, as far as they lie in the scopes."""
    more: tuple[ColumnElement[bool], ...] = ()
    if following:
        more = (
            tuple_(L.household, L.id) > tuple_(bindparam("after", type_=Text()), bindparam("after_id", type_=Uuid())),
        )
    return Statement(
        select(LINKS)
        .where(_HERE, _POST, _HOLDS, _SCOPED, *more)
        .order_by(L.household, L.id)
        .limit(bindparam("limit", type_=Integer()))
    )
