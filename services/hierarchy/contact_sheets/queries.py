"""Every statement of contact sheets."""

from sqlalchemy import ARRAY, Integer, LargeBinary, Text, Uuid, and_, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.contact_sheets.tables import NUMBERS, SHEETS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement

C, N = SHEETS.c, NUMBERS.c
_DISTRICT = bindparam("district", type_=Text())
_PATHS = bindparam("paths", type_=ARRAY(Text()))

# Its own, or that of the nearest place above.
IN_FORCE = Statement(
    select(C.id, C.path, C.version, C.rules)
    .where(C.district == _DISTRICT, C.path == func.any(_PATHS))
    .order_by(func.length(C.path).desc())
    .limit(1)
)
AMONG = Statement(select(C.path, C.rules).where(C.district == _DISTRICT, C.path == func.any(_PATHS)))
BY_ID = Statement(
    select(C.id, C.path, C.version, C.rules).where(C.district == _DISTRICT, C.id == bindparam("id", type_=Uuid()))
)
_rules = bindparam("rules", type_=JSONB())
FIRST = Change(
    SCHEMA,
    insert(SHEETS)
    .values(district=_DISTRICT, id=bindparam("id", type_=Uuid()), path=bindparam("path", type_=Text()), rules=_rules)
    .on_conflict_do_nothing(index_elements=["district", "path"])
    .returning(C.id, C.path, C.version, C.rules),
)
NEXT = Change(
    SCHEMA,
    update(SHEETS)
    .where(
        C.district == _DISTRICT,
        C.id == bindparam("id", type_=Uuid()),
        C.version == bindparam("version", type_=Integer()),
    )
    .values(rules=_rules, version=C.version + 1)
    .returning(C.id, C.path, C.version, C.rules),
)
PUT = put(SHEETS, ["id", "path", "rules"], ["path"], counted="version")
_other = SHEETS.alias("other")
# Of two places that become one, the one that is left keeps its own sheet.
JOIN = Statement(
    update(SHEETS)
    .where(
        SHEETS.c.district == bindparam("district", type_=Text()),
        SHEETS.c.path == bindparam("old", type_=Text()),
        ~exists(
            select(_other.c.path).where(
                _other.c.district == SHEETS.c.district, _other.c.path == bindparam("new", type_=Text())
            )
        ),
    )
    .values(path=bindparam("new", type_=Text()))
    .returning(SHEETS.c.id)
)
REBASE = Rebase(SHEETS)

_number = insert(NUMBERS).values(
    district=_DISTRICT,
    id=bindparam("id", type_=Uuid()),
    post_code=bindparam("post_code", type_=Text()),
    number=bindparam("number", type_=LargeBinary()),
)
SET_NUMBER = Change(
    SCHEMA,
    _number.on_conflict_do_update(
        index_elements=["district", "post_code"],
        set_={"number": _number.excluded.number, "changed_at": func.now()},
    ).returning(N.id),
)
NUMBERS_OF = Statement(
    select(N.id, N.post_code, N.number).where(
        and_(N.district == _DISTRICT, N.number.is_not(None)),
        N.post_code == func.any(bindparam("posts", type_=ARRAY(Text()))),
    )
)
