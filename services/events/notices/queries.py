"""Every statement on notices."""

from functools import cache

from sqlalchemy import Integer, Text, Uuid, bindparam, delete, insert, select

from services.events.notices.tables import NOTICES as N
from services.events.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

_district = bindparam("district", type_=Text())
_FIELDS = ("district", "id", "person", "kind", "activity_id", "registration_id", "text")

WRITE = Change(
    SCHEMA,
    insert(N).values({name: bindparam(name, type_=N.c[name].type) for name in _FIELDS}).returning(N.c.id),
)


@cache
def listed(*, following: bool) -> Statement:
    """A person's own, newest first."""
    chosen = [N.c.district == _district, N.c.person == bindparam("person", type_=Text())]
    if following:
        chosen.append(N.c.id < bindparam("after", type_=Uuid()))
    page = select(N).where(*chosen).order_by(N.c.id.desc())
    return Statement(page.limit(bindparam("limit", type_=Integer())))


OF_PERSON = Statement(
    select(N).where(N.c.district == _district, N.c.person == bindparam("person", type_=Text())).order_by(N.c.id)
)
FORGET = Statement(
    delete(N).where(N.c.district == _district, N.c.person == bindparam("person", type_=Text())).returning(N.c.id)
)
