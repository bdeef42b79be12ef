"""The queue door of notices. Adapters that push (SMS, WeChat) will stand here too."""

from uuid import UUID

from services.events.notices import service
from services.events.notices.rules import Kind
from services.events.registrations import due
from services.events.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.TELL)
async def tell(run: Run, registration_id: str, what: str) -> None:
    """Writes the notice; its id is the job's, so that it is written once."""
    async with run.work() as work:
        await service.write(work, run.job_id, UUID(registration_id), Kind(what))
