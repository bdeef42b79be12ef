"""Organisations as people see them: lists, one of them today or on a day, its history, trees of a family."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.organisations import past_queries as q
from services.hierarchy.organisations import views
from services.hierarchy.organisations.rules import FAMILIES, Family, tree
from services.hierarchy.organisations.service import READ, by_ids, scoped, seen, touches
from services.hierarchy.places import history
from services.hierarchy.places import reading as at
from shared.kernel.errors import Forbidden, NotFound, UnknownPlace
from shared.kernel.paths import after
from shared.kernel.rights import Permission
from shared.runtime.db import Row
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
    above = await _around(work, around, on) if around else None
    key = decode(cursor, str)
    rows = await listed(work, filters | {"kinds": kinds, "around": above}, on, key[0] if key else "", limit + 1)
    found = await _places(work, rows[:limit], on)
    items = [views.OrganisationSummary(**views.fields(row, found.get(row["path"]))) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].code) if len(rows) > limit else None)


async def listed(work: Work, filters: dict[str, Any], on: date | None, after: str, limit: int) -> list[Row]:
    """Those that the caller may see, by code: as they are, or as they were on a day. UnknownPlace."""
    wanted = await at.placed(work, filters, on)
    statement = q.listed(frozenset(wanted) - {"end", "ends"}, then=on is not None)
    return await work.all(statement, **wanted, **scoped(work.actor), after=after, limit=limit, on=on)


async def on_day(work: Work, code: str, on: date) -> Row | None:
    """What an organisation was on a day, whoever asks."""
    return await work.one(q.AS_OF, code=code, on=on)


async def _around(work: Work, code: str, on: date | None) -> list[str]:
    """The paths of a place and of those around it, on a day. UnknownPlace (also of one that is gone), Forbidden."""
    try:
        return list(await at.line(work, code, on or work.today, READ))
    except NotFound as error:
        raise UnknownPlace(place=code) from error


async def _places(work: Work, rows: Iterable[Row], on: date | None) -> dict[str, Row]:
    """The places of organisations by path, as they were called on the day."""
    return await history.called(work, {row["path"] for row in rows if row["path"]}, on or work.today)


async def facts(work: Work, within: dict[str, list[str]], on: date) -> list[Row]:
    """As `service.facts`, of those that were at home on a day in what lay in a place then."""
    return await work.all(q.FACTS_THEN, **within, on=on)


async def shown(work: Work, code: str, on: date | None = None) -> views.OrganisationView:
    """An organisation as it is, or as it was on a day. NotFound (also on a day when it was not), Forbidden."""
    now = await seen(work, code)
    row = now if on is None else await on_day(work, code, on)
    if row is None:
        raise NotFound
    line = q.LINE if on is None else q.LINE_THEN
    above = await work.all(line, code=row["parent"], on=on) if row["parent"] else []
    found = await _places(work, [row], on)
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


async def history_of(work: Work, code: str) -> list[views.OrganisationSummary]:
    """What it was from when to when, the latest first. NotFound, Forbidden."""
    row = await seen(work, code)
    states = await work.all(q.HISTORY, id=row["id"], limit=MOST_STATES)
    found = await _places(work, states, None)
    return [views.OrganisationSummary(**views.fields(one, found.get(one["path"]))) for one in states]


async def trees(work: Work, place: str, family: Family, on: date | None) -> views.OrganisationTree:
    """The organisations of a family at a place and below as trees. NotFound, Forbidden, PlaceGone."""
    day = on or work.today
    top = next(iter(await at.line(work, place, day, Permission.PLACES_READ)))
    if not touches(work.actor, top):
        raise Forbidden(permission=READ.value)
    where = {"place": top, "end": after(top)} if on is None else await at.within_path(work, top, on)
    values = where | {"kinds": list(FAMILIES[family]), "on": on}
    statement = q.listed(frozenset(values) - {"end", "ends", "on"}, then=on is not None)
    rows = await work.all(statement, **values, **scoped(work.actor), after="", limit=MOST_NODES + 1)
    kept = rows[:MOST_NODES]
    found = await _places(work, kept, on)
    roots = [views.node(one, found) for one in tree(dict(row) for row in kept)]
    return views.OrganisationTree(on=day, count=len(kept), complete=len(rows) <= MOST_NODES, roots=roots)
