"""Every statement of places."""

from functools import cache

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.hierarchy.places.tables import DISTRICTS, PLACES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import put
from shared.runtime.changes import Change
from shared.runtime.db import Statement

D, P = DISTRICTS.c, PLACES.c
_HERE = P.district == bindparam("district", type_=Text())
_CARD = (
    P.id, P.code, P.path, P.kind, P.name, P.full_name, P.zone_type, P.area_km2, P.households, P.residents,
    P.invented, P.attributes, P.version,
)  # fmt: skip

# The one read without a district: it is how a client learns which there are.
ALL_DISTRICTS = Statement(select(D.district, D.name).order_by(D.district))
DISTRICT = Statement(select(D.id, D.name, D.content).where(D.district == bindparam("district", type_=Text())))

BY_CODE = Statement(select(*_CARD).where(_HERE, P.code == bindparam("code", type_=Text())))
BY_PATHS = Statement(
    select(P.code, P.path, P.kind, P.name, P.full_name).where(
        _HERE, P.path == func.any(bindparam("paths", type_=ARRAY(Text)))
    )
)
CHILDREN = Statement(
    select(*_CARD)
    .where(
        _HERE,
        P.parent == bindparam("parent", type_=Text()),
        P.path > bindparam("after", type_=Text()),
    )
    .order_by(P.path)
    .limit(bindparam("limit", type_=Integer()))
)


@cache
def subtree(*, of_kind: bool) -> Statement:
    """The places below one, by path; all of them or one kind."""
    kind = [P.kind == bindparam("kind", type_=Text())] if of_kind else []
    return Statement(
        select(*_CARD)
        .where(_HERE, P.path > bindparam("after", type_=Text()), P.path < bindparam("end", type_=Text()), *kind)
        .order_by(P.path)
        .limit(bindparam("limit", type_=Integer()))
    )


COUNTS = Statement(
    select(
        P.kind,
        func.count().label("count"),
        func.count().filter(P.invented).label("invented"),
        func.sum(P.households).label("households"),
        func.sum(P.residents).label("residents"),
    )
    .where(_HERE, P.path > bindparam("path", type_=Text()), P.path < bindparam("end", type_=Text()))
    .group_by(P.kind)
    .order_by(func.min(func.length(P.path)), P.kind)
)

# --- loading ---------------------------------------------------------------------------------------------------

_enter = insert(DISTRICTS).values(
    district=bindparam("district", type_=Text()), id=bindparam("id", type_=Uuid()), name=bindparam("name", type_=Text())
)
# Writing the name again takes the row's lock, which keeps two loads of one district apart.
ENTER_DISTRICT = Statement(
    _enter.on_conflict_do_update(index_elements=["district"], set_={"name": _enter.excluded.name}).returning(
        D.id, D.content
    )
)
LOADED = Change(
    SCHEMA,
    update(DISTRICTS)
    .where(D.district == bindparam("district", type_=Text()))
    .values(content=bindparam("content", type_=Text()))
    .returning(D.id),
)
KNOWN = Statement(select(P.code, P.path, P.name, P.full_name, P.next_child, P.kind).where(_HERE))
PUT = put(
    PLACES,
    ["id", "code", "path", "parent", "kind", "name", "full_name", "zone_type", "area_km2", "households",
     "residents", "invented", "attributes"],
    ["code"],
)  # fmt: skip
_counters = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(column("code", Text()), column("next_child", Integer()), name="given")
    .render_derived(with_types=True)
)
COUNT_ON = Statement(
    update(PLACES)
    .where(_HERE, P.code == _counters.c.code, P.next_child < _counters.c.next_child)
    .values(next_child=_counters.c.next_child)
    .returning(P.id)
)
