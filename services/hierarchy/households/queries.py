"""Every statement of households."""

from sqlalchemy import Text, bindparam, func, select

from services.hierarchy.households.tables import HOUSEHOLDS
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement
from shared.runtime.scoping import between

H = HOUSEHOLDS.c
COUNT = Statement(
    select(func.count().label("count")).where(
        H.district == bindparam("district", type_=Text()),
        *between(H.path, "path", "end"),
    )
)
PUT = put(HOUSEHOLDS, ["id", "code", "path", "tags"], ["code"])
REBASE = rebase(HOUSEHOLDS)
