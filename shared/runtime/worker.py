"""The worker process of a service: listens to arq, dispatches due jobs, seals and anchors the journal.

It ends when Valkey dies under it or on SIGTERM; whoever supervises it starts it again, and everything it held is
still due in PostgreSQL.
"""

import asyncio
import faulthandler
import signal

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
_GRACE_S = 5.0  # what runs may end; what does not is due again after its lease
_LAST_S = 14.0  # then the process ends, whatever it is still doing


def run_worker(service: Service) -> None:
    """Runs until a signal or until Valkey is gone (then exit code 1)."""
    configure(service=f"{service.name}-worker", json=service.settings.env != "dev", level=service.settings.log_level)
    import uvloop  # noqa: PLC0415 - not on Windows

    raise SystemExit(uvloop.run(_work(service)))


async def _work(service: Service) -> int:
    anchors = AnchorSettings()
    doorbell = Doorbell(service.name, service.settings.redis_url.get_secret_value())
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async def runner(district: str, job_id: object, attempt: int) -> None:
        await run_job(service, district, job_id, attempt)  # type: ignore[arg-type]

    listeners = [doorbell.listener(queue, timeout, runner) for queue, timeout in TIMEOUTS_S.items()]
    tasks = [
        *(asyncio.create_task(listener.async_run(), name=listener.queue_name) for listener in listeners),
        asyncio.create_task(dispatch_for_ever(service, doorbell), name="dispatcher"),
        asyncio.create_task(seal_for_ever(service), name="sealer"),
    ]
    if anchors.anchor_dir is not None:
        tasks.append(asyncio.create_task(Anchoring(service, anchors).for_ever(), name="anchors"))
    stop = asyncio.create_task(stopping.wait())
    log.info("worker listens", service=service.name)
    done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    broken = [task for task in done if task is not stop]
    for task in broken:
        log.error("worker ends", part=task.get_name(), reason=type(task.exception()).__name__)
    # What hangs now is due again after its lease; a worker that cannot end, and is not replaced, helps nobody.
    faulthandler.dump_traceback_later(_LAST_S, exit=True)
    for task in tasks:
        task.cancel()
    jobs = [job for listener in listeners for job in listener.tasks.values()]
    ended, _ = await asyncio.wait([*tasks, *jobs], timeout=_GRACE_S)
    for task in ended:
        _ = task.cancelled() or task.exception()  # heard; otherwise asyncio prints each with its traceback
    await doorbell.close()
    await service.close()
    return 1 if broken else 0
