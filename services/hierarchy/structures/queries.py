"""Every statement of structures."""

from sqlalchemy import ARRAY, Date, Text, bindparam, func, select

from services.hierarchy.structures.tables import STRUCTURES
from shared.runtime.bulk import put, rebase
from shared.runtime.db import Statement

S = STRUCTURES.c
# The nearest place at or above that has a structure decides; there, the newest version that is in force.
IN_FORCE = Statement(
    select(S.path, S.version, S.in_force, S.document)
    .where(
        S.district == bindparam("district", type_=Text()),
        S.path == func.any(bindparam("paths", type_=ARRAY(Text))),
        S.in_force <= bindparam("on", type_=Date()),
    )
    .order_by(func.length(S.path).desc(), S.version.desc())
    .limit(1)
)
PUT = put(STRUCTURES, ["id", "path", "version", "in_force", "document"], ["path", "version"])
REBASE = rebase(STRUCTURES)
