"""The queue door of sessions: telling the other services which ones are over."""

from datetime import datetime

from services.hierarchy.schema import JOBS
from services.hierarchy.sessions import due
from shared.runtime.jobs import Run
from shared.schemas.sessions import EndedSessions, NotedSessions


@JOBS.handles(due.TELL)
async def tell(run: Run, service: str, sessions: list[str], until: str) -> None:
    """Has another service refuse the tokens of ended sessions. Nothing is left to do once the last has expired."""
    if datetime.fromisoformat(until) <= run.service.db.now():
        return
    body = EndedSessions.model_validate({"sessions": sessions, "until": until})
    await run.service.clients[service].post(
        "revocations", run.district, body, idempotency_key=str(run.job_id), model=NotedSessions
    )
