"""The queue door of rosters."""

from uuid import UUID

from services.hierarchy.rosters import due, turns
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.LEAVE)
async def leave(run: Run, roster_id: str, person_id: str, successor_id: str) -> None:
    """Somebody's turns are another's from today on."""
    async with run.work() as work:
        await turns.retire(work, UUID(roster_id), UUID(person_id), UUID(successor_id))
