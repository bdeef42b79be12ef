"""Every statement of people."""

from sqlalchemy import Text, Uuid, bindparam, func, select

from services.hierarchy.people.tables import PEOPLE
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement

P = PEOPLE.c
_HERE = P.district == bindparam("district", type_=Text())
BY_ID = Statement(select(P.id, P.name, P.phone).where(_HERE, P.id == bindparam("id", type_=Uuid())))
BY_PHONE = Statement(select(P.id, P.name).where(_HERE, P.phone_index == bindparam("phone_index", type_=Text())))
COUNTS = Statement(
    select(
        P.listed_as,
        func.count().label("count"),
        func.count().filter(P.party_member).label("party_members"),
    )
    .where(_HERE, P.path >= bindparam("path", type_=Text()), P.path < bindparam("end", type_=Text()))
    .group_by(P.listed_as)
    .order_by(P.listed_as)
)
IDS = Statement(select(P.id, P.code, P.phone, P.phone_index).where(_HERE))
PUT = put(
    PEOPLE,
    ["id", "code", "name", "phone", "phone_index", "listed_as", "path", "party_member", "invented", "attributes"],
    ["code"],
)
REBASE = rebase(PEOPLE)
