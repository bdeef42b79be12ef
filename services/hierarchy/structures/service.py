"""Use cases of structures: a community's way of organising itself, and the figures of a place."""

from datetime import date
from typing import Any

from services.hierarchy.appointments import service as appointments
from services.hierarchy.households import service as households
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.structures import queries as q
from services.hierarchy.structures.views import PlaceSummary, StructureView
from services.hierarchy.venues import service as venues
from shared.kernel.errors import NotFound
from shared.kernel.paths import after, chain
from shared.runtime.ids import new_id
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef


async def structure_at(work: Work, code: str, on: date) -> StructureView:
    """The structure in force at a place on a day: its own, or that of the nearest place above. NotFound."""
    place = await places.seen(work, code)
    row = await work.one(q.IN_FORCE, paths=chain(place["path"]), on=on)
    if row is None:
        raise NotFound
    where = (await places.by_paths(work, [row["path"]]))[row["path"]]
    return StructureView(
        place=PlaceRef(**where), version=row["version"], in_force=row["in_force"], document=row["document"]
    )


async def summary(work: Work, code: str, on: date) -> PlaceSummary:
    """The figures of a place, read from the rows."""
    place = await places.seen(work, code)
    path = place["path"]
    return PlaceSummary(
        place=places.shown(place),
        on=on,
        places=await places.counts(work, path),
        organisations=await organisations.counts(work, path),
        posts=await appointments.counts(work, path, on),
        people=await people.counts(work, path),
        venues=await venues.counts(work, path),
        sample_households=await households.samples(work, path),
    )


async def put(work: Work, path: str, version: int, document: dict[str, Any]) -> int:
    """Writes a version of a structure; 1 if it is new or differs."""
    row = {
        "id": new_id(), "path": path, "version": version, "in_force": document["in_force"], "document": document
    }  # fmt: skip
    return len(await work.all(q.PUT, rows=[row]))


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of structures."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
