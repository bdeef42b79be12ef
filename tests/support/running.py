"""Services as they run: an application on a port of its own with its start and its end, a worker on the real queue."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from shared.runtime.dispatcher import dispatch_for_ever
from shared.runtime.jobs import TIMEOUTS_S
from shared.runtime.queue import Doorbell
from shared.runtime.runner import run_job
from shared.runtime.service import Service


def bound(port: int = 0) -> tuple[socket.socket, str]:
    """A port that is ours, and its address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def served(app: FastAPI, listener: socket.socket) -> AsyncIterator[httpx.AsyncClient]:
    """The application behind a real server, with its lifespan; a client for it."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=5)
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        await task


async def ended(*tasks: "asyncio.Task[None]") -> None:
    """Ends loops that go on for ever; a library that swallowed the first word is told again."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1)


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    """The service's worker in this process: dispatcher, Valkey, arq listeners; as `shared.runtime.worker` has it."""
    doorbell = Doorbell(service.name, service.settings.redis_url.get_secret_value())

    async def runner(district: str, job_id: object, attempt: int) -> None:
        await run_job(service, district, job_id, attempt)  # type: ignore[arg-type]

    listeners = [doorbell.listener(queue, timeout, runner) for queue, timeout in TIMEOUTS_S.items()]
    tasks = [asyncio.create_task(listener.async_run()) for listener in listeners]
    tasks.append(asyncio.create_task(dispatch_for_ever(service, doorbell)))
    try:
        yield
    finally:
        await ended(*tasks)
        await doorbell.close()
