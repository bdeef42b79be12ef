"""The queue door of agreements."""

from uuid import UUID

from services.hierarchy.agreements import due, service
from services.hierarchy.agreements.rules import was_held
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run
from shared.schemas.activities import ActivityStandings


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


@JOBS.handles(due.VERIFY)
async def verify(run: Run, delivery_id: str) -> None:
    """Asks events whether the activity took place that day."""
    async with run.reading() as work:
        row = await service.unverified(work, UUID(delivery_id))
    if row is None:
        return
    events = run.service.clients["events"]
    params = {"id": [str(row["activity"])]}
    found = await events.get("activity-standings", run.district, params, model=ActivityStandings)
    held = any(was_held(one.step, one.starts_at, one.ends_at, row["day"]) for one in found.items)
    async with run.work() as work:
        await service.verified(work, row, "verified" if held else "refuted")
