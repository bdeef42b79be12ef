"""Use cases of structures: a community's way of organising itself, its versions, and the figures of a place."""

from dataclasses import asdict
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import history, reading
from services.hierarchy.places import service as places
from services.hierarchy.places.rules import demographics
from services.hierarchy.places.views import ShareView
from services.hierarchy.structures import linting
from services.hierarchy.structures import queries as q
from services.hierarchy.structures.inputs import NewStructure, Trial
from services.hierarchy.structures.refusals import VersionThere
from services.hierarchy.structures.structure import Structure
from services.hierarchy.structures.views import (
    Linted,
    PlaceSummary,
    StructureSummary,
    StructureVersion,
    StructureView,
    Tried,
)
from services.hierarchy.structures.workflow import STRUCTURE, Party, label
from services.hierarchy.structures.written import read_structure
from services.hierarchy.venues import service as venues
from shared.kernel.errors import NotFound, UnknownPlace
from shared.kernel.paths import chain, covers
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.hierarchy import PlaceRef

_MANAGE = Permission.STRUCTURES_MANAGE
_DAY = timedelta(days=1)
_NEWEST = 2_147_483_647


# --- what is in force ----------------------------------------------------------------------------------------------


async def structure_at(work: Work, code: str, on: date) -> StructureView:
    """The structure in force at a place on a day: its own, or that of the nearest place above. NotFound."""
    if on < work.today:
        return await _structure_then(work, code, on)
    place = await places.seen(work, code)
    row = await in_force(work, place["path"], on)
    if row is None:
        raise NotFound
    where = (await places.by_paths(work, [row["path"]]))[row["path"]]
    return StructureView(
        place=PlaceRef(**where), version=row["version"], in_force=row["in_force"], document=row["document"]
    )


async def _structure_then(work: Work, code: str, on: date) -> StructureView:
    """By the tree as it was: the place, or what it lay in, may have moved since, or be gone."""
    line = await history.line_on(work, code, on, Permission.PLACES_READ)
    now = await history.today_of(work, [was.id for was in line])
    for was in line:
        if row := await work.one(q.IN_FORCE, paths=[now[was.id]["path"]], on=on):
            where = {"code": now[was.id]["code"], "path": was.path, "kind": was.kind, "name": was.name}
            return StructureView(
                place=PlaceRef(**where, full_name=was.full_name),
                version=row["version"],
                in_force=row["in_force"],
                document=row["document"],
            )
    raise NotFound


async def _in_force_then(work: Work, code: str, on: date) -> Row | None:
    """The version that held at a place on a day gone by, by the tree as it was."""
    for path in await reading.line(work, code, on, Permission.PLACES_READ):
        if row := await work.one(q.IN_FORCE, paths=[path], on=on):
            return row
    return None


async def in_force(work: Work, path: str, on: date) -> Row | None:
    """The version that holds at a path on a day, whoever asks."""
    return await work.one(q.IN_FORCE, paths=chain(path), on=on)


def parsed(row: Row) -> Structure:
    """What a version says. Kept by its words, not by its id: a data file may say the same version anew."""
    return _parsed(orjson.dumps(row["document"]))


@lru_cache(maxsize=64)
def _parsed(document: bytes) -> Structure:
    return Structure.model_validate_json(document)


async def hold_in_force(work: Work, path: str, on: date) -> Row | None:
    """As `in_force`, and all versions of its place are held until the work ends.

    For whoever counts what is there before adding to it: two who would both fit alone come one after the other.
    """
    await work.begin()
    row = await in_force(work, path, on)
    if row is None:
        return None
    await work.all(q.HOLD, path=row["path"])
    return await in_force(work, path, on)  # another may have taken over until the hold was there


async def post_kind(work: Work, path: str, key: str, on: date) -> tuple[Structure, Any] | None:
    """The structure in force and its post of that key (None, if it has none), whoever asks."""
    row = await in_force(work, path, on)
    if row is None:
        return None
    structure = parsed(row)
    return structure, structure.post(key)


async def summary(work: Work, code: str, on: date) -> PlaceSummary:
    """The figures of a place, read from the rows."""
    await history.settled(work, on)
    place = await places.seen(work, code)
    path, below = place["path"], await places.counts(work, place["path"])
    then = await reading.within_path(work, path, on) if on < work.today else None
    homes = next((n for n in (place["households"], *(kind.households for kind in below)) if n is not None), None)
    return PlaceSummary(
        place=places.shown(place),
        on=on,
        demographics=[ShareView(**asdict(one)) for one in demographics(place["attributes"], place["residents"])],
        places=below,
        organisations=await organisations.counts(work, path),
        posts=await appointments.counts(work, path, on, homes, then),
        people=await people.counts(work, path),
        venues=await venues.counts(work, path),
        sample_households=await households.samples(work, path),
    )


# --- versions ------------------------------------------------------------------------------------------------------


async def upload(work: Work, given: NewStructure) -> StructureVersion:
    """Keeps a structure as a draft. StructureInvalid, UnknownPlace, Forbidden, VersionThere."""
    work.actor.demand(_MANAGE)
    structure = read_structure(given.text, given.format)
    await places.lock(work)  # the place keeps its path until it is written down here
    place = await _managed(work, structure.place)
    document = structure.model_dump(mode="json")
    data = {"place": structure.place, "number": structure.version, "name": structure.name}
    held = await work.all(q.HOLD, path=place["path"])
    if any(row["version"] == structure.version for row in held):
        raise VersionThere(place=structure.place, number=structure.version)
    row = await work.write(
        q.UPLOAD,
        Entry("structure", "structure.upload", after=STRUCTURE.first, data=data),
        id=new_id(),
        path=place["path"],
        version=structure.version,
        step=STRUCTURE.first,
        in_force=structure.in_force,
        document=document,
    )
    if row is None:  # somebody else's came in between
        raise VersionThere(place=structure.place, number=structure.version)
    return await version(work, row["id"])


async def versions(work: Work, code: str, cursor: str | None, limit: int) -> Page[StructureSummary]:
    """A place's own versions, the newest first. NotFound, Forbidden."""
    place = await places.seen(work, code)
    key = decode(cursor, int)
    rows = await work.all(q.VERSIONS, path=place["path"], before=key[0] if key else _NEWEST, limit=limit + 1)
    items = [StructureSummary(**_shown(row, row["name"], work.today)) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].number) if len(rows) > limit else None)


async def version(work: Work, id_: UUID) -> StructureVersion:
    """One version with its document. NotFound, Forbidden."""
    row, place = await seen(work, id_)
    return StructureVersion(
        **_shown(row, row["document"]["name"], work.today),
        place=PlaceRef(**{name: place[name] for name in PlaceRef.model_fields}),
        document=row["document"],
        moves=STRUCTURE.open_moves(row["step"], parties(work, row), facts(work, row)),
    )


# --- the linter ----------------------------------------------------------------------------------------------------


async def lint(work: Work, code: str, on: date, rule: str | None, cursor: str | None, limit: int) -> Linted:
    """The structure in force at a place, held against what is there. NotFound, Forbidden."""
    await history.settled(work, on)
    place = await places.seen(work, code, Permission.PEOPLE_READ)
    now = on >= work.today
    row = await (in_force(work, place["path"], on) if now else _in_force_then(work, code, on))
    if row is None:
        raise NotFound
    found = await linting.check(work, parsed(row), place["path"], on)
    return linting.page(found, place, rule, cursor, limit)


async def lint_version(work: Work, id_: UUID, on: date, rule: str | None, cursor: str | None, limit: int) -> Linted:
    """Any version, held against what is there. NotFound, Forbidden."""
    await history.settled(work, on)
    row, place = await seen(work, id_, _MANAGE)
    found = await linting.check(work, parsed(row), row["path"], on)
    return linting.page(found, place, rule, cursor, limit)


async def what_if(work: Work, given: Trial) -> Tried:
    """What would be if. NotFound, Forbidden, StructureInvalid, UnknownInChange; nothing is written."""
    place = await places.seen(work, given.place, Permission.PEOPLE_READ)
    row = await in_force(work, place["path"], work.today)
    wanted = read_structure(given.text, given.format) if given.text is not None else None
    now = parsed(row) if row is not None else wanted
    if now is None:
        raise NotFound
    before = await linting.check(work, now, place["path"], work.today)
    return linting.tried(before, wanted or now, given.changes, place)


# --- rows ----------------------------------------------------------------------------------------------------------


async def _managed(work: Work, code: str) -> Row:
    place = await places.by_code(work, code)
    if place is None or not work.actor.may(_MANAGE, place["path"]):
        raise UnknownPlace(place=code)
    return place


async def seen(work: Work, id_: UUID, permission: Permission = Permission.PLACES_READ) -> tuple[Row, Row]:
    """The version and its place; a draft is there for those who run structures. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=id_)
    if row is None or not any(covers(grant.place, row["path"]) for grant in work.actor.grants):
        raise NotFound
    work.actor.demand(permission, row["path"])
    place = await places.at(work, row["path"])
    if place is None:  # it was closed, or merged into another, which has a structure of its own
        raise NotFound
    return row, place


def parties(work: Work, row: Row) -> frozenset[Party]:
    return frozenset({Party.MANAGER} if work.actor.may(_MANAGE, row["path"]) else ())


def facts(work: Work, row: Row) -> frozenset[str]:
    """What opens or shuts a move of a version."""
    return frozenset({"waiting"} if row["in_force"] > work.today else ())


def _shown(row: Row, name: str, today: date) -> dict[str, Any]:
    said = label(row["step"], row["in_force"], row["until"], today)
    kept = {key: row[key] for key in ("id", "step", "in_force", "until", "created_at")}
    return {**kept, "number": row["version"], "version": row["revision"], "name": name, "step_label": said}


# --- for the loader and for moves ----------------------------------------------------------------------------------


async def put(work: Work, path: str, version: int, document: dict[str, Any]) -> int:
    """Writes a version of a structure, which takes over from older ones, today at the earliest; 1 if it is new or
    differs.
    """
    held, since = await work.all(q.HOLD, path=path), date.fromisoformat(document["in_force"])
    if any(row["version"] < version and row["step"] == "active" for row in held):
        since = max(since, work.today)
    row = {"id": new_id(), "path": path, "version": version, "in_force": str(since), "document": document}
    written = len(await work.all(q.PUT, rows=[row]))
    await work.all(q.OUTDATE, path=path, version=version, last_day=since - _DAY)
    return written


rebase = q.REBASE
