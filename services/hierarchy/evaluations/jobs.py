"""The queue door of evaluations."""

from uuid import UUID

from services.hierarchy.evaluations import due, service
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.LAPSE)
async def lapse(run: Run, evaluation_id: str) -> None:
    """Its last day is over."""
    async with run.work() as work:
        await service.lapse(work, UUID(evaluation_id))
