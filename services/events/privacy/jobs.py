"""The queue door of personal data."""

from uuid import UUID

from services.events.privacy import due, service
from services.events.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.ERASE)
async def erase(run: Run, person_id: str) -> None:
    """Erases what is kept about a person besides the figures."""
    async with run.work() as work:
        await service.carry_out(work, UUID(person_id))
