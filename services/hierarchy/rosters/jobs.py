"""The queue door of rosters."""

from datetime import date
from uuid import UUID

from services.hierarchy.rosters import due, turns
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.HAND_OVER)
async def hand_over(run: Run, roster_id: str, person_id: str, successor_id: str, since: str) -> None:
    """Somebody's turns are another's from today on."""
    async with run.work() as work:
        people = UUID(person_id), UUID(successor_id)
        await turns.carry_on(work, UUID(roster_id), *people, date.fromisoformat(since))
