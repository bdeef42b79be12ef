"""The queue door of loans."""

from uuid import UUID

from services.hierarchy.loans import due, service
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.FORGET)
async def forget(run: Run, loan_id: str, step: str = "returned") -> None:
    """Who had it is forgotten, if it still is as it was when that was decided."""
    async with run.work() as work:
        await service.forget(work, UUID(loan_id), step)
