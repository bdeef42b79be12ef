"""Every statement of places."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeEngine

from services.hierarchy.places.rules import HOUSEHOLD
from services.hierarchy.places.tables import DISTRICTS, PLACES
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import among, moved, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import below, between, beyond, in_scopes, strictly_between

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
BY_ID = Statement(select(*_CARD).where(_HERE, P.id == bindparam("id", type_=Uuid())))
BY_CODES = Statement(among(P.code, "codes", *_CARD))
BY_PATH = Statement(select(*_CARD).where(_HERE, P.path == bindparam("path", type_=Text())))
BY_IDS = Statement(select(*_CARD).where(_HERE, P.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))))
AT_PATHS = Statement(select(*_CARD).where(_HERE, P.path == func.any(bindparam("paths", type_=ARRAY(Text())))))
DIRECTLY_BELOW = Statement(
    select(*_CARD)
    .where(_HERE, P.parent == bindparam("path", type_=Text()))
    .order_by(P.path)
    .limit(bindparam("limit", type_=Integer()))
)
KIND_BELOW = Statement(
    select(*_CARD)
    .where(_HERE, *between(P.path, "path", "end"), P.kind == bindparam("kind", type_=Text()))
    .where(strictly_between(P.path, "after", "end")[0])
    .order_by(P.path)
    .limit(bindparam("limit", type_=Integer()))
)
_tops = func.unnest(bindparam("paths", type_=ARRAY(Text()))).table_valued("top", name="tops").render_derived()
HOMES_BELOW = Statement(
    select(_tops.c.top, func.count().label("count"))
    .select_from(_tops.join(PLACES, and_(*below(P.path, _tops.c.top))))
    .where(_HERE, P.kind == literal(HOUSEHOLD))
    .group_by(_tops.c.top)
)
BY_PATHS = Statement(
    select(P.code, P.path, P.kind, P.name, P.full_name, P.zone_type).where(
        _HERE, P.path == func.any(bindparam("paths", type_=ARRAY(Text)))
    )
)

# A place and a page of what lies below it are one statement, so that a move at the same moment tears nothing apart.
# `after` goes on from the place's own path: a page that follows a move is the one that would have followed without.
_TOP = (
    select(P.path.label("path"), P.kind.label("kind"))
    .where(_HERE, P.code == bindparam("code", type_=Text()))
    .cte("top")
)
# Somebody's home is no public place: `mine` are the caller's own places, `homes` where they may see every household.
_HOMES = or_(
    P.kind != literal(HOUSEHOLD),
    P.path == func.any(bindparam("mine", type_=ARRAY(Text()))),
    in_scopes(P.path, "homes", "homes_end"),
)


def _page(*conditions: ColumnElement[bool], homes: bool) -> Select[tuple[object, ...]]:
    rows = (
        select(*_CARD)
        .where(_HERE, beyond(P.path, _TOP.c.path, "after"), *conditions, *([] if homes else [_HOMES]))
        .order_by(P.path)
        .limit(bindparam("limit", type_=Integer()))
        .lateral("below")
    )
    return (
        select(_TOP.c.path.label("top"), _TOP.c.kind.label("top_kind"), rows)
        .select_from(_TOP.outerjoin(rows, true()))
        .order_by(rows.c.path)
    )


@cache
def children(*, homes: bool) -> Statement:
    """A page of the places directly below one, by path; `homes`: every household, else those the caller may see."""
    return Statement(_page(P.parent == _TOP.c.path, homes=homes))


@cache
def subtree(*, of_kind: bool, homes: bool) -> Statement:
    """A page of the places below one, by path; all of them or one kind; `homes` as in `children`."""
    kind = [P.kind == bindparam("kind", type_=Text())] if of_kind else []
    return Statement(_page(*below(P.path, _TOP.c.path), *kind, homes=homes))


# --- looking for a name ------------------------------------------------------------------------------------------

_HOME: ColumnElement[str] = literal_column(f"'{HOUSEHOLD}'")  # word for word as the index `ix_places_shared` has it
_REF = (P.code, P.path, P.kind, P.name, P.full_name)


def _best(rows: FromClause, *conditions: ColumnElement[bool]) -> Statement:
    """Whose full name matches: called so first, then ending so, then beginning so; the wider before the narrower."""
    c, name = rows.c, bindparam("name", type_=Text())
    ends_so = func.right(c.full_name, func.length(name)) == name
    rank = case((c.name == name, 0), (ends_so, 1), (func.starts_with(c.name, name), 2), else_=3)
    return Statement(
        select(*(c[one.name] for one in _REF))
        .where(*conditions, c.full_name.like(bindparam("pattern", type_=Text())))
        .order_by(rank, func.length(c.path), c.path)
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def shared_named(*, of_kind: bool) -> Statement:
    """Places at one and below that are nobody's home, the best match first."""
    kind = [P.kind == bindparam("kind", type_=Text())] if of_kind else []
    return _best(PLACES, _HERE, *between(P.path, "path", "end"), P.kind != _HOME, *kind)


@cache
def homes_named(*, homes: bool) -> Statement:
    """Households among the first `most` at a place and below, the best match first; `homes` as in `children`."""
    first = (
        select(*_REF)
        .where(_HERE, *between(P.path, "path", "end"), P.kind == _HOME, *([] if homes else [_HOMES]))
        .order_by(P.path)
        .limit(bindparam("most", type_=Integer()))
        .subquery("first")
    )
    return _best(first)


COUNTS = Statement(
    select(
        P.kind,
        func.count().label("count"),
        func.count().filter(P.invented).label("invented"),
        func.sum(P.households).label("households"),
        func.sum(P.residents).label("residents"),
    )
    .where(_HERE, *strictly_between(P.path, "path", "end"))
    .group_by(P.kind)
    .order_by(func.min(func.length(P.path)), P.kind)
)

# Everything at a place and below but single households, which a place's own figure counts.
FACTS = Statement(
    select(P.id, P.code, P.path, P.parent, P.kind, P.households, P.residents)
    .where(_HERE, *between(P.path, "path", "end"), P.kind != literal(HOUSEHOLD))
    .order_by(P.path)
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
    counted="version",
)  # fmt: skip
# Keeps apart whatever changes the tree of one district or relies on its paths until it has written them down.
LOCK = Statement(select(D.id, D.name).where(D.district == bindparam("district", type_=Text())).with_for_update())
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

# --- importing -------------------------------------------------------------------------------------------------

_NOTHING = literal({}, JSONB())
_PLACED: dict[str, TypeEngine[Any]] = {
    "id": Uuid(), "code": Text(), "path": Text(), "parent": Text(), "kind": Text(), "name": Text(),
    "full_name": Text(), "next_child": Integer(),
}  # fmt: skip
_placed = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB()))
    .table_valued(*(column(name, kind) for name, kind in _PLACED.items()), name="given")
    .render_derived(with_types=True)
)
_added = (
    insert(PLACES)
    .from_select(
        ["district", *_PLACED, "invented", "attributes"],
        select(bindparam("district", type_=Text()), *(_placed.c[name] for name in _PLACED), false(), _NOTHING),
    )
    .returning(literal(1).label("one"))
    .cte("added")
)
ADD = Statement(select(func.count()).select_from(_added))
_renamed = (
    update(PLACES)
    .where(_HERE, P.code == _placed.c.code)
    .values(kind=_placed.c.kind, name=_placed.c.name, full_name=_placed.c.full_name, version=P.version + 1)
    .returning(literal(1).label("one"))
    .cte("renamed")
)
RENAME = Statement(select(func.count()).select_from(_renamed))
IMPORTED = Change(
    SCHEMA,
    update(DISTRICTS)
    .where(D.district == bindparam("district", type_=Text()))
    .values(name=bindparam("name", type_=Text()))
    .returning(D.id),
)

# --- moving ----------------------------------------------------------------------------------------------------

_OLD, _NEW = bindparam("old", type_=Text()), bindparam("new", type_=Text())
_OLD_NAME, _NEW_NAME = bindparam("old_name", type_=Text()), bindparam("new_name", type_=Text())
DEEPEST = Statement(
    select(func.max(func.length(P.path)).label("length"), func.count().label("count")).where(
        _HERE, *below(P.path, _OLD)
    )
)
# Full names below begin with the place's own, unless somebody has given them otherwise.
_NAMED = case(
    (func.starts_with(P.full_name, _OLD_NAME), _NEW_NAME.concat(func.substr(P.full_name, func.length(_OLD_NAME) + 1))),
    else_=P.full_name,
)


def _all_below(change: CTE) -> CTE:
    return (
        update(PLACES)
        .where(_HERE, *below(P.path, _OLD), P.path != _OLD, exists(select(change.c.id)))
        .values(
            path=moved(P.path, _OLD, _NEW),
            parent=moved(P.parent, _OLD, _NEW),
            full_name=_NAMED,
            version=P.version + 1,
        )
        .cte("below")
    )


MOVED = Change(
    SCHEMA,
    update(PLACES)
    .where(_HERE, P.path == _OLD)
    .values(path=_NEW, parent=bindparam("parent", type_=Text()), full_name=_NEW_NAME, version=P.version + 1)
    .returning(P.id),
    also=_all_below,
)
