"""Every statement of swaps."""

from functools import cache

from sqlalchemy import Integer, Text, Uuid, and_, bindparam, insert, literal_column, or_, select, update

from services.hierarchy.schema import SCHEMA
from services.hierarchy.swaps.tables import SWAPS
from services.hierarchy.swaps.workflow import OPEN
from shared.runtime.changes import Change
from shared.runtime.db import Statement

W = SWAPS.c
_DISTRICT = bindparam("district", type_=Text())
_THIS = and_(W.district == _DISTRICT, W.id == bindparam("id", type_=Uuid()))
_GIVEN = ("id", "roster_id", "gives", "takes", "asker", "asked", "step", "lapses_at")

BY_ID = Statement(select(SWAPS).where(_THIS))
ASK = Change(
    SCHEMA,
    insert(SWAPS)
    .values(district=_DISTRICT, **{name: bindparam(name, type_=W[name].type) for name in _GIVEN})
    .returning(SWAPS),
)
MOVE = Change(
    SCHEMA,
    update(SWAPS)
    .where(_THIS, W.version == bindparam("version", type_=Integer()))
    .values(step=bindparam("to_step", type_=Text()), version=W.version + 1)
    .returning(SWAPS),
)
_OPEN = W.step.in_([literal_column(f"'{step}'") for step in OPEN])
# One question at a time about one shift: two who said yes could not both have it.
ASKED_ALREADY = Statement(
    select(W.id).where(
        W.district == _DISTRICT, W.gives == bindparam("gives", type_=Uuid()), _OPEN,
        W.asker == bindparam("asker", type_=Uuid()),
    )
)  # fmt: skip
OF_PERSON = Statement(
    select(W.id).where(
        W.district == _DISTRICT,
        or_(W.asker == bindparam("person", type_=Uuid()), W.asked == bindparam("person", type_=Uuid())),
    )
)


@cache
def mine(*, following: bool) -> Statement:
    """A page of those in which the caller asked or is asked, newest first."""
    me = bindparam("me", type_=Uuid())
    conditions = [W.district == _DISTRICT, or_(W.asker == me, W.asked == me)]
    if following:
        conditions.append(W.id < bindparam("after", type_=Uuid()))
    return Statement(select(SWAPS).where(*conditions).order_by(W.id.desc()).limit(bindparam("limit", type_=Integer())))


@cache
def of_roster(*, step: bool, following: bool) -> Statement:
    """A page of those in a roster, newest first; perhaps only those at a step."""
    conditions = [W.district == _DISTRICT, W.roster_id == bindparam("roster", type_=Uuid())]
    if step:
        conditions.append(W.step == bindparam("step", type_=Text()))
    if following:
        conditions.append(W.id < bindparam("after", type_=Uuid()))
    return Statement(select(SWAPS).where(*conditions).order_by(W.id.desc()).limit(bindparam("limit", type_=Integer())))
