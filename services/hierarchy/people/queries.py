"""Every statement of people."""

from sqlalchemy import ARRAY, Integer, LargeBinary, Text, Uuid, bindparam, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.people.tables import PEOPLE
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import put, rebase
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between

P = PEOPLE.c
_HERE = P.district == bindparam("district", type_=Text())
_THIS = P.id == bindparam("id", type_=Uuid())
_WHOLE = (P.id, P.code, P.invented, P.name, P.phone, P.id_number, P.listed_as, P.path, P.party_member, P.attributes,
          P.created_at, P.phone_index, P.id_number_index, P.stopped_at, P.erased_at)  # fmt: skip
BY_ID = Statement(select(*_WHOLE).where(_HERE, _THIS))
MEMBERS = Statement(select(P.id).where(_HERE, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))), P.party_member))
BY_IDS = Statement(select(*_WHOLE).where(_HERE, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))))
BY_CODES = Statement(select(*_WHOLE).where(_HERE, P.code == func.any(bindparam("codes", type_=ARRAY(Text())))))
BELOW = Statement(
    select(*_WHOLE)
    .where(_HERE, *between(P.path, "path", "end"), P.erased_at.is_(None), P.stopped_at.is_(None))
    .order_by(P.path, P.id)
    .limit(bindparam("limit", type_=Integer()))
)
ON_ROLL = Statement(
    select(*_WHOLE)
    .where(
        _HERE, *between(P.path, "path", "end"), P.listed_as == bindparam("roll", type_=Text()), P.erased_at.is_(None)
    )
    .order_by(P.id)
)
_INDEXES = func.any(bindparam("indexes", type_=ARRAY(Text())))
BY_PHONE = Statement(select(*_WHOLE).where(_HERE, P.phone_index == _INDEXES))
BY_ID_NUMBER = Statement(select(*_WHOLE).where(_HERE, P.id_number_index == _INDEXES))
COUNTS = Statement(
    select(
        P.listed_as,
        func.count().label("count"),
        func.count().filter(P.party_member).label("party_members"),
    )
    .where(_HERE, *between(P.path, "path", "end"))
    .group_by(P.listed_as)
    .order_by(P.listed_as)
)
IDS = Statement(select(P.id, P.code, P.name, P.phone, P.phone_index, P.id_number, P.id_number_index).where(_HERE))
PUT = put(
    PEOPLE,
    ["id", "code", "name", "phone", "phone_index", "id_number", "id_number_index", "listed_as", "path",
     "party_member", "invented", "attributes"],
    ["code"],
)  # fmt: skip
SET_ID_NUMBER = Change(
    SCHEMA,
    update(PEOPLE)
    .where(_HERE, _THIS, P.erased_at.is_(None))
    .values(
        id_number=bindparam("id_number", type_=LargeBinary()),
        id_number_index=bindparam("id_number_index", type_=Text()),
    )
    .returning(P.id),
)
SET_PHONE = Change(
    SCHEMA,
    update(PEOPLE)
    .where(_HERE, _THIS, P.erased_at.is_(None))
    .values(phone=bindparam("phone", type_=LargeBinary()), phone_index=bindparam("phone_index", type_=Text()))
    .returning(P.id),
)
STOP = Change(
    SCHEMA,
    update(PEOPLE)
    .where(_HERE, _THIS, P.erased_at.is_(None), P.stopped_at.is_(None))
    .values(stopped_at=func.now())
    .returning(P.id),
)
# The place is kept down to the community, so that figures stay what they are; below it would be an address.
ERASE = Change(
    SCHEMA,
    update(PEOPLE)
    .where(_HERE, _THIS, P.erased_at.is_(None))
    .values(
        code=func.concat(P.district, literal("-erased-"), P.id),
        name=null(),
        phone=null(),
        phone_index=null(),
        id_number=null(),
        id_number_index=null(),
        path=func.substr(P.path, 1, bindparam("depth", type_=Integer())),
        attributes=literal({}, JSONB()),
        erased_at=func.now(),
    )
    .returning(P.id),
)
REBASE = rebase(PEOPLE)
