"""The queue door of bookings."""

from uuid import UUID

from services.hierarchy.bookings import due, service
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.LAPSE)
async def lapse(run: Run, booking_id: str) -> None:
    """Nobody decided in time."""
    async with run.work() as work:
        await service.lapse(work, UUID(booking_id))
