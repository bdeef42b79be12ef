"""The queue door of attachments: files that nobody names go."""

from services.tickets.attachments import due
from services.tickets.attachments import service as attachments
from services.tickets.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.SWEEP)
async def sweep(run: Run, stored_as: str) -> None:
    """Removes a file that was stored for an attachment which never came to be (a crash, a quota, a lost network)."""
    async with run.reading() as work:
        named = await attachments.is_named(work, stored_as)
    if not named:
        await _discard(run, stored_as)
    async with run.work() as work:
        await attachments.forget_days(work)


@JOBS.handles(due.DISCARD)
async def discard(run: Run, stored_as: str) -> None:
    """Removes the content of an attachment that was taken away."""
    await _discard(run, stored_as)


async def _discard(run: Run, stored_as: str) -> None:
    await attachments.files_of(run.service).store.remove(stored_as, stored_as + attachments.PREVIEW)
