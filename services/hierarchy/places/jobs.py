"""The queue door of places: telling the other services how the tree changed."""

from typing import Any

from services.hierarchy.places import due
from services.hierarchy.schema import JOBS
from shared.runtime.jobs import Run
from shared.schemas.places import NotedChange, PlaceChange


@JOBS.handles(due.TELL)
async def tell(run: Run, service: str, change: dict[str, Any]) -> None:
    """Has another service follow a change; the next one waits until this one was taken."""
    body = PlaceChange.model_validate(change)
    await run.service.clients[service].post(
        "place-changes", run.district, body, idempotency_key=str(run.job_id), model=NotedChange
    )
