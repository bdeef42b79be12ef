"""Every statement of bookings."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.bookings.tables import BOOKINGS
from services.hierarchy.bookings.workflow import HOLDING
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

B = BOOKINGS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = B.district == _DISTRICT
_THIS = and_(_HERE, B.id == bindparam("id", type_=Uuid()))
_BEGIN, _END = (bindparam(name, type_=DateTime(timezone=True)) for name in ("begins_at", "ends_at"))
_LIMIT = bindparam("limit", type_=Integer())
_HOLDS = B.step.in_([literal_column(f"'{step}'") for step in HOLDING])
_OVERLAPS = and_(
    _HERE, B.venue_id == any_(bindparam("venues", type_=ARRAY(Uuid()))), _HOLDS, B.begins_at < _END, B.ends_at > _BEGIN
)

BY_ID = Statement(select(BOOKINGS).where(_THIS))
IN_THE_WAY = Statement(select(B.id, B.begins_at, B.ends_at).where(_OVERLAPS).order_by(B.begins_at).limit(1))
_GIVEN = ("id", "venue_id", "path", "step", "booker", "begins_at", "ends_at", "people", "purpose")
BOOK = Change(
    SCHEMA,
    insert(BOOKINGS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=B[name].type) for name in _GIVEN})
    .returning(BOOKINGS),
)
MOVE = Change(
    SCHEMA,
    update(BOOKINGS)
    .where(_THIS, B.version == bindparam("version", type_=Integer()))
    .values(step=bindparam("to_step", type_=Text()), version=B.version + 1)
    .returning(BOOKINGS),
)
BUSY = Statement(select(B.id, B.begins_at, B.ends_at, B.step).where(_OVERLAPS).order_by(B.begins_at).limit(_LIMIT))
HOLDING_THEN = Statement(select(B.id, B.venue_id, B.begins_at, B.ends_at).where(_OVERLAPS).order_by(B.begins_at, B.id))
REBASE = Rebase(BOOKINGS)
OF_PERSON = Statement(
    select(B.id, B.venue_id, B.step, B.begins_at, B.ends_at, B.people, B.purpose, B.created_at)
    .where(_HERE, B.booker == bindparam("booker", type_=Text()))
    .order_by(B.id)
)
FORGET = Statement(
    update(BOOKINGS).where(_HERE, B.booker == bindparam("booker", type_=Text())).values(purpose="").returning(B.id)
)


@cache
def listed(filters: frozenset[str], *, mine: bool) -> Statement:
    """A page, the latest first: one's own, or those in the scopes. `filters`: place (with `end`), venue, step."""
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(B.path, "place", "end"),
        "venue": (B.venue_id == bindparam("venue", type_=Uuid()),),
        "step": (B.step == bindparam("step", type_=Text()),),
        "after": (
            tuple_(B.begins_at, B.id)
            < tuple_(bindparam("after", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid())),
        ),
    }
    whose = B.booker == bindparam("booker", type_=Text()) if mine else in_scopes(B.path, "scopes", "scope_ends")
    return Statement(
        select(BOOKINGS)
        .where(_HERE, whose)
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(B.begins_at.desc(), B.id.desc())
        .limit(_LIMIT)
    )
