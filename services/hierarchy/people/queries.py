"""Every statement of people."""

from functools import cache

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.hierarchy.people.tables import PEOPLE
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, among, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

P = PEOPLE.c
_HERE = P.district == bindparam("district", type_=Text())
_THIS = P.id == bindparam("id", type_=Uuid())
_WHOLE = (P.id, P.code, P.invented, P.name, P.phone, P.id_number, P.listed_as, P.listed_since, P.path, P.party_member,
          P.attributes, P.created_at, P.phone_index, P.id_number_index, P.stopped_at, P.erased_at)  # fmt: skip
BY_ID = Statement(select(*_WHOLE).where(_HERE, _THIS))
MEMBERS = Statement(select(P.id).where(_HERE, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))), P.party_member))
BY_IDS = Statement(among(P.id, "ids", *_WHOLE))
HOLD = Statement(among(P.id, "ids", *_WHOLE, hold=True))
BY_CODES = Statement(among(P.code, "codes", *_WHOLE))
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
    .where(P.listed_since <= bindparam("on", type_=Date()))
    .order_by(P.id)
)
BY_PHONE = Statement(among(P.phone_index, "indexes", *_WHOLE))
BY_ID_NUMBER = Statement(among(P.id_number_index, "indexes", *_WHOLE))
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


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page in scope, the newest first, with everybody whom COUNTS counts; `filters`: place and `end`, roll, party."""
    wanted = {
        "place": between(P.path, "place", "end"),
        "roll": (P.listed_as == bindparam("roll", type_=Text()),),
        "party": (P.party_member == bindparam("party", type_=Boolean()),),
    }
    return Statement(
        select(*_WHOLE)
        .where(_HERE, P.id < bindparam("before", type_=Uuid()), in_scopes(P.path, "scopes", "scope_ends"))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(P.id.desc())
        .limit(bindparam("limit", type_=Integer()))
    )


IDS = Statement(
    select(P.id, P.code, P.name, P.phone, P.phone_index, P.id_number, P.id_number_index, P.listed_since).where(_HERE)
)
PUT = put(
    PEOPLE,
    ["id", "code", "name", "phone", "phone_index", "id_number", "id_number_index", "listed_as",
     "listed_since", "path", "party_member", "invented", "attributes"],
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
REBASE = Rebase(PEOPLE)
