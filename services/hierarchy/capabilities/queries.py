"""Every statement of the three lists."""

from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from services.hierarchy.capabilities.tables import LISTINGS
from services.hierarchy.schema import SCHEMA
from shared.runtime.bulk import Rebase, put
from shared.runtime.changes import Change
from shared.runtime.db import Statement
from shared.runtime.scoping import between, in_scopes

L = LISTINGS.c
_DISTRICT = bindparam("district", type_=Text())
_HERE = L.district == _DISTRICT
_THIS = and_(_HERE, L.id == bindparam("id", type_=Uuid()))
_UNCHANGED = and_(_THIS, L.version == bindparam("version", type_=Integer()))
_LIMIT = bindparam("limit", type_=Integer())


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=L[name].type) for name in names}


BY_ID = Statement(select(LISTINGS).where(_THIS))
_BORN = ("id", "kind", "step", "organisation", "path", "title", "detail", "tags", "since", "until", "need_id",
         "resource_id", "agreement_id")  # fmt: skip
CREATE = Change(SCHEMA, insert(LISTINGS).values(district=_DISTRICT, **_given(*_BORN)).returning(LISTINGS))
EDIT = Change(
    SCHEMA,
    update(LISTINGS)
    .where(_UNCHANGED)
    .values(_given("title", "detail", "tags", "since", "until") | {"version": L.version + 1})
    .returning(LISTINGS),
)
MOVE = Change(
    SCHEMA,
    update(LISTINGS)
    .where(_UNCHANGED)
    .values(step=bindparam("to_step", type_=Text()), version=L.version + 1)
    .returning(LISTINGS),
)
PUT = put(
    LISTINGS,
    ["id", "kind", "step", "organisation", "path", "title", "detail", "tags", "origin", "invented"],
    ["origin"],
    counted="version",
)
_lines = L.path == func.any(bindparam("lines", type_=ARRAY(Text())))
OFFERS = Statement(
    select(L.id, L.organisation, L.title, L.tags, L.path, L.since, L.until)
    .where(_HERE, L.kind == "resource", L.step == "open", or_(in_scopes(L.path, "scopes", "scope_ends"), _lines))
    .where(or_(L.until.is_(None), L.until >= bindparam("today", type_=Date())))
    .order_by(L.id)
    .limit(_LIMIT)
)
BUSY = Statement(
    select(L.organisation, func.count().label("count"))
    .where(_HERE, L.kind == "project", L.step == "running")
    .group_by(L.organisation)
)
_ITS = and_(_HERE, L.organisation == bindparam("organisation", type_=Text()))
RUNNING = Statement(select(L.id).where(_ITS, L.kind == "project", L.step == "running"))
WITHDRAW = Statement(
    update(LISTINGS)
    .where(_ITS, L.step == "open")
    .values(step="withdrawn", version=L.version + 1)
    .returning(L.id, L.kind)
)
REBASE = Rebase(LISTINGS)


@cache
def listed(filters: frozenset[str]) -> Statement:
    """A page by id, the latest first. `filters`: place (with `end`), kind, organisation, step, tag, after."""
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "place": between(L.path, "place", "end"),
        "kind": (L.kind == bindparam("kind", type_=Text()),),
        "organisation": (L.organisation == bindparam("organisation", type_=Text()),),
        "step": (L.step == bindparam("step", type_=Text()),),
        "tag": (bindparam("tag", type_=Text()) == func.any(L.tags),),
        "after": (L.id < bindparam("after", type_=Uuid()),),
    }
    return Statement(
        select(LISTINGS)
        .where(_HERE, or_(in_scopes(L.path, "scopes", "scope_ends"), _lines))
        .where(*(condition for name in sorted(filters) for condition in wanted[name]))
        .order_by(L.id.desc())
        .limit(_LIMIT)
    )
