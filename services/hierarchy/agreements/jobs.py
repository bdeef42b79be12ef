"""The queue door of agreements."""

from uuid import UUID

from services.hierarchy.agreements import due, service
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.BEGIN)
async def begin(run: Run, agreement_id: str) -> None:
    """Its first day has come."""
    async with run.work() as work:
        await service.tick(work, UUID(agreement_id), "begin")


@JOBS.handles(due.REMIND)
async def remind(run: Run, agreement_id: str) -> None:
    """Its end comes near."""
    async with run.work() as work:
        await service.tick(work, UUID(agreement_id), "remind")


@JOBS.handles(due.EXPIRE)
async def expire(run: Run, agreement_id: str) -> None:
    """Its last day is over."""
    async with run.work() as work:
        await service.tick(work, UUID(agreement_id), "expire")
