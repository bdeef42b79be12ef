"""Every statement of organisations."""

from sqlalchemy import Text, bindparam, func, select

from services.hierarchy.organisations.tables import ORGANISATIONS
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement
from shared.runtime.scoping import between

ORG = ORGANISATIONS.c
COUNTS = Statement(
    select(
        ORG.kind,
        func.count().label("count"),
        func.count().filter(ORG.invented).label("invented"),
    )
    .where(
        ORG.district == bindparam("district", type_=Text()),
        *between(ORG.path, "path", "end"),
    )
    .group_by(ORG.kind)
    .order_by(ORG.kind)
)
PUT = put(ORGANISATIONS, ["id", "code", "kind", "name", "parent", "path", "invented", "attributes"], ["code"])
IDS = Statement(select(ORG.id, ORG.code, ORG.path).where(ORG.district == bindparam("district", type_=Text())))
REBASE = rebase(ORGANISATIONS)
