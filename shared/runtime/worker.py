"""The worker process of a service: listens to arq, dispatches due jobs, seals and anchors the journal.

It ends when Valkey dies under it or on SIGTERM; whoever supervises it starts it again, and everything it held is
still due in PostgreSQL.
"""

import asyncio
import faulthandler
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import structlog

from shared.runtime.anchoring import Anchoring, AnchorSettings
from shared.runtime.dispatcher import dispatch_for_ever
from shared.runtime.jobs import TIMEOUTS_S
from shared.runtime.logging import configure
from shared.runtime.queue import Doorbell
from shared.runtime.runner import run_job
from shared.runtime.sealer import seal_for_ever
from shared.runtime.service import Service

log = structlog.get_logger()
_GRACE_S = 5.0  # what runs may end
_TOLD = 3  # times that a task is told to end: libraries sometimes swallow the first
_LAST_S = 14.0  # then the process ends, whatever it is still doing


def run_worker(service: Service) -> None:
    """Runs until a signal or until Valkey is gone (then exit code 1)."""
    configure(service=f"{service.name}-worker", json=service.settings.env != "dev", level=service.settings.log_level)
    import uvloop  # noqa: PLC0415 - not on Windows

    raise SystemExit(uvloop.run(_work(service)))


async def _work(service: Service) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    stop = asyncio.create_task(stopping.wait())
    async with working(service) as parts:
        log.info("worker listens", service=service.name)
        done, _ = await asyncio.wait([stop, *parts], return_when=asyncio.FIRST_COMPLETED)
        broken = [part for part in parts if part in done]
        for part in broken:
            log.error("worker ends", part=part.get_name(), reason=type(part.exception()).__name__)
        # What hangs now is due again after its lease; a worker that cannot end, and is not replaced, helps nobody.
        faulthandler.dump_traceback_later(_LAST_S, exit=True)
    await service.close()
    return 1 if broken else 0


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """All that a worker does, as tasks that go on until one breaks or the block ends. The service stays open."""
    doorbell, anchors = Doorbell(service.name, service.settings.redis_url.get_secret_value()), AnchorSettings()

    async def runner(district: str, job_id: UUID, attempt: int) -> None:
        await run_job(service, district, job_id, attempt)

    listeners = [doorbell.listener(queue, timeout, runner) for queue, timeout in TIMEOUTS_S.items()]
    parts = [
        *(asyncio.create_task(listener.async_run(), name=listener.queue_name) for listener in listeners),
        asyncio.create_task(dispatch_for_ever(service, doorbell), name="dispatcher"),
        asyncio.create_task(seal_for_ever(service), name="sealer"),
    ]
    if anchors.anchor_dir is not None:
        parts.append(asyncio.create_task(Anchoring(service, anchors).for_ever(), name="anchors"))
    try:
        yield parts
    finally:
        await _ended(parts)
        await _ended([run for listener in listeners for run in listener.tasks.values()], grace_s=_GRACE_S)
        await doorbell.close()


async def _ended(tasks: "list[asyncio.Task[None]]", grace_s: float = 0) -> None:
    """Ends them, after a grace. arq keeps a cancelled run in Valkey: the next worker begins it again at once."""
    left = set(tasks)
    if left and grace_s:
        _, left = await asyncio.wait(left, timeout=grace_s)
    for _ in range(_TOLD):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=1)
    for task in tasks:
        _ = not task.done() or task.cancelled() or task.exception()  # heard; or asyncio prints it with its traceback
