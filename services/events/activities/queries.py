"""Every statement on activities, and the fragments by which registrations count seats in the same statement."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    CTE,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from services.events.activities.tables import ACTIVITIES as A
from services.events.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

_here = A.c.district == bindparam("district", type_=Text())
_this = and_(_here, A.c.id == bindparam("activity", type_=Uuid()))
_EDITABLE = ("title", "description", "starts_at", "ends_at", "signup_from", "signup_until", "capacity", "waiting_limit")
_BORN = ("id", "step", "type", "place_code", "place_name", "place_path", "organiser", "check_in_code", *_EDITABLE)


def _given(name: str) -> ColumnElement[object]:
    return bindparam(name, type_=A.c[name].type)


BY_ID = Statement(select(A).where(_this))
HOLD = Statement(select(A).where(_this).with_for_update())
BY_IDS = Statement(
    select(A.c.id, A.c.title, A.c.place_name, A.c.starts_at, A.c.ends_at, A.c.step).where(
        _here, A.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    )
)

_born = {name: _given(name) for name in _BORN}
CREATE = Change(SCHEMA, insert(A).values(district=bindparam("district", type_=Text()), **_born).returning(A))
_unchanged = and_(_this, A.c.version == bindparam("version", type_=Integer()))
MOVE = Change(
    SCHEMA,
    update(A).where(_unchanged).values(step=bindparam("to_step", type_=Text()), version=A.c.version + 1).returning(A),
)
# The seats that are taken are compared in the row that is locked, so that a sign-up of this moment counts.
EDIT = Change(
    SCHEMA,
    update(A)
    .where(_unchanged, A.c.taken <= bindparam("capacity", type_=Integer()))
    .values({name: _given(name) for name in _EDITABLE} | {"version": A.c.version + 1})
    .returning(A),
)

# What somebody organises and is not over; what began longer ago than an activity lasts is.
_organised = and_(
    _here,
    A.c.organiser == bindparam("organiser", type_=Text()),
    A.c.step == any_(bindparam("steps", type_=ARRAY(Text()))),
    A.c.starts_at > bindparam("since", type_=DateTime(timezone=True)),
    *between(A.c.place_path, "within", "within_end"),
)
ORGANISED = Statement(
    select(A.c.id, A.c.step).where(_organised).order_by(A.c.id).limit(bindparam("limit", type_=Integer()))
    .with_for_update()
)  # fmt: skip
ENTRUST = Change(
    SCHEMA,
    update(A)
    .where(_this)
    .values(organiser=bindparam("successor", type_=Text()), version=A.c.version + 1)
    .returning(A.c.id),
)


@cache
def listed(*, at_step: bool, of_type: bool, within: bool, mine: bool, following: bool) -> Statement:
    """A page, latest start first. Drafts only to their organiser, while a post at the place is theirs, and to staff."""
    me = bindparam("me", type_=Text())
    organised = and_(A.c.organiser == me, in_scopes(A.c.place_path, "kept", "kept_ends"))
    staffed = in_scopes(A.c.place_path, "scopes", "ends")
    chosen = [_here, or_(A.c.step != "draft", organised, staffed)]
    if at_step:
        chosen.append(A.c.step == bindparam("step", type_=Text()))
    if of_type:
        chosen.append(A.c.type == bindparam("type", type_=Text()))
    if within:
        chosen += between(A.c.place_path, "within", "within_end")
    if mine:
        chosen.append(A.c.organiser == me)
    if following:
        last = tuple_(bindparam("after_start", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid()))
        chosen.append(tuple_(A.c.starts_at, A.c.id) < last)
    page = select(A).where(*chosen).order_by(A.c.starts_at.desc(), A.c.id.desc())
    return Statement(page.limit(bindparam("limit", type_=Integer())))


def seat_claimed() -> CTE:
    """Takes a seat or a place in the waiting list, and the next place number; no row where sign-up is not open.

    Whoever signs up while others wait goes behind them, even if a seat is free: it is the head's. So `waiting` of the
    new row is 0 exactly when a seat was taken, and otherwise the position in the list.
    """
    free = and_(A.c.waiting == 0, A.c.taken < A.c.capacity)
    room = or_(free, A.c.waiting_limit.is_(None), A.c.waiting < A.c.waiting_limit)
    window = and_(func.coalesce(A.c.signup_from, func.now()) <= func.now(), func.now() < A.c.signup_until)
    return (
        update(A)
        .where(_this, A.c.step == literal_column("'open'"), window, room)
        .values(
            taken=A.c.taken + case((free, 1), else_=0),
            waiting=A.c.waiting + case((free, 0), else_=1),
            last_place=A.c.last_place + 1,
        )
        .returning(A)
        .cte("claim")
    )


def door_seat_claimed() -> CTE:
    """Takes a seat and the next place number for somebody at the door; no row where no seat is left."""
    return (
        update(A)
        .where(_this, A.c.taken < A.c.capacity)
        .values(taken=A.c.taken + 1, last_place=A.c.last_place + 1)
        .returning(A.c.district, A.c.id, A.c.last_place)
        .cte("claim")
    )


def held() -> CTE:
    """The activity's row, locked: whatever changes who holds a seat joins it, to lock it before all others."""
    return select(A.c.id).where(_this).with_for_update().cte("held")


def seats_counted(change: CTE) -> CTE:
    """Adds `seats` and `waiters` (each may be negative) to the counters if a registration was changed."""
    return (
        update(A)
        .where(_this, A.c.id == change.c.activity_id)
        .values(
            taken=A.c.taken + bindparam("seats", type_=Integer()),
            waiting=A.c.waiting + bindparam("waiters", type_=Integer()),
        )
        .cte("counted")
    )
