"""The queue door of swaps."""

from uuid import UUID

from services.hierarchy.schema import JOBS
from services.hierarchy.swaps import due, service
from shared.runtime.jobs import Run


@JOBS.handles(due.LAPSE)
async def lapse(run: Run, swap_id: str) -> None:
    """Nobody answered in time."""
    async with run.work() as work:
        await service.lapse(work, UUID(swap_id))
