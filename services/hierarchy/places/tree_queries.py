"""The statements that change the tree: making places, editing, carrying, ending them."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import TableValuedAlias

from services.hierarchy.places.rules import DEEPEST
from services.hierarchy.places.tables import CODE_NUMBERS, DISTRICTS, GONE, PLACES
from services.hierarchy.schema import SCHEMA
from shared.kernel.paths import WIDTH
from shared.runtime.bulk import among, moved
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import below, between

D, P, G, N = DISTRICTS.c, PLACES.c, GONE.c, CODE_NUMBERS.c
_DISTRICT, _CODE = bindparam("district", type_=Text()), bindparam("code", type_=Text())
_AT = bindparam("at", type_=DateTime(timezone=True))
_HERE = P.district == _DISTRICT
_UP = PLACES.alias("up")
_THE_ID = bindparam("id", type_=Uuid())
_BASE36 = literal("0123456789abcdefghijklmnopqrstuvwxyz", Text())

# The number under which the other services hear of a change; the lock keeps the order.
COUNT_CHANGE = Statement(
    update(DISTRICTS).where(D.district == _DISTRICT).values(changes=D.changes + 1).returning(D.changes)
)

# --- making ------------------------------------------------------------------------------------------------------


def _segment(number: ColumnElement[int]) -> ColumnElement[str]:
    """`shared.kernel.paths.segment` in SQL."""
    digits = [func.substr(_BASE36, (number // 36**power) % 36 + 1, 1) for power in (3, 2, 1, 0)]
    return digits[0].concat(digits[1]).concat(digits[2]).concat(digits[3])


def _whole_name(
    name: ColumnElement[str], kind: ColumnElement[str], over: ColumnElement[str], whole: ColumnElement[str]
) -> ColumnElement[str]:
    """`rules.full_name` in SQL: of a place named `name` in one of that kind, name and full name."""
    return case(
        (kind == literal("district"), name),
        (func.starts_with(name, over), whole.concat(func.substr(name, func.length(over) + 1))),
        else_=whole.concat(name),
    )


def _number(above: CTE) -> CTE:
    """Takes the next free number behind `prefix`; two who ask at once wait for each other at its row.

    The second of them has looked for a free one too early, and takes the one after the first's. Should that be taken
    by a code that somebody gave, the unique key says so, and a repetition finds the next.
    """
    first, last = bindparam("first", type_=Integer()), bindparam("last", type_=Integer())
    numbers = func.generate_series(first, last).table_valued(column("n", Integer()), name="numbers").render_derived()
    code = _written(numbers.c.n)
    taken = exists(select(P.id).where(_HERE, P.code == code))
    gone = exists(select(G.id).where(G.district == _DISTRICT, G.code == code))
    free = func.coalesce(select(func.min(numbers.c.n)).where(~taken, ~gone).scalar_subquery(), last + 1)
    given = select(_DISTRICT, bindparam("prefix", type_=Text()), free + 1).select_from(above)
    write = insert(CODE_NUMBERS).from_select(["district", "prefix", "next"], given)
    following = func.greatest(N.next + 1, write.excluded.next)
    return (
        write.on_conflict_do_update(index_elements=["district", "prefix"], set_={"next": following})
        .returning((N.next - 1).label("number"))
        .cte("taken")
    )


def _written(number: ColumnElement[int]) -> ColumnElement[str]:
    text, digits = cast(number, Text()), bindparam("digits", type_=Integer())
    padded = func.lpad(text, func.greatest(digits, func.length(text)), literal("0", Text()))
    return bindparam("prefix", type_=Text()).concat(padded)


@cache
def _next_below() -> CTE:
    """The parent, with the number of the child that is about to be."""
    gate = select(D.id).where(D.district == _DISTRICT).with_for_update(read=True).cte("gate")
    return (
        update(PLACES)
        .where(
            _HERE,
            P.path == bindparam("parent_path", type_=Text()),
            func.length(P.path) < DEEPEST * WIDTH,
            P.id.in_(select(bindparam("parent_id", type_=Uuid())).select_from(gate)),
        )
        .values(next_child=P.next_child + 1)
        .returning(P.path, P.kind, P.name, P.full_name, (P.next_child - 1).label("number"))
        .cte("above")
    )


def created(*, generated: bool) -> Change:
    """Makes a place in one statement: the number of its path, that of its code, and its row.

    The gate keeps moves away, which would not see a child that is just being made; creates do not wait for each other
    unless it is for the same parent. `parent_path` is what the caller has seen: a parent that moved meanwhile is none.
    """
    above = _next_below()
    taken = _number(above) if generated else None
    code = _CODE if taken is None else _written(taken.c.number)
    name = bindparam("name", type_=Text())
    values: dict[str, ColumnElement[Any]] = {
        "district": _DISTRICT,
        "id": bindparam("id", type_=Uuid()),
        "code": code,
        "path": above.c.path.concat(_segment(above.c.number)),
        "parent": above.c.path,
        "kind": bindparam("kind", type_=Text()),
        "name": name,
        "full_name": _whole_name(name, above.c.kind, above.c.name, above.c.full_name),
        "zone_type": bindparam("zone_type", type_=Text()),
        "area_km2": bindparam("area_km2", type_=Double()),
        "households": bindparam("households", type_=Integer()),
        "residents": bindparam("residents", type_=Integer()),
        "invented": literal(False, Boolean()),
        "attributes": bindparam("attributes", type_=JSONB()),
        "created_at": func.clock_timestamp(),
    }
    rows: Select[Any] = select(*list(values.values())).select_from(above)
    if taken is None:
        rows = rows.where(~exists(select(G.id).where(G.district == _DISTRICT, G.code == _CODE)))
    else:
        rows = rows.join(taken, taken.c.number <= bindparam("last", type_=Integer()))
    return Change(SCHEMA, insert(PLACES).from_select(list(values), rows).returning(P.id, P.code, P.path))


# --- changing --------------------------------------------------------------------------------------------------

_PATH = bindparam("path", type_=Text())
TOP = (P.id, P.code, P.path, P.kind, P.name, P.full_name, P.version)
CHILDREN = Statement(
    select(*TOP).where(_HERE, P.parent == _PATH).order_by(P.path).limit(bindparam("limit", type_=Integer()))
)
GONE_BELOW = Statement(
    select(G.id, G.path)
    .where(G.district == _DISTRICT, *between(G.path, "path", "end"), G.path != _PATH)
    .where(func.length(G.path) == func.length(_PATH) + WIDTH)
    .order_by(G.path)
)
# Another one of the kind that is called so in the same place.
NAMESAKE = Statement(
    select(P.code)
    .where(_HERE, P.parent == _PATH, P.kind == bindparam("kind", type_=Text()), P.id != _THE_ID)
    .where(P.full_name == bindparam("full_name", type_=Text()))
    .limit(1)
)
NAMES_BELOW = Statement(among(P.parent, "parents", P.code, P.parent, P.kind, P.name))
TAKE_NUMBERS = Statement(
    update(PLACES)
    .where(_HERE, P.path == _PATH)
    .values(next_child=P.next_child + bindparam("count", type_=Integer()))
    .returning((P.next_child - bindparam("count", type_=Integer())).label("first"))
)
EDITED = Change(
    SCHEMA,
    update(PLACES)
    .where(_HERE, P.id == _THE_ID, P.version == bindparam("seen", type_=Integer()))
    .values(
        name=bindparam("name", type_=Text()),
        full_name=bindparam("full_name", type_=Text()),
        zone_type=bindparam("zone_type", type_=Text()),
        area_km2=bindparam("area_km2", type_=Double()),
        households=bindparam("households", type_=Integer()),
        residents=bindparam("residents", type_=Integer()),
        attributes=bindparam("attributes", type_=JSONB()),
        version=P.version + 1,
    )
    .returning(P.id),
)
_whole = _whole_name(P.name, _UP.c.kind, _UP.c.name, _UP.c.full_name)
# One level below a place that was renamed or got new children: what is named after the level above.
_level = (
    update(PLACES)
    .where(_HERE, _UP.c.district == P.district, _UP.c.path == P.parent, *between(P.path, "path", "end"))
    .where(func.length(P.path) == bindparam("length", type_=Integer()), P.full_name != _whole)
    .values(full_name=_whole, version=P.version + 1)
    .returning(literal(1).label("one"))
    .cte("level")
)
NAME_LEVEL = Statement(select(func.count().label("count")).select_from(_level))


def _mapping() -> TableValuedAlias:
    return (
        func.unnest(bindparam("olds", type_=ARRAY(Text())), bindparam("news", type_=ARRAY(Text())))
        .table_valued("old", "new", name="m")
        .render_derived()
    )


def _carried(*, gone: bool) -> Statement:
    """Whole subtrees get other beginnings of their paths."""
    m, table = _mapping(), GONE if gone else PLACES
    c = table.c
    values = {"path": moved(c.path, m.c.old, m.c.new)}
    if not gone:
        top = func.left(m.c.new, func.length(m.c.new) - WIDTH)
        values["parent"] = case((c.path == m.c.old, top), else_=moved(c.parent, m.c.old, m.c.new))
        values["version"] = c.version + 1
    write = (
        update(table)
        .where(c.district == _DISTRICT, *below(c.path, m.c.old))
        .values(values)
        .returning(literal(1).label("one"))
        .cte("carried")
    )
    return Statement(select(func.count().label("count")).select_from(write))


CARRY, CARRY_GONE = _carried(gone=False), _carried(gone=True)
_left = (
    delete(PLACES)
    .where(_HERE, P.id == _THE_ID)
    .returning(P.district, P.id, P.code, P.path, P.kind, P.name, P.full_name, P.created_at)
    .cte("gone")
)
ENDED = Change(
    SCHEMA,
    insert(GONE)
    .from_select(
        ["district", "id", "code", "path", "kind", "name", "full_name", "created_at", "how", "successors", "gone_at"],
        select(*_left.c, bindparam("how", type_=Text()), bindparam("successors", type_=ARRAY(Text())), _AT),
    )
    .returning(GONE.c.id),
)
PLANTED = Statement(
    insert(PLACES)
    .from_select(
        ["district", "id", "code", "path", "parent", "kind", "name", "full_name", "zone_type", "invented", "attributes",
         "created_at"],
        select(
            _DISTRICT, _THE_ID, _CODE, _PATH, bindparam("parent", type_=Text()), bindparam("kind", type_=Text()),
            bindparam("name", type_=Text()), bindparam("full_name", type_=Text()), bindparam("zone_type", type_=Text()),
            false(), bindparam("attributes", type_=JSONB()), _AT,
        ),
    )
    .returning(P.id)
)  # fmt: skip


def _take_code() -> Statement:
    here = select(D.id).where(D.district == _DISTRICT).cte("here")
    taken = _number(here)
    return Statement(select(taken.c.number, _written(taken.c.number).label("code")))


TAKE_CODE = _take_code()
