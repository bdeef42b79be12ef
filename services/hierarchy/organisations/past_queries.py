"""The statements that tell what organisations are, or were on a day."""

from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Date, Integer, Table, Text, Uuid, and_, bindparam, func, literal, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.organisations.tables import ORGANISATIONS, STATES
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

Columns = ReadOnlyColumnCollection[str, Any]
ORG, S = ORGANISATIONS.c, STATES.c
_DISTRICT = bindparam("district", type_=Text())
_ON, _CODE = bindparam("on", type_=Date()), bindparam("code", type_=Text())
_LIMIT = bindparam("limit", type_=Integer())
_STEPS = 50  # a ring, which no door lets in, must not turn for ever


def _then(states: Columns) -> ColumnElement[bool]:
    return and_(states.since <= _ON, or_(states.until.is_(None), states.until >= _ON))


AS_OF = Statement(select(STATES).where(S.district == _DISTRICT, S.code == _CODE, _then(S)))
FACTS_THEN = Statement(
    select(S.code, S.kind, S.path).where(S.district == _DISTRICT, in_scopes(S.path, "within", "ends"), _then(S))
)
HISTORY = Statement(
    select(STATES)
    .where(S.district == _DISTRICT, S.organisation_id == bindparam("id", type_=Uuid()))
    .order_by(S.since.desc())
    .limit(_LIMIT)
)


def _line(table: Table, *, then: bool) -> Statement:
    """The codes from an organisation upwards."""
    own, above = table.c, table.alias("above")
    line = (
        select(own.code, own.parent, own.kind, literal(1, Integer()).label("step"))
        .where(own.district == _DISTRICT, own.code == _CODE, *([_then(own)] if then else []))
        .cte("line", recursive=True)
    )
    line = line.union_all(
        select(above.c.code, above.c.parent, above.c.kind, line.c.step + 1).where(
            above.c.district == _DISTRICT,
            above.c.code == line.c.parent,
            line.c.step < _STEPS,
            *([_then(above.c)] if then else []),
        )
    )
    return Statement(select(line.c.code, line.c.kind).order_by(line.c.step))


LINE, LINE_THEN = _line(ORGANISATIONS, then=False), _line(STATES, then=True)


def _touching(path: ColumnElement[str]) -> ColumnElement[bool]:
    """Within the caller's scopes, or on the line above one: what serves where somebody is."""
    lines = path == func.any(bindparam("lines", type_=ARRAY(Text())))
    return or_(in_scopes(path, "scopes", "scope_ends"), lines)


@cache
def listed(filters: frozenset[str], *, then: bool) -> Statement:
    """A page by code, of today or as of a day.

    `filters`: place (with `end`), within (with `ends`), around, kinds, parent, named.
    """
    shown = STATES if then else ORGANISATIONS
    t = shown.c
    wanted = {
        "place": and_(*between(t.path, "place", "end")),
        "within": in_scopes(t.path, "within", "ends"),
        "around": t.path == func.any(bindparam("around", type_=ARRAY(Text()))),
        "kinds": t.kind == func.any(bindparam("kinds", type_=ARRAY(Text()))),
        "parent": t.parent == bindparam("parent", type_=Text()),
        "named": func.strpos(t.name, bindparam("named", type_=Text())) > 0,
    }
    when = _then(S) if then else ORG.until.is_(None)
    return Statement(
        select(shown)
        .where(t.district == _DISTRICT, when, t.code > bindparam("after", type_=Text()), _touching(t.path))
        .where(*(wanted[name] for name in sorted(filters)))
        .order_by(t.code)
        .limit(_LIMIT)
    )
