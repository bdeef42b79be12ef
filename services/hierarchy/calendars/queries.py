"""Every statement of calendar links."""

from sqlalchemy import Text, Uuid, and_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from services.hierarchy.calendars.tables import LINKS
from services.hierarchy.schema import SCHEMA
from shared.runtime.changes import Change
from shared.runtime.db import Statement

L = LINKS.c
_DISTRICT = bindparam("district", type_=Text())
_OF = and_(L.district == _DISTRICT, L.person_id == bindparam("person", type_=Uuid()))

BY_ID = Statement(select(LINKS).where(L.district == _DISTRICT, L.id == bindparam("id", type_=Uuid())))
BY_PERSON = Statement(select(LINKS).where(_OF))
_made = insert(LINKS).values(
    district=_DISTRICT, id=bindparam("id", type_=Uuid()), person_id=bindparam("person", type_=Uuid())
)
MAKE = Change(
    SCHEMA,
    _made.on_conflict_do_update(
        index_elements=["district", "person_id"], set_={"id": _made.excluded.id, "created_at": func.now()}
    ).returning(L.id),
)
END = Change(SCHEMA, delete(LINKS).where(_OF).returning(L.id))
FORGET = Statement(delete(LINKS).where(_OF).returning(L.id))
