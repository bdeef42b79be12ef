"""The queue door of personal data."""

from uuid import UUID

from services.tickets.privacy import due, service
from services.tickets.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.ERASE)
async def erase(run: Run, person_id: str, phone_indexes: list[str]) -> None:
    """Erases what a person reported, a few appeals at a time."""
    async with run.work() as work:
        await service.carry_out(work, run.service, UUID(person_id), phone_indexes)
