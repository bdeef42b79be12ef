"""Every statement of venues."""

from sqlalchemy import Text, bindparam, func, select

from services.hierarchy.venues.tables import VENUES
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement
from shared.runtime.scoping import between

V = VENUES.c
COUNTS = Statement(
    select(
        V.kind,
        func.count().label("count"),
        func.count().filter(V.staffed).label("staffed"),
        func.count().filter(V.invented).label("invented"),
    )
    .where(
        V.district == bindparam("district", type_=Text()),
        *between(V.path, "path", "end"),
    )
    .group_by(V.kind)
    .order_by(V.kind)
)
PUT = put(VENUES, ["id", "code", "path", "kind", "name", "functions", "staffed", "invented"], ["code"])
REBASE = rebase(VENUES)
