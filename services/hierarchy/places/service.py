"""Use cases of places."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.places import queries as q
from services.hierarchy.places.rules import HOUSEHOLD, Known, full_name, is_path, plant, why_not_move
from services.hierarchy.places.views import DistrictView, KindCount, PlaceView
from shared.kernel.errors import CannotMove, CursorInvalid, Forbidden, NotFound, PreconditionFailed, UnknownPlace
from shared.kernel.paths import ROOT, after, child, covers
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Database, Row, fetch_all
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

CHUNK = 2000


async def districts(db: Database) -> list[DistrictView]:
    """Every district of this server; public."""
    async with db.connection() as connection:
        rows = await fetch_all(connection, q.ALL_DISTRICTS)
    return [DistrictView(code=row["district"], name=row["name"]) for row in rows]


async def district_name(work: Work) -> str | None:
    """The name of the caller's district, or None where there is no such district here."""
    row = await work.one(q.DISTRICT)
    return None if row is None else row["name"]


def admit(caller: Principal, permission: Permission, path: str, kind: str) -> None:
    """Raises NotFound outside every place the caller has anything to do with, Forbidden without the right inside.

    A household is somebody's home: it is there for those who live in it and for those with `households.read`.
    """
    if not any(covers(grant.place, path) for grant in caller.grants):
        raise NotFound
    if kind == HOUSEHOLD and path not in _own(caller) and not caller.may(Permission.HOUSEHOLDS_READ, path):
        raise NotFound
    if not caller.may(permission, path):
        raise Forbidden


def _own(caller: Principal) -> list[str]:
    return [grant.place for grant in caller.grants]


async def seen(work: Work, code: str, permission: Permission = Permission.PLACES_READ) -> Row:
    """The place, if the caller may see it. NotFound, Forbidden."""
    row = await work.one(q.BY_CODE, code=code)
    if row is None:
        raise NotFound
    admit(work.actor, permission, row["path"], row["kind"])
    return row


async def by_code(work: Work, code: str) -> Row | None:
    """The place, whoever asks."""
    return await work.one(q.BY_CODE, code=code)


async def by_id(work: Work, place: UUID) -> Row:
    """The place, whoever asks. NotFound."""
    row = await work.one(q.BY_ID, id=place)
    if row is None:
        raise NotFound
    return row


async def by_paths(work: Work, paths: Iterable[str]) -> dict[str, Row]:
    """Places by path."""
    return {row["path"]: row for row in await work.all(q.BY_PATHS, paths=list(paths))}


async def children(work: Work, code: str, cursor: str | None, limit: int) -> Page[PlaceView]:
    """The places directly below one, by path."""
    homes = _homes(work.actor)
    rows = await work.all(q.children(homes=not homes), code=code, after=_after(cursor), limit=limit + 1, **homes)
    return _page(work.actor, rows, limit)


async def subtree(work: Work, code: str, kind: str | None, cursor: str | None, limit: int) -> Page[PlaceView]:
    """All places below one, by path."""
    wanted = {} if kind is None else {"kind": kind}
    homes = _homes(work.actor)
    statement = q.subtree(of_kind=kind is not None, homes=not homes)
    rows = await work.all(statement, code=code, after=_after(cursor), limit=limit + 1, **wanted, **homes)
    return _page(work.actor, rows, limit)


async def counts(work: Work, path: str) -> list[KindCount]:
    """What lies below a place, by kind, the widest kinds first."""
    rows = await work.all(q.COUNTS, path=path, end=after(path))
    return [KindCount(**row) for row in rows]


def shown(row: Row) -> PlaceView:
    """A place as clients see it."""
    return PlaceView(**{name: row[name] for name in PlaceView.model_fields})


def _homes(caller: Principal) -> dict[str, Any]:
    """The values that say which households the caller may see; none where that is all of them."""
    scopes = caller.scopes(Permission.HOUSEHOLDS_READ)
    return {} if scopes == [ROOT] else limits("homes", "homes_end", scopes) | {"mine": _own(caller)}


def _after(cursor: str | None) -> str:
    key = decode(cursor, str)
    if key is None:
        return ""
    if not is_path(key[0]):
        raise CursorInvalid
    return str(key[0])


def _page(caller: Principal, rows: list[Row], limit: int) -> Page[PlaceView]:
    if not rows:
        raise NotFound
    top = rows[0]["top"]
    admit(caller, Permission.PLACES_READ, top, rows[0]["top_kind"])
    items = [row for row in rows if row["id"] is not None]
    more = encode(items[limit - 1]["path"].removeprefix(top)) if len(items) > limit else None
    return Page(items=[shown(row) for row in items[:limit]], next=more)


# --- moving ----------------------------------------------------------------------------------------------------


class Moved(NamedTuple):
    """A place that moved: its id, and its path before and after."""

    id: UUID
    old: str
    new: str


async def lock(work: Work) -> Row | None:
    """Keeps moves and loads of the district away until the work ends; None where there is no such district.

    Who writes a path down takes it before reading the path. RequestInProgress while somebody else holds it.
    """
    return await work.one(q.LOCK)


async def move(work: Work, code: str, to: str, expected: int | None) -> Moved:
    """Gives a place and all below it new paths under another parent, and journals it.

    Only the places: whoever calls has the rows rewritten that hold their paths. NotFound, Forbidden, UnknownPlace,
    PreconditionFailed, CannotMove.
    """
    await lock(work)
    place = await seen(work, code, Permission.PLACES_MANAGE)
    if expected is not None and place["version"] != expected:
        raise PreconditionFailed
    try:
        above = await seen(work, to, Permission.PLACES_MANAGE)
    except NotFound as error:
        raise UnknownPlace(place=to) from error
    old, parent = place["path"], above["path"]
    below = await work.one(q.DEEPEST, old=old)
    depth, size = (len(old), 1) if below is None else (below["length"], below["count"])
    why = why_not_move(old, parent, depth)
    if why is not None:
        raise CannotMove(place=code, parent=to, why_zh=why[0], why_en=why[1])
    return await _move(work, place, above, size)


async def _move(work: Work, place: Row, above: Row, size: int) -> Moved:
    number = await work.one(q.TAKE_NUMBER, parent=above["path"])
    old, new = place["path"], child(above["path"], 0 if number is None else number["number"])
    over = Known(above["path"], above["name"], above["full_name"], 0)
    whole = full_name(over, above["kind"], place["name"])
    facts = {"code": place["code"], "parent": above["code"], "places": size}
    entry = Entry("place", "move", before=old, after=new, data=facts)
    names = {"old_name": place["full_name"], "new_name": whole}
    await work.write(q.MOVED, entry, old=old, new=new, parent=above["path"], **names)
    return Moved(place["id"], old, new)


# --- loading ---------------------------------------------------------------------------------------------------


async def enter_district(work: Work, name: str) -> Row:
    """The district's row, made if need be and locked until the work ends: `id`, and `content` loaded before."""
    row = await work.one(q.ENTER_DISTRICT, id=new_id(), name=name)
    if row is None:
        raise NotFound
    return row


async def loaded(work: Work, content: str, figures: dict[str, Any]) -> None:
    """Remembers what was loaded, and journals how much of it was written."""
    await work.write(q.LOADED, Entry("district", "load", data=figures), content=content)


async def put(work: Work, rows: list[dict[str, Any]]) -> tuple[dict[str, str], int]:
    """Writes places (`code`, `parent_code`, `kind`, `name`, … parents first); paths by code, and how many changed."""
    found = await work.all(q.KNOWN)
    known = {row["code"]: Known(row["path"], row["name"], row["full_name"], row["next_child"]) for row in found}
    before = {code: place.next_child for code, place in known.items()}
    kinds = {row["code"]: row["kind"] for row in found}
    planted = plant(((r["code"], r["parent_code"], r["kind"], r["name"]) for r in rows), known, kinds)
    ready = [
        {**row, "id": new_id(), "path": place.path, "parent": place.parent, "full_name": place.full_name}
        for row, place in zip(rows, planted, strict=True)
    ]
    changed = 0
    for start in range(0, len(ready), CHUNK):
        changed += len(await work.all(q.PUT, rows=ready[start : start + CHUNK]))
    grown = [
        {"code": code, "next_child": place.next_child}
        for code, place in known.items()
        if place.next_child != before.get(code, 1)
    ]
    if grown:
        await work.all(q.COUNT_ON, rows=grown)
    return {code: place.path for code, place in known.items()}, changed
