"""Use cases of venues."""

from typing import Any

from services.hierarchy.venues import queries as q
from services.hierarchy.venues.views import VenueCount
from shared.kernel.paths import after
from shared.runtime.ids import new_id
from shared.runtime.work import Work


async def counts(work: Work, path: str) -> list[VenueCount]:
    """Venues at a place and below, by kind."""
    return [VenueCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes venues (`code`, `path`, …); how many changed."""
    return len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows]))


async def rebase(work: Work, old: str, new: str) -> None:
    """A place moved with all below it: rewrites the paths of venues."""
    await work.one(q.REBASE, old=old, new=new, end=after(old))
