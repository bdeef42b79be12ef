"""The queue door of personal data: an erasure goes on in the other services."""

from uuid import UUID

from services.hierarchy.privacy import due
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run
from shared.schemas.personal import ErasureOrder, Ordered


@JOBS.handles(due.CARRY_ON)
async def carry_on(run: Run, service: str, person_id: str, phone_indexes: list[str]) -> None:
    """Has another service erase what it holds; the job's id keeps it from doing so twice."""
    order = ErasureOrder(person_id=UUID(person_id), phone_indexes=phone_indexes)
    client = run.service.clients[service]
    await client.post("erasures", run.district, order, idempotency_key=str(run.job_id), model=Ordered)
