"""arq behind a small port: ring a doorbell, listen to it. The only file besides the workers that knows arq.

What is rung is only `(district, job id, attempt)`; PostgreSQL holds the rest. The settings answer arq 0.28's traps
one by one (docs/decisions/0004): JSON instead of pickle, no kept results, one queue per timeout class, the attempt in
the arq id, a deadline on every call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import orjson
from arq import ArqRedis, Retry
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared.runtime.jobs import NotNow

RING_DEADLINE_S = 2.0
AGAIN_S = 1.0
QUEUE_ROOM = 64  # jobs waiting in Valkey per queue: few, so that a lease is never spent in a queue
MAX_JOBS = {"local": 16, "remote": 32, "bulk": 2}
_ROOM = {"bulk": MAX_JOBS["bulk"]}  # each takes long: none waits for another in Valkey
_THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000

T = TypeVar("T")
Runner = Callable[[str, UUID, int], Awaitable[None]]


def _json(value: object) -> bytes:
    """Arq also serialises the exceptions of failed runs; their names are enough."""
    return orjson.dumps(value, default=lambda other: type(other).__name__)


class DoorbellError(Exception):
    """Valkey is gone or hangs. Nothing is lost: the jobs stay due in PostgreSQL."""


class Doorbell:
    """One service's doorbell. Opens its connection lazily and never waits longer than `RING_DEADLINE_S`."""

    def __init__(self, service: str, redis_url: str) -> None:
        self._service = service
        self._arq = ArqRedis(
            ConnectionPool.from_url(redis_url, socket_timeout=RING_DEADLINE_S, socket_connect_timeout=1.0),
            job_serializer=_json,
            job_deserializer=orjson.loads,
            expires_extra_ms=_THIRTY_DAYS_MS,
        )

    @property
    def redis(self) -> ArqRedis:
        """The connection, for the worker that listens."""
        return self._arq

    def queue_name(self, queue: str) -> str:
        """The arq queue of a timeout class."""
        return f"linli:{self._service}:{queue}"

    async def room(self, queue: str) -> int:
        """How many more jobs may be rung now. DoorbellError if Valkey does not answer."""
        waiting: int = await self._bounded(self._arq.zcard(self.queue_name(queue)))
        return max(0, _ROOM.get(queue, QUEUE_ROOM) - waiting)

    async def ring(self, queue: str, district: str, jobs: list[tuple[UUID, int]]) -> None:
        """Rings for claimed jobs. A `None` from arq means the same attempt was rung before: fine."""
        calls = [
            self._arq.enqueue_job(
                "run",
                district,
                str(job_id),
                attempt,
                _job_id=f"{self._service}:{job_id}:{attempt}",
                _queue_name=self.queue_name(queue),
            )
            for job_id, attempt in jobs
        ]
        await self._bounded(asyncio.gather(*calls))

    async def close(self) -> None:
        """Closes the connection, if one was opened."""
        await self._arq.aclose(close_connection_pool=True)

    async def _bounded(self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(RING_DEADLINE_S):
                return await call
        except (RedisError, OSError, TimeoutError) as error:
            raise DoorbellError(type(error).__name__) from error

    def listener(self, queue: str, timeout_s: float, runner: Runner) -> Worker:
        """An arq worker for one timeout class. It ends with an exception when Valkey dies: the process is restarted."""

        async def run(_: object, district: str, job_id: str, attempt: int) -> None:
            try:
                await runner(district, UUID(job_id), attempt)
            except NotNow:
                raise Retry(defer=AGAIN_S) from None  # sooner than its lease ends; after `max_tries`, then

        return Worker(
            functions=[func(run, name="run")],  # type: ignore[arg-type]
            queue_name=self.queue_name(queue),
            redis_pool=self._arq,
            handle_signals=False,
            max_jobs=MAX_JOBS[queue],
            job_timeout=timeout_s + 1,
            keep_result=0,
            poll_delay=0.05,
            max_tries=3,
            health_check_interval=10,
            job_serializer=_json,
            job_deserializer=orjson.loads,
            expires_extra_ms=_THIRTY_DAYS_MS,
            log_results=False,
        )
