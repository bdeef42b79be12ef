"""Use cases of places."""

from collections.abc import Iterable
from typing import Any

from services.hierarchy.places import queries as q
from services.hierarchy.places.rules import Known, is_path, plant
from services.hierarchy.places.views import DistrictView, KindCount, PlaceView
from shared.kernel.errors import CursorInvalid, Forbidden, NotFound
from shared.kernel.paths import after, covers
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Database, Row, fetch_all
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
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


def admit(caller: Principal, permission: Permission, path: str) -> None:
    """Raises NotFound outside every place the caller has anything to do with, Forbidden without the right inside."""
    if not any(covers(grant.place, path) for grant in caller.grants):
        raise NotFound
    if not caller.may(permission, path):
        raise Forbidden


async def seen(work: Work, code: str, permission: Permission = Permission.PLACES_READ) -> Row:
    """The place, if the caller may see it. NotFound, Forbidden."""
    row = await work.one(q.BY_CODE, code=code)
    if row is None:
        raise NotFound
    admit(work.actor, permission, row["path"])
    return row


async def by_code(work: Work, code: str) -> Row | None:
    """The place, whoever asks."""
    return await work.one(q.BY_CODE, code=code)


async def by_paths(work: Work, paths: Iterable[str]) -> dict[str, Row]:
    """Places by path."""
    return {row["path"]: row for row in await work.all(q.BY_PATHS, paths=list(paths))}


async def children(work: Work, code: str, cursor: str | None, limit: int) -> Page[PlaceView]:
    """The places directly below one, by path."""
    place = await seen(work, code)
    begin = _after(cursor, place["path"])
    rows = await work.all(q.CHILDREN, parent=place["path"], after=begin, limit=limit + 1)
    return _page(rows, limit)


async def subtree(work: Work, code: str, kind: str | None, cursor: str | None, limit: int) -> Page[PlaceView]:
    """All places below one, by path."""
    place = await seen(work, code)
    begin, wanted = _after(cursor, place["path"]), {} if kind is None else {"kind": kind}
    statement = q.subtree(of_kind=kind is not None)
    rows = await work.all(statement, after=begin, end=after(place["path"]), limit=limit + 1, **wanted)
    return _page(rows, limit)


async def counts(work: Work, path: str) -> list[KindCount]:
    """What lies below a place, by kind, the widest kinds first."""
    rows = await work.all(q.COUNTS, path=path, end=after(path))
    return [KindCount(**row) for row in rows]


def shown(row: Row) -> PlaceView:
    """A place as clients see it."""
    return PlaceView(**{name: row[name] for name in PlaceView.model_fields})


def _after(cursor: str | None, path: str) -> str:
    key = decode(cursor, str)
    if key is None:
        return path
    if not is_path(key[0]):
        raise CursorInvalid
    return max(str(key[0]), path)


def _page(rows: list[Row], limit: int) -> Page[PlaceView]:
    more = encode(rows[limit - 1]["path"]) if len(rows) > limit else None
    return Page(items=[shown(row) for row in rows[:limit]], next=more)


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
