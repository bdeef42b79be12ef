"""The queue door of visits: a need that was found becomes an appeal."""

from uuid import UUID

from services.hierarchy.schema import JOBS
from services.hierarchy.visits import due, service
from shared.runtime.jobs import Run
from shared.schemas.base import View


class Taken(View):
    """What is read of tickets' answer."""

    id: UUID
    number: str


@JOBS.handles(due.APPEAL)
async def appeal(run: Run, need_id: str) -> None:
    """Has tickets take the need as an appeal; this job's id keeps it from being taken twice."""
    async with run.reading() as work:
        need = await service.need(work, UUID(need_id))
    if need is None or need["appeal_number"] is not None:
        return
    body = {
        **{name: need[name] for name in ("title", "content", "category", "place")},
        "channel": "visit",
        "on_behalf_of": {},
        "collected_at": need["visited_at"].isoformat(),
    }
    client = run.service.clients["tickets"]
    visitor = str(need["visitor_id"])
    taken = await client.post("appeals", run.district, body, idempotency_key=str(run.job_id), model=Taken, act=visitor)
    async with run.work() as work:
        await service.became(work, UUID(need_id), taken.id, taken.number)
