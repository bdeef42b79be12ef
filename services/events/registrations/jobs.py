"""The queue door of registrations: moving up from the waiting list, and releasing all when it is called off."""

from uuid import UUID

from services.events.activities import due as activity_due
from services.events.registrations import service
from services.events.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(activity_due.SEATS_FREED)
async def move_up(run: Run, activity_id: str) -> None:
    """Gives every free seat to the head of the waiting list. Several freed seats may be filled by one run."""
    async with run.work() as work:
        await service.promote(work, UUID(activity_id))


@JOBS.handles(activity_due.CALLED_OFF)
async def release(run: Run, activity_id: str) -> None:
    """Releases everybody who signed up, some at a time."""
    async with run.work() as work:
        await service.release(work, UUID(activity_id))
