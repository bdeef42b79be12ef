"""Every statement of organisations."""

from sqlalchemy import Text, bindparam, func, select

from services.hierarchy.organisations.tables import ORGANISATIONS
from shared.runtime.bulk import put
from shared.runtime.db import Statement

O = ORGANISATIONS.c
COUNTS = Statement(
    select(
        O.kind,
        func.count().label("count"),
        func.count().filter(O.invented).label("invented"),
    )
    .where(
        O.district == bindparam("district", type_=Text()),
        O.path >= bindparam("path", type_=Text()),
        O.path < bindparam("end", type_=Text()),
    )
    .group_by(O.kind)
    .order_by(O.kind)
)
PUT = put(ORGANISATIONS, ["id", "code", "kind", "name", "parent", "path", "invented", "attributes"], ["code"])
IDS = Statement(
    select(O.id, O.code, O.path).where(O.district == bindparam("district", type_=Text()))
)
