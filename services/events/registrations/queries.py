"""Every statement on registrations. Signing up, cancelling and moving up are one statement each:
seat, registration, journal row, jobs.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.elements import ColumnElement

from services.events.activities.service import door_seat_claimed, held, seat_claimed, seats_counted
from services.events.registrations.tables import REGISTRATIONS as R
from services.events.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

_here = R.c.district == bindparam("district", type_=Text())
_this = and_(_here, R.c.id == bindparam("id", type_=Uuid()))
_at_activity = and_(_here, R.c.activity_id == bindparam("activity", type_=Uuid()))
_unchanged = and_(_this, R.c.version == bindparam("version", type_=Integer()))
_waits = R.c.step == literal_column("'waitlisted'")
_limit = bindparam("limit", type_=Integer())

_ahead = R.alias("ahead")
_position = case(
    (
        _waits,
        select(func.count())
        .where(
            _ahead.c.district == bindparam("district", type_=Text()),
            _ahead.c.activity_id == R.c.activity_id,
            _ahead.c.step == literal_column("'waitlisted'"),
            _ahead.c.place_no <= R.c.place_no,
        )
        .scalar_subquery(),
    )
).label("position")

SHOWN = Statement(select(R, _position).where(_this))
HEADS = Statement(select(R).where(_at_activity, _waits).order_by(R.c.place_no).limit(_limit))
LIVING = Statement(
    select(R)
    .where(
        _at_activity, R.c.step.in_([literal_column(f"'{step}'") for step in ("registered", "waitlisted", "confirmed")])
    )
    .order_by(R.c.place_no)
    .limit(_limit)
)


def _entered(source: CTE, step: ColumnElement[str]) -> ReturningInsert[Any]:
    values = select(
        source.c.district,
        bindparam("id", type_=Uuid()),
        source.c.id,
        bindparam("person", type_=Text()),
        step,
        source.c.last_place,
        bindparam("note", type_=Text()),
    )
    columns = ["district", "id", "activity_id", "person", "step", "place_no", "note"]
    return insert(R).from_select(columns, values).returning(R)


_claim = seat_claimed()
_by_seats = case((_claim.c.waiting == 0, literal_column("'registered'")), else_=literal_column("'waitlisted'"))
SIGN_UP = Change(SCHEMA, _entered(_claim, _by_seats), after="step", beside=_claim)
WALK_IN = Change(SCHEMA, _entered(door_seat_claimed(), literal_column("'walk_in'")))

_moved = update(R).values(step=bindparam("to_step", type_=Text()), version=R.c.version + 1, updated_at=func.now())
MOVE = Change(SCHEMA, _moved.where(_unchanged).returning(R))
MOVE_SEAT = Change(SCHEMA, _moved.where(_unchanged, R.c.activity_id == held().c.id).returning(R), also=seats_counted)


@cache
def listed(*, mine: bool, at_step: bool, following: bool) -> Statement:
    """A page: one's own, newest first, or an activity's, in the order of place numbers."""
    chosen = [R.c.district == bindparam("district", type_=Text())]
    if mine:
        chosen.append(R.c.person == bindparam("person", type_=Text()))
    else:
        chosen.append(R.c.activity_id == bindparam("activity", type_=Uuid()))
    if at_step:
        chosen.append(R.c.step == bindparam("step", type_=Text()))
    if following:
        after = (
            R.c.id < bindparam("after", type_=Uuid()) if mine else R.c.place_no > bindparam("after", type_=Integer())
        )
        chosen.append(after)
    order = R.c.id.desc() if mine else R.c.place_no
    return Statement(select(R, _position).where(*chosen).order_by(order).limit(_limit))


_of_person = and_(_here, R.c.person == bindparam("person", type_=Text()))
OF_PERSON = Statement(select(R).where(_of_person).order_by(R.c.id))
FORGET_NOTES = Statement(update(R).where(_of_person).values(note=null()).returning(R.c.id))
