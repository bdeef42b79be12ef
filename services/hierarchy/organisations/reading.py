"""Organisations as people see them: lists, one of them today or on a day, its history, trees of a family."""

from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.organisations import queries as q
from services.hierarchy.organisations import views
from services.hierarchy.organisations.rules import FAMILIES, Family, tree
from services.hierarchy.organisations.service import READ, by_ids, scoped, seen, touches
from services.hierarchy.places import service as places
from shared.kernel.errors import Forbidden, NotFound, UnknownPlace
from shared.kernel.paths import after, chain
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

MOST_NODES, MOST_STATES = 2000, 200


async def page(
    work: Work,
    *,
    family: Family | None,
    kind: str | None,
    around: str | None = None,
    on: date | None,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[views.OrganisationSummary]:
    """A page by code. `filters`: place (a code), parent, named. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    kinds = [kind] if kind else list(FAMILIES[family]) if family else None
    above = await _line(work, around) if around else None
    wanted = await places.placed(work, filters | {"kinds": kinds, "around": above})
    key = decode(cursor, str)
    statement = q.listed(frozenset(wanted) - {"end"}, then=on is not None)
    values = wanted | scoped(work.actor) | {"after": key[0] if key else "", "limit": limit + 1, "on": on}
    rows = await work.all(statement, **values)
    found = await places.by_paths(work, {row["path"] for row in rows[:limit] if row["path"]})
    items = [views.OrganisationSummary(**views.fields(row, found.get(row["path"]))) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].code) if len(rows) > limit else None)


async def _line(work: Work, code: str) -> list[str]:
    """The paths of a place and of those around it. UnknownPlace, Forbidden."""
    try:
        return chain((await places.seen(work, code, READ))["path"])
    except NotFound as error:
        raise UnknownPlace(place=code) from error


async def shown(work: Work, code: str, on: date | None = None) -> views.OrganisationView:
    """An organisation as it is, or as it was on a day. NotFound (also on a day when it was not), Forbidden."""
    now = await seen(work, code)
    row = now if on is None else await work.one(q.AS_OF, code=code, on=on)
    if row is None:
        raise NotFound
    above = await work.all(q.LINE, code=row["parent"]) if row["parent"] else []
    found = await places.by_paths(work, [row["path"]] if row["path"] else [])
    return views.OrganisationView(
        **views.fields(row, found.get(row["path"])),
        id=now["id"],
        attributes=row["attributes"],
        version=now["version"],
        line=[one["code"] for one in above],
    )


async def by_id(work: Work, organisation: UUID) -> views.OrganisationView:
    """The same by id, for a repeated request. NotFound."""
    row = (await by_ids(work, [organisation])).get(organisation)
    if row is None:
        raise NotFound
    return await shown(work, row["code"])


async def history(work: Work, code: str) -> list[views.OrganisationSummary]:
    """What it was from when to when, the latest first. NotFound, Forbidden."""
    row = await seen(work, code)
    states = await work.all(q.HISTORY, id=row["id"], limit=MOST_STATES)
    found = await places.by_paths(work, {one["path"] for one in states if one["path"]})
    return [views.OrganisationSummary(**views.fields(one, found.get(one["path"]))) for one in states]


async def trees(work: Work, place: str, family: Family, on: date | None) -> views.OrganisationTree:
    """The organisations of a family at a place and below as trees. NotFound, Forbidden."""
    top = await places.seen(work, place)
    if not touches(work.actor, top["path"]):
        raise Forbidden(permission=READ.value)
    values = {"place": top["path"], "end": after(top["path"]), "kinds": list(FAMILIES[family]), "on": on}
    statement = q.listed(frozenset({"place", "kinds"}), then=on is not None)
    rows = await work.all(statement, **values, **scoped(work.actor), after="", limit=MOST_NODES + 1)
    kept = rows[:MOST_NODES]
    found: dict[str, Any] = await places.by_paths(work, {row["path"] for row in kept if row["path"]})
    roots = [views.node(one, found) for one in tree(dict(row) for row in kept)]
    return views.OrganisationTree(on=on or work.today, count=len(kept), complete=len(rows) <= MOST_NODES, roots=roots)
