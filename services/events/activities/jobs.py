"""The queue door of activities: their clocks."""

from uuid import UUID

from services.events.activities import due, service
from services.events.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.TURN)
async def turn(run: Run, activity_id: str) -> None:
    """Sign-up ends, it starts, it is over: by the clock, unless somebody made the move before or put it off."""
    async with run.work() as work:
        await service.turn(work, UUID(activity_id))
