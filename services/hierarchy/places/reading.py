"""Places found by their names, and what lay in one on a day gone by."""

from datetime import date
from typing import Any

from services.hierarchy.places import history, service
from services.hierarchy.places import past_queries as past
from services.hierarchy.places import queries as q
from services.hierarchy.places.rules import HOUSEHOLD, lay_in, like
from shared.kernel.errors import UnknownPlace
from shared.kernel.paths import after, chain
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

MOST_HOMES = 20_000  # a large community


async def search(work: Work, code: str, name: str, kind: str | None, limit: int) -> list[PlaceRef]:
    """At a place and below, the best match first; homes only where they are asked for. NotFound, Forbidden."""
    top, words = await service.seen(work, code), name.split()
    if not words:
        return []
    values = {"path": top["path"], "end": after(top["path"]), "pattern": like(words), "name": "".join(words)}
    if kind == HOUSEHOLD:
        homes = service.homes_of(work.actor)
        rows = await work.all(q.homes_named(homes=not homes), **values, **homes, most=MOST_HOMES, limit=limit)
    else:
        wanted = {} if kind is None else {"kind": kind}
        rows = await work.all(q.shared_named(of_kind=kind is not None), **values, **wanted, limit=limit)
    return [PlaceRef(**row) for row in rows]


# --- on a day ----------------------------------------------------------------------------------------------------


async def line(work: Work, code: str, on: date, permission: Permission) -> dict[str, str]:
    """A place and those around it on a day, nearest first: their codes, by where they lie today. NotFound, Forbidden,
    PlaceGone.
    """
    if on < work.today and await history.changed_since(work, code, on):
        ids = [was.id for was in await history.line_on(work, code, on, permission)]
        now = await history.today_of(work, ids)
        return {now[id_]["path"]: now[id_]["code"] for id_ in ids}
    paths_above = chain((await service.seen(work, code, permission))["path"])
    found = await service.by_paths(work, paths_above)
    return {path: found[path]["code"] for path in paths_above if path in found}


async def within(work: Work, code: str, on: date) -> dict[str, list[str]]:
    """What lay in a place on a day, as ranges of today's paths: `within` and their `ends`, for a list that asks no
    right of its caller there. UnknownPlace (also where it was gone by then).
    """
    row = await service.by_code(work, code) or await history.gone(work, code)
    if row is None or ("gone_at" in row and row["gone_at"] < history.end_of(on)):
        raise UnknownPlace(place=code)
    return await within_path(work, row["path"], on)


async def placed(work: Work, filters: dict[str, Any], on: date | None) -> dict[str, Any]:
    """A list's filters as `service.placed` has them; the place, on a day gone by, as what lay in it then."""
    if on is None or on >= work.today:
        return await service.placed(work, filters)
    await history.settled(work, on)
    if filters.get("place") is None:
        return await service.placed(work, filters)
    rest = await service.placed(work, filters | {"place": None})
    return rest | await within(work, filters["place"], on)


async def facts(work: Work, within: dict[str, list[str]], on: date) -> list[Row]:
    """What was there on a day gone by of what lay in a place then, but single households: `code`, `path`, `kind`, and
    the `parent` in which it lay; all paths as they are today.
    """
    return await work.all(past.FACTS_THEN, **within, moment=history.end_of(on))


async def within_path(work: Work, path: str, on: date) -> dict[str, list[str]]:
    """The same of the place that lies at a path today, or lay there and is gone."""
    ranges = [(path, after(path))]
    if on < work.today:
        went = await work.all(past.WENT, moment=await history.settled(work, on))
        ranges = lay_in(path, {row["path"]: row["lay_in"] for row in went})
    return {"within": [low for low, _ in ranges], "ends": [high for _, high in ranges]}
