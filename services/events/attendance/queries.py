"""Every statement on attendance. They run in the transaction of the registration's move."""

from functools import cache

from sqlalchemy import DateTime, Integer, Text, Uuid, and_, bindparam, insert, select, update

from services.events.attendance.tables import ATTENDANCE as T
from shared.runtime.db import Statement

_this = and_(T.c.district == bindparam("district", type_=Text()), T.c.id == bindparam("id", type_=Uuid()))
_FIELDS = ("district", "id", "activity_id", "person", "in_at", "in_evidence")

BY_ID = Statement(select(T).where(_this))
CHECK_IN = Statement(insert(T).values({name: bindparam(name, type_=T.c[name].type) for name in _FIELDS}))
CHECK_OUT = Statement(
    update(T)
    .where(_this)
    .values(
        out_at=bindparam("out_at", type_=DateTime(timezone=True)),
        out_evidence=bindparam("out_evidence", type_=Text()),
        minutes=bindparam("minutes", type_=Integer()),
    )
)


@cache
def listed(*, mine: bool, following: bool) -> Statement:
    """A page, newest registration first: one's own or an activity's."""
    whose = (
        T.c.person == bindparam("person", type_=Text())
        if mine
        else T.c.activity_id == bindparam("activity", type_=Uuid())
    )
    chosen = [T.c.district == bindparam("district", type_=Text()), whose]
    if following:
        chosen.append(T.c.id < bindparam("after", type_=Uuid()))
    page = select(T).where(*chosen).order_by(T.c.id.desc())
    return Statement(page.limit(bindparam("limit", type_=Integer())))


OF_PERSON = Statement(
    select(T)
    .where(T.c.district == bindparam("district", type_=Text()), T.c.person == bindparam("person", type_=Text()))
    .order_by(T.c.id)
)
