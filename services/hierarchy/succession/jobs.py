"""The queue door of appointments: the last day in office, and the last day of a term."""

from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.appointments.due import EXPIRE
from services.hierarchy.schema import JOBS
from services.hierarchy.succession import due, hanging, service
from services.hierarchy.succession.filling import midnight
from services.hierarchy.succession.rules import DAY
from shared.runtime.db import Row
from shared.runtime.jobs import Run, has_come

_NOTHING = hanging.Hanging(0, 0, 0)


async def _known(run: Run, appointment: str) -> Row | None:
    async with run.reading() as work:
        return await appointments.by_id(work, UUID(appointment))


@JOBS.handles(due.SETTLE)
async def settle(run: Run, appointment_id: str) -> None:
    """Tickets and events first, then what hangs on it here, and the end; without a successor it is asked what hangs."""
    row = await _known(run, appointment_id)
    leaving = row is not None and row["step"] != "ended" and row["until"] is not None
    load = _NOTHING
    if row is not None and leaving:
        since = row["until"] + DAY
        async with run.reading() as work:
            leaving = has_come(midnight(row["until"]), work.now)
            within = await hanging.reach(work, row, since)
            if leaving and row["successor_id"] is None:
                load = await hanging.left_behind(work, run.service.clients["tickets"], row, max(since, work.today))
        if leaving and row["successor_id"] is not None:
            await hanging.order(run.service.clients, run.district, row, within, str(run.job_id))
    async with run.work() as work:
        if row is not None and leaving:
            await service.settle(work, row, load)


@JOBS.handles(EXPIRE)
async def expire(run: Run, appointment_id: str) -> None:
    """Asks what hangs on it, and ends it or looks again tomorrow."""
    row = await _known(run, appointment_id)
    load = _NOTHING
    if row is not None:
        async with run.reading() as work:
            load = await hanging.hanging(work, run.service.clients["tickets"], row, work.today)
    async with run.work() as work:
        if row is not None:
            await service.expire(work, row, load)
