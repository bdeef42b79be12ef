"""The queue door of hand-overs."""

from uuid import UUID

from services.events.handovers import due, service
from services.events.schema import JOBS
from shared.runtime.jobs import Run


@JOBS.handles(due.HAND_OVER)
async def hand_over(run: Run, person_id: str, successor_id: str, within: str | None) -> None:
    """Gives activities to the successor, a few at a time."""
    async with run.work() as work:
        await service.carry_out(work, UUID(person_id), UUID(successor_id), within)
