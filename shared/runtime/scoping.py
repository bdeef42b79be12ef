"""Scope in SQL, once: how "at this place and below" and "in the caller's scopes" are said, and with which values.

A place's subtree is a range of paths (`shared.kernel.paths`). Every list that depends on where something lies takes
its condition from here and its values from `limits`; `tests/architecture/test_scoping.py` finds the one that compares
paths by itself.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from shared.kernel.paths import after, covers

_END = literal(after(""), Text())


def between(path: ColumnElement[str], low: str, high: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The path lies in the range of the two parameters: `low` is a place, `high` the end of its subtree."""
    return path >= bindparam(low, type_=Text()), path < bindparam(high, type_=Text())


def strictly_between(path: ColumnElement[str], low: str, high: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """As `between`, without the place itself."""
    return path > bindparam(low, type_=Text()), path < bindparam(high, type_=Text())


def below(path: ColumnElement[str], top: ColumnElement[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The path is that of another row, `top`, or lies below it."""
    return path >= top, path < top.concat(_END)


def beyond(path: ColumnElement[str], top: ColumnElement[str], offset: str) -> ColumnElement[bool]:
    """The path comes after `top` and the parameter `offset` behind it: how a page of a subtree follows another."""
    return path > top.concat(bindparam(offset, type_=Text()))


def in_scopes(path: ColumnElement[str], scopes: str, ends: str) -> ColumnElement[bool]:
    """The path lies below one of the scopes, given as parallel arrays of where each begins and ends."""
    ranges = (
        func.unnest(bindparam(scopes, type_=ARRAY(Text())), bindparam(ends, type_=ARRAY(Text())))
        .table_valued("low", "high", name=f"{scopes}_ranges")
        .render_derived()
    )
    return select(ranges.c.low).where(path >= ranges.c.low, path < ranges.c.high).exists()


def limits(scopes: str, ends: str, paths: Sequence[str]) -> dict[str, Any]:
    """The values for `in_scopes`."""
    return {scopes: list(paths), ends: [after(path) for path in paths]}


def cut(scopes: Sequence[str], place: str | None) -> list[str]:
    """The parts of the scopes that lie below the place (all of them, without one)."""
    if place is None:
        return list(scopes)
    return [max(scope, place, key=len) for scope in scopes if covers(scope, place) or covers(place, scope)]
