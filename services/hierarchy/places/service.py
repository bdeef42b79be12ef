"""Use cases of places."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import orjson

from services.hierarchy.places import admission, history
from services.hierarchy.places import past_queries as past
from services.hierarchy.places import queries as q
from services.hierarchy.places.refusals import PlaceCodeTaken
from services.hierarchy.places.rules import Known, is_path, plant
from services.hierarchy.places.views import DistrictView, FoundPlaces, KindCount, PlaceView
from shared.kernel.errors import CursorInvalid, Forbidden, NotFound
from shared.kernel.paths import ROOT, WIDTH, after
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Database, Row, fetch_all
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.service import Service
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.hierarchy import PlaceRef

admit, own = admission.admit, admission.own
at, within_reach, meant, placed = admission.at, admission.within_reach, admission.meant, admission.placed
CHUNK = 2000
_BATCH = 1000


async def districts(db: Database) -> list[DistrictView]:
    """Every district of this server; public."""
    async with db.connection() as connection:
        rows = await fetch_all(connection, q.ALL_DISTRICTS)
    return [DistrictView(code=row["district"], name=row["name"]) for row in rows]


async def district_name(work: Work) -> str | None:
    """The name of the caller's district, or None where there is no such district here."""
    row = await work.one(q.DISTRICT)
    return None if row is None else row["name"]


async def seen(work: Work, code: str, permission: Permission = Permission.PLACES_READ, *, follow: bool = False) -> Row:
    """The place, if the caller may see it. NotFound, Forbidden; PlaceGone for one that is gone.

    `follow`: of one that is gone the first that took over, if there is any.
    """
    row = await work.one(q.BY_CODE, code=code)
    if row is None and follow:
        row = await _heir(work, code, permission)
    if row is None:
        await history.missing(work, code, permission)
        raise NotFound
    admit(work.actor, permission, row["path"], row["kind"])
    return row


async def _heir(work: Work, code: str, permission: Permission) -> Row | None:
    left = await history.gone(work, code)
    if left is None:
        return None
    admit(work.actor, permission, left["path"], left["kind"])
    codes = await history.heirs(work, left)
    found = {row["code"]: row for row in await work.all(q.BY_CODES, codes=codes)}
    return next((found[code] for code in codes if code in found), None)


async def look_up(work: Work, codes: list[str]) -> FoundPlaces:
    """Many places at once, as far as the caller may see them: one statement, and a few more for those that are gone."""
    asked = list(dict.fromkeys(codes))
    found = {row["code"]: row for row in await work.all(q.BY_CODES, codes=asked)}
    missing = [code for code in asked if code not in found]
    left = {row["code"]: row for row in await history.gone_among(work, missing)} if missing else {}
    shown_to = {code for code, row in (found | left).items() if visible(work.actor, row)}
    return FoundPlaces(
        places=[PlaceRef(**{name: found[code][name] for name in PlaceRef.model_fields}) for code in asked
                if code in found and code in shown_to],
        gone=await history.gone_refs(work, [left[code] for code in asked if code in left and code in shown_to]),
        unknown=[code for code in asked if code not in shown_to],
    )  # fmt: skip


def visible(caller: Principal, row: Row) -> bool:
    try:
        admit(caller, Permission.PLACES_READ, row["path"], row["kind"])
    except (NotFound, Forbidden):
        return False
    return True


async def export(work: Work, running: Service, code: str, kind: str | None) -> AsyncIterator[bytes]:
    """The place and all below it, line by line; no connection is held between the batches."""
    top = await seen(work, code)
    homes = homes_of(work.actor)
    wanted = homes if kind is None else {**homes, "kind": kind}
    statement = q.subtree(of_kind=kind is not None, homes=not homes)

    async def lines() -> AsyncIterator[bytes]:
        if kind in (None, top["kind"]):
            yield _line(top)
        after_it = ""
        while True:
            given = {**wanted, "district": work.district, "code": code, "after": after_it, "limit": _BATCH}
            rows = [row for row in await running.db.fetch(statement, given) if row["id"] is not None]
            yield b"".join(map(_line, rows))
            if len(rows) < _BATCH:
                return
            after_it = rows[-1]["path"].removeprefix(rows[-1]["top"])

    return lines()


def _line(row: Row) -> bytes:
    return orjson.dumps({name: row[name] for name in PlaceView.model_fields}) + b"\n"


async def by_code(work: Work, code: str) -> Row | None:
    """The place, whoever asks."""
    return await work.one(q.BY_CODE, code=code)


async def by_id(work: Work, place: UUID) -> Row:
    """The place, whoever asks. NotFound."""
    row = await work.one(q.BY_ID, id=place)
    if row is None:
        raise NotFound
    return row


async def by_codes(work: Work, codes: Iterable[str]) -> dict[str, Row]:
    """Places by code, whoever asks."""
    wanted = list(set(codes))
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), CHUNK):
        found |= {row["code"]: row for row in await work.all(q.BY_CODES, codes=wanted[start : start + CHUNK])}
    return found


async def parent_of(work: Work, place: Row) -> Row:
    """The place that it lies in. NotFound for the district."""
    row = await work.one(q.BY_PATH, path=place["path"][:-WIDTH])
    if row is None:
        raise NotFound
    return row


async def rows_of(work: Work, ids: Iterable[UUID]) -> list[Row]:
    """Places by id, whoever asks."""
    return await work.all(q.BY_IDS, ids=list(ids))


async def rows_at(work: Work, paths: Iterable[str]) -> list[Row]:
    """Places by path, with everything known of them, whoever asks."""
    return await work.all(q.AT_PATHS, paths=list(paths))


async def directly_below(work: Work, path: str, kind: str | None, limit: int) -> list[Row]:
    """Places directly below one, of a kind or of all, whoever asks."""
    rows = await work.all(q.DIRECTLY_BELOW, path=path, limit=limit)
    return [row for row in rows if kind in (None, row["kind"])]


async def kind_below(work: Work, path: str, kind: str, cursor: str | None, limit: int) -> list[Row]:
    """A page of the places of a kind at and below one, whoever asks, in the order of the tree."""
    values = {"path": path, "end": after(path), "kind": kind, "after": _after(cursor), "limit": limit}
    return await work.all(q.KIND_BELOW, **values)


async def homes_below(work: Work, paths: list[str]) -> dict[str, int]:
    """How many households are entered as places below each of the paths; none is left out."""
    return {row["top"]: row["count"] for row in await work.all(q.HOMES_BELOW, paths=paths)}


async def by_paths(work: Work, paths: Iterable[str]) -> dict[str, Row]:
    """Places by path."""
    return {row["path"]: row for row in await work.all(q.BY_PATHS, paths=list(paths))}


async def children(work: Work, code: str, cursor: str | None, limit: int) -> Page[PlaceView]:
    """The places directly below one, by path."""
    homes = homes_of(work.actor)
    rows = await work.all(q.children(homes=not homes), code=code, after=_after(cursor), limit=limit + 1, **homes)
    return _page(work.actor, rows, limit)


async def subtree(work: Work, code: str, kind: str | None, cursor: str | None, limit: int) -> Page[PlaceView]:
    """All places below one, by path."""
    wanted = {} if kind is None else {"kind": kind}
    homes = homes_of(work.actor)
    statement = q.subtree(of_kind=kind is not None, homes=not homes)
    rows = await work.all(statement, code=code, after=_after(cursor), limit=limit + 1, **wanted, **homes)
    return _page(work.actor, rows, limit)


async def counts(work: Work, path: str) -> list[KindCount]:
    """What lies below a place, by kind, the widest kinds first."""
    rows = await work.all(q.COUNTS, path=path, end=after(path))
    return [KindCount(**row) for row in rows]


async def facts(work: Work, path: str) -> list[Row]:
    """Everything at a place and below but single households: `id`, `code`, `path`, `parent`, `kind`, `households`, …"""
    return await work.all(q.FACTS, path=path, end=after(path))


def shown(row: Row) -> PlaceView:
    """A place as clients see it."""
    return PlaceView(**{name: row[name] for name in PlaceView.model_fields})


def homes_of(caller: Principal) -> dict[str, Any]:
    """The values that say which households the caller may see; none where that is all of them."""
    scopes = caller.scopes(Permission.HOUSEHOLDS_READ)
    return {} if scopes == [ROOT] else limits("homes", "homes_end", scopes) | {"mine": own(caller)}


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


# --- changing --------------------------------------------------------------------------------------------------


async def lock(work: Work) -> Row | None:
    """Keeps moves and loads of the district away until the work ends, in a transaction that it begins where there is
    none yet; None where there is no such district.

    Who writes a path down takes it before reading the path, or before committing, and reads it again then.
    RequestInProgress while somebody else holds it.
    """
    await work.begin()
    return await work.one(q.LOCK)


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
    """Writes places (`code`, `parent_code`, `kind`, `name`, … parents first); paths by code, and how many changed.
    PlaceCodeTaken for one that was there and is gone.
    """
    given = {row["code"]: (row["name"], row["kind"]) for row in rows}
    if again := {row["code"] for row in await work.all(past.GONE_CODES)} & given.keys():
        raise PlaceCodeTaken(place="、".join(sorted(again)[:5]))
    found = await work.all(q.KNOWN)
    known = {row["code"]: Known(row["path"], row["name"], row["full_name"], row["next_child"]) for row in found}
    before = {code: place.next_child for code, place in known.items()}
    kinds = {row["code"]: row["kind"] for row in found}
    planted = plant(((r["code"], r["parent_code"], r["kind"], r["name"]) for r in rows), known, kinds)
    called = {row["code"]: (row["name"], row["kind"]) for row in found}
    renamed = [code for code, name in called.items() if given.get(code, name) != name]
    if renamed:
        await work.all(past.REMEMBER_CODES, codes=renamed, at=await history.clock(work))
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
