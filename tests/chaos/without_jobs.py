"""The control: the same services, but a change's jobs are handed to arq straight after the commit, as one would do
without a jobs table. No row remembers them. Started as children instead of the product's own programs:

    python -m tests.chaos.without_jobs SERVICE             the worker
    uvicorn tests.chaos.without_jobs:SERVICE --factory     the API

It is otherwise as good as arq allows: retries with the same waits, deferred clocks, a deadline on every call.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from arq import Retry, func
from arq.worker import Worker
from fastapi import FastAPI

from services.local.layout import Layout, children
from services.local.processes import Process
from shared.runtime import worker as worker_module
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.jobs import Job, Run
from shared.runtime.journal import Entry
from shared.runtime.queue import Doorbell, DoorbellError
from shared.runtime.service import Service
from shared.runtime.work import Work

ROOT = Path(__file__).resolve().parents[2]
log = structlog.get_logger()
_doorbells: dict[str, Doorbell] = {}


def children_without_jobs(layout: Layout) -> Sequence[Process]:
    """The stack's children, the services' own programs exchanged for these."""
    return [_exchanged(process) for process in children(layout)]


def _exchanged(process: Process) -> Process:
    service, _, part = process.name.partition(".")
    env = {**process.env, "PYTHONPATH": str(ROOT)}
    if part.startswith("api"):
        own = f"services.{service}.main:create_app"
        argv = tuple(f"tests.chaos.without_jobs:{service}" if word == own else word for word in process.argv)
        return replace(process, argv=argv, env=env)
    if part == "worker":
        return replace(process, argv=(sys.executable, "-m", "tests.chaos.without_jobs", service), env=env)
    return process


def hierarchy() -> FastAPI:
    return _api("hierarchy")


def tickets() -> FastAPI:
    return _api("tickets")


def events() -> FastAPI:
    return _api("events")


def _api(name: str) -> FastAPI:
    _forget_jobs(name)
    app: FastAPI = import_module(f"services.{name}.main").create_app()
    _doorbells[name] = _doorbell(app.state.service)
    return app


def _doorbell(service: Service) -> Doorbell:
    return Doorbell(service.name, service.settings.redis_url.get_secret_value())


_write, _leave = Work.write, Work.__aexit__


def _forget_jobs(name: str) -> None:
    """Jobs are set aside at the write and handed over once the change is committed."""

    async def write(self: Work, change: Change, entry: Entry, jobs: Iterable[Job] = (), **values: Any) -> Row | None:
        row = await _write(self, change, entry, (), **values)
        if row is not None:
            self.__dict__.setdefault("set_aside", []).extend(jobs)
            if self._transaction is None:
                await _hand_over(name, self)
        return row

    async def leave(self: Work, kind: Any, error: Any, trace: Any) -> None:
        await _leave(self, kind, error, trace)
        if kind is None:
            await _hand_over(name, self)

    Work.write = write  # type: ignore[method-assign]
    Work.__aexit__ = leave  # type: ignore[method-assign]


async def _hand_over(name: str, work: Work) -> None:
    doorbell = _doorbells[name]
    for job in work.__dict__.pop("set_aside", []):
        row = job.row()
        try:
            await doorbell._bounded(
                doorbell.redis.enqueue_job(
                    "run",
                    work.district,
                    str(row["id"]),
                    job.name,
                    job.args,
                    _job_id=f"{name}:{row['id']}",
                    _queue_name=doorbell.queue_name(job.queue),
                    _defer_until=job.due_at.astimezone(UTC) if job.due_at else None,
                )
            )
        except DoorbellError:
            log.warning("a job was not handed over", job=job.name)


@asynccontextmanager
async def _work(self: Run) -> AsyncIterator[Work]:
    async with self.service.work(self.service.job_principal(self.district, self.kind.name)) as work:
        await work.begin()
        yield work
    self.finished = True


def _listener(service: Service, doorbell: Doorbell, queue: str, timeout_s: float) -> Worker:
    async def run(ctx: dict[str, Any], district: str, job_id: str, name: str, args: dict[str, Any]) -> None:
        kind, handler = service.registry.handlers[name]
        attempt = ctx["job_try"]
        try:
            await handler(Run(service, district, UUID(job_id), kind, attempt, datetime.now(UTC)), **args)
        except Exception as error:
            if attempt >= kind.attempts:
                raise
            raise Retry(defer=kind.wait(attempt)) from error

    made = Doorbell.listener(doorbell, queue, timeout_s, None)  # type: ignore[arg-type]  # its runner is exchanged
    made.functions = {"run": func(run, name="run")}
    made.max_tries = 100
    return made


def _run_worker(name: str) -> None:
    _forget_jobs(name)
    Run.work = _work  # type: ignore[method-assign]
    module = import_module(f"services.{name}.worker")
    assert module.__name__  # its import has registered the handlers
    service: Service = getattr(import_module(f"services.{name}.main"), f"open_{name}")()

    class Handing(Doorbell):
        def __init__(self, named: str, url: str) -> None:
            super().__init__(named, url)
            _doorbells[named] = self

        def listener(self, queue: str, timeout_s: float, _: object) -> Worker:
            return _listener(service, self, queue, timeout_s)

    async def nothing(*_: object) -> None:
        await asyncio.Event().wait()

    vars(worker_module).update(Doorbell=Handing, dispatch_for_ever=nothing)
    worker_module.run_worker(service)


if __name__ == "__main__":
    _run_worker(sys.argv[1])
