"""Runs one attempt of one job and writes down how it went."""

import asyncio
from uuid import UUID

import structlog

from shared.kernel.errors import LinliError, Overloaded, Unavailable
from shared.runtime import queue_statements as q
from shared.runtime.clients import RemoteProblem, RemoteUnavailable
from shared.runtime.db import Row, Statement, fetch_one
from shared.runtime.jobs import TIMEOUTS_S, Handler, JobGone, JobKind, Later, NotNow, Permanent, Run
from shared.runtime.service import Service

log = structlog.get_logger()
LOST = 50  # runs of which nobody heard again; workers die of themselves as well, so not a few
_PATIENCE_S = 4.0  # PostgreSQL is back within a second or two; a lease that is left to run out takes longer


def reason(error: BaseException) -> str:
    """What `last_error` keeps: class and code, never a message that could quote somebody's data."""
    match error:
        case LinliError():
            return f"{type(error).__name__} {error.code}"
        case RemoteProblem():
            return f"RemoteProblem {error.status} {error.code}"
        case Permanent() | Later() | RemoteUnavailable():
            return f"{type(error).__name__} {error}"[:200]
        case _:
            return type(error).__name__


async def run_job(service: Service, district: str, job_id: UUID, attempt: int) -> None:
    """Runs attempt n of a job, if it is still due and still attempt n. NotNow if the database stays away."""
    statements = q.of(service.schema)
    row = await _patiently(service, statements.load, district=district, id=job_id, attempt=attempt)
    if row is None:
        return
    known = service.registry.handlers.get(row["name"])
    if known is None:
        kind = JobKind(row["name"])
        await _failed(
            service, Run(service, district, job_id, kind, attempt, row["created_at"]), Permanent("no handler")
        )
        return
    kind, handler = known
    run = Run(service, district, job_id, kind, attempt, row["created_at"])
    with structlog.contextvars.bound_contextvars(district=district, job=kind.name, job_id=str(job_id)):
        await _attempt(run, handler, row["args"])


async def _attempt(run: Run, handler: Handler, args: dict[str, object]) -> None:
    try:
        if run.attempt > run.kind.attempts + LOST:  # it takes its worker with it, each time (out of memory, say)
            raise Permanent("its runs never come back")  # noqa: TRY301 - as any other reason why it fails
        async with asyncio.timeout(TIMEOUTS_S[run.kind.queue]):
            await handler(run, **args)
            if not run.finished:
                async with run.work():
                    pass
    except JobGone:
        return
    except Exception as error:  # noqa: BLE001 - whatever a handler raises becomes the next attempt or a dead job
        await _failed(run.service, run, error)


async def _failed(service: Service, run: Run, error: BaseException) -> None:
    final = isinstance(error, Permanent) or run.attempt >= run.kind.attempts
    expected = LinliError | RemoteProblem | RemoteUnavailable | Permanent | Later | TimeoutError
    unexpected = not isinstance(error, expected)
    log.log(40 if final else 30, "job failed", reason=reason(error), attempt=run.attempt, dead=final,
            exc_info=error if unexpected else None)  # fmt: skip
    statements = q.of(service.schema)
    values = {"district": run.district, "id": run.job_id, "attempt": run.attempt, "error": reason(error)}
    if final:
        await _patiently(service, statements.bury, **values)
    else:
        asked = error.wait_s if isinstance(error, Later) else 0
        wait = max(asked, run.kind.wait(run.attempt).total_seconds())
        await _patiently(service, statements.retry, **values, wait_s=wait)


async def _patiently(service: Service, statement: Statement, **values: object) -> Row | None:
    """Tries again while the database is away."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                try:
                    async with service.db.connection() as connection:
                        return await fetch_one(connection, statement, **values)
                except (Unavailable, Overloaded):
                    await asyncio.sleep(0.25)
    except TimeoutError:
        log.warning("job is rung again: the database is away", job_id=str(values["id"]), attempt=values["attempt"])
        raise NotNow from None
