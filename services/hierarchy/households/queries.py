"""Every statement of households."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    Date,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.households.tables import HOUSEHOLDS, MEMBERS, TAGS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, among, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

H, M, T = HOUSEHOLDS.c, MEMBERS.c, TAGS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = H.district == _DISTRICT
_STANDS = H.closed_on.is_(None)
_THIS = and_(_HERE, H.id == bindparam("id", type_=Uuid()))
_ON = bindparam("on", type_=Date())
_HOUSEHOLDS = func.any(bindparam("households", type_=ARRAY(Uuid())))

COUNT = Statement(select(func.count().label("count")).where(_HERE, _STANDS, *between(H.path, "path", "end")))
PUT = put(HOUSEHOLDS, ["id", "code", "path", "invented"], ["code"])
PUT_MEMBERS = put(MEMBERS, ["id", "household_id", "person_id", "relation", "left_on"], ["household_id", "person_id"])
BY_ID = Statement(select(HOUSEHOLDS).where(_THIS, _STANDS))
BY_CODES = Statement(among(H.code, "codes", H.id, H.code, H.path, stands=_STANDS))
HOLD = Statement(among(H.id, "households", H.id, hold=True))
BY_IDS = Statement(select(H.id, H.code, H.path).where(_HERE, H.id == _HOUSEHOLDS))
BELOW = Statement(
    select(H.id, H.code, H.path)
    .where(_HERE, _STANDS, *between(H.path, "path", "end"))
    .order_by(H.path)
    .limit(bindparam("limit", type_=Integer()))
)
REBASE = Rebase(HOUSEHOLDS)

# --- who belongs to it, and what is known of it -------------------------------------------------------------------

_BELONGS = or_(M.left_on.is_(None), M.left_on >= _ON)
_MEMBER = (M.id, M.household_id, M.person_id, M.relation, M.left_on, M.created_at)
MEMBERS_OF = Statement(among(M.household_id, "households", *_MEMBER).order_by("household_id", "created_at", "id"))
OF_PERSON = Statement(
    select(H.id, H.code, H.path, M.relation, M.left_on)
    .select_from(MEMBERS.join(HOUSEHOLDS, (H.district == M.district) & (H.id == M.household_id)))
    .where(M.district == _DISTRICT, M.person_id == bindparam("person", type_=Uuid()))
    .order_by(H.code)
)
FORGET_MEMBER = Statement(
    delete(MEMBERS)
    .where(M.district == _DISTRICT, M.person_id == bindparam("person", type_=Uuid()))
    .returning(M.household_id)
)
WITHDRAW_ALL = Statement(
    update(TAGS)
    .where(T.district == _DISTRICT, T.given_by == bindparam("person", type_=Uuid()), T.withdrawn_at.is_(None))
    .values(withdrawn_at=func.now())
    .returning(T.id)
)
_HOLDS = and_(T.withdrawn_at.is_(None), T.since <= _ON, or_(T.until.is_(None), T.until >= _ON))
TAGS_OF = Statement(
    select(TAGS).where(T.district == _DISTRICT, T.household_id == _HOUSEHOLDS, _HOLDS).order_by(T.household_id, T.tag)
)
# What households show at their doors.
HONOURS = Statement(
    select(H.path, T.tag)
    .select_from(TAGS.join(HOUSEHOLDS, and_(H.district == T.district, H.id == T.household_id)))
    .where(T.district == _DISTRICT, T.public, _HOLDS, _STANDS, in_scopes(H.path, "scopes", "scope_ends"))
    .order_by(H.path, T.tag)
)
# Also those whose time has not come or is over: a tag stands once until it is withdrawn.
STANDING_TAGS = Statement(among(T.household_id, "households", *TAGS.c, stands=T.withdrawn_at.is_(None)))
WITHDRAWN_TAGS = Statement(
    select(T.household_id, T.tag, T.basis, func.max(T.withdrawn_at).label("withdrawn_at"))
    .where(T.district == _DISTRICT, T.household_id == _HOUSEHOLDS, T.withdrawn_at.is_not(None))
    .group_by(T.household_id, T.tag, T.basis)
)
BELONGING = Statement(among(M.person_id, "people", M.person_id, M.household_id, belongs=_BELONGS))

# --- changes --------------------------------------------------------------------------------------------------------

CREATE = Change(
    SCHEMA,
    insert(HOUSEHOLDS)
    .values(
        district=_DISTRICT,
        id=bindparam("id", type_=Uuid()),
        code=bindparam("code", type_=Text()),
        path=bindparam("path", type_=Text()),
        invented=False,
    )
    .returning(H.id),
)
_touched = (
    update(HOUSEHOLDS)
    .where(_THIS, H.version == bindparam("version", type_=Integer()))
    .values(version=H.version + 1)
    .returning(H.district, H.id)
)
TOUCH = Change(SCHEMA, _touched)
# Many at once, whose journal rows are written beside it; what this transaction made is at its first version.
BUMP = Statement(
    update(HOUSEHOLDS).where(_HERE, H.id == _HOUSEHOLDS, H.created_at < func.now()).values(version=H.version + 1)
)


def _left(change: CTE) -> CTE:
    return (
        update(MEMBERS)
        .where(M.district == change.c.district, M.household_id == change.c.id)
        .where(M.id == bindparam("member", type_=Uuid()))
        .values(left_on=_ON)
        .cte("gone")
    )


LEAVE = Change(SCHEMA, _touched, also=_left)
NEW_TAG = Statement(
    insert(TAGS)
    .values(
        district=_DISTRICT,
        id=bindparam("id", type_=Uuid()),
        household_id=bindparam("household_id", type_=Uuid()),
        tag=bindparam("tag", type_=Text()),
        basis=bindparam("basis", type_=Text()),
        legal_basis=bindparam("legal_basis", type_=Text()),
        given_by=bindparam("given_by", type_=Uuid()),
        public=bindparam("public", type_=Boolean()),
        recorded_by=bindparam("recorded_by", type_=Text()),
        since=bindparam("since", type_=Date()),
        until=bindparam("until", type_=Date()),
    )
    .returning(T.id)
)
PUT_TAGS = put(
    TAGS,
    ["id", "household_id", "tag", "basis", "legal_basis", "given_by", "public", "recorded_by", "since", "until"],
    ["id"],
)


def _withdrawn(change: CTE) -> CTE:
    return (
        update(TAGS)
        .where(T.district == change.c.district, T.household_id == change.c.id, T.withdrawn_at.is_(None))
        .where(T.tag == bindparam("tag", type_=Text()))
        .values(withdrawn_at=func.now())
        .cte("withdrawn")
    )


WITHDRAW = Change(SCHEMA, _touched, also=_withdrawn)

# --- homes that go -------------------------------------------------------------------------------------------------

_going = update(HOUSEHOLDS).where(_THIS).values(version=H.version + 1).returning(H.id)
RECODE = Change(SCHEMA, _going.values(code=bindparam("code", type_=Text())))
CLOSE = Change(SCHEMA, _going.values(closed_on=_ON))

# --- lists ----------------------------------------------------------------------------------------------------------


def _tagged() -> ColumnElement[bool]:
    return exists(
        select(1).where(
            T.district == H.district, T.household_id == H.id, T.tag == bindparam("tag", type_=Text()), _HOLDS
        )
    )


def _lived_in() -> ColumnElement[bool]:
    person = bindparam("person", type_=Uuid())
    return exists(select(1).where(M.district == H.district, M.household_id == H.id, M.person_id == person, _BELONGS))


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page of the households in the scopes, by code. `filters`: place (with `end`), tag, person, after."""
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(H.path, "place", "end"),
        "tag": (_tagged(),),
        "person": (_lived_in(),),
        "after": (H.code > bindparam("after", type_=Text(collation="C")),),
    }
    rows: Select[tuple[object, ...]] = select(HOUSEHOLDS).where(
        _HERE, _STANDS, in_scopes(H.path, "scopes", "scope_ends")
    )
    rows = rows.where(*(condition for name in sorted(filters) for condition in wanted[name]))
    return Statement(rows.order_by(H.code).limit(bindparam("limit", type_=Integer())))
