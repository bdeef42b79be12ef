"""The import's use case: one district's rows into its tree, all or nothing."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.hierarchy.places import history, service
from services.hierarchy.places import past_queries as past
from services.hierarchy.places import queries as q
from services.hierarchy.places.tree import Fault, Given, Growth, Place, Standing, grow
from shared.kernel.paths import WIDTH
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.work import Work

CHUNK = 2000


class DistrictRefusedError(ValueError):
    """Rows that cannot be; nothing of the district was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class Imported(NamedTuple):
    """How many places were added, changed (their kind, name or full name), and stood so already."""

    added: int
    changed: int
    unchanged: int


async def import_places(work: Work, given: list[Given], *, dry_run: bool = False) -> Imported:
    """Grows the district's tree by the given rows; a place that is not given stays. Raises DistrictRefusedError.

    The same rows again write nothing, not even a journal row. `dry_run` only says what would happen.
    """
    names = {row.parent: row.name for row in given if row.parent is None}
    name = names.get(None)
    there = await service.district_name(work) if dry_run else await _enter(work, name)
    standing = {row["code"]: _standing(row) for row in await work.all(q.KNOWN)}
    gone = {row["code"] for row in await work.all(past.GONE_CODES)}
    growth = grow(work.district, given, standing, gone)
    if growth.faults:
        raise DistrictRefusedError(growth.faults)
    touched = {place.code for place in growth.changed}
    unchanged = sum(row.code in standing and row.code not in touched for row in given)
    done = Imported(len(growth.new), len(growth.changed), unchanged)
    if not dry_run and (growth.new or growth.changed):
        await _write(work, growth, standing)
        entry = Entry("district", "import", data={"added": done.added, "changed": done.changed})
        await work.write(q.IMPORTED, entry, name=name or there)
    return done


async def _enter(work: Work, name: str | None) -> str | None:
    """Locks the district, made if need be; its name."""
    await work.begin()
    row = await service.lock(work)
    if row is not None:
        there: str = row["name"]
        return there
    if name is not None:
        await service.enter_district(work, name)
    return name


async def _write(work: Work, growth: Growth, standing: Mapping[str, Standing]) -> None:
    other = [
        place.code
        for place in growth.changed
        if (place.kind, place.name) != (standing[place.code].kind, standing[place.code].name)
    ]
    if other:
        await work.all(past.REMEMBER_CODES, codes=other, at=await history.clock(work))
    added = {place.code for place in growth.new}
    for rows in _chunks(growth.new):
        await work.one(q.ADD, rows=[_row(place, growth.next_child) for place in rows])
    for rows in _chunks(growth.changed):
        await work.one(q.RENAME, rows=[place._asdict() for place in rows])
    grown = [{"code": code, "next_child": count} for code, count in growth.next_child.items() if code not in added]
    if grown:
        await work.all(q.COUNT_ON, rows=grown)


def _row(place: Place, next_child: Mapping[str, int]) -> dict[str, Any]:
    return {
        **place._asdict(),
        "id": new_id(),
        "parent": place.path[:-WIDTH] or None,
        "next_child": next_child.get(place.code, 1),
    }


def _chunks(places: list[Place]) -> Iterable[list[Place]]:
    return (places[start : start + CHUNK] for start in range(0, len(places), CHUNK))


def _standing(row: Row) -> Standing:
    return Standing(row["path"], row["name"], row["full_name"], row["next_child"], row["kind"])
