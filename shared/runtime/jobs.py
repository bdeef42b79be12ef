"""Jobs: what is due, and when. A job is a row before it is a message.

The row is written with the change that makes it due; arq only rings (`dispatcher.py`). A handler takes ids, does what
must happen outside first, then opens `run.work()`: that locks the job's row, and the effect, the next jobs and the end
of this job commit together. Run twice, or by two workers at once, it takes effect once.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.runtime.ids import new_id

if TYPE_CHECKING:
    from shared.runtime.service import Service
    from shared.runtime.work import Work

# Timeout classes: one arq queue each. A killed worker's job is rung again after the lease; the lease outlives the
# timeout, so that two runs of one job overlap only where a process was frozen. `bulk` is for whole workbooks; no
# transaction outlives the sealer's look-back, so no class may.
TIMEOUTS_S = {"local": 5.0, "remote": 20.0, "bulk": 50.0}
LEASE_MARGIN_S = 3.0
_CLOCKS_DIFFER_S = 60.0  # more than that, and it is no clock that differs


@dataclass(frozen=True, slots=True)
class Job:
    """A job to be. `due_at` None: at once, by the database's clock."""

    name: str
    queue: str
    args: dict[str, Any]
    due_at: datetime | None = None
    order_key: str | None = None
    order_seq: int | None = None

    def row(self) -> dict[str, Any]:
        """As the insert takes it."""
        return {
            "id": new_id(), "name": self.name, "queue": self.queue, "args": self.args,
            "due_at": self.due_at, "order_key": self.order_key, "order_seq": self.order_seq,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: how long a run may take, how often it is tried, and how the waits grow (doubling, ±25 %)."""

    name: str
    queue: str = "local"
    attempts: int = 12
    base_s: float = 1.0
    cap_s: float = 3600.0

    def of(self, *, due_at: datetime | None = None, order: tuple[str, int] | None = None, **args: Any) -> Job:  # noqa: ANN401
        """A job of this kind; `order=(key, seq)` runs those of one key strictly by seq."""
        key, seq = order or (None, None)
        return Job(self.name, self.queue, args, due_at, key, seq)

    def wait(self, attempt: int) -> timedelta:
        """How long after failed attempt n (from 1) the next one is due."""
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, hides nothing
        return timedelta(seconds=min(self.cap_s, self.base_s * 2 ** (attempt - 1)) * jitter)


class Permanent(Exception):
    """Trying again cannot help: the job is dead at once, visible and replayable."""


class Later(Exception):
    """The outside world would not take it now. The message is ours and holds nobody's data: operators read it.

    `wait_s` is how long it asked us to wait; the job's own wait, where that is longer.
    """

    def __init__(self, message: str, wait_s: float = 0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def has_come(moment: datetime, now: datetime) -> bool:
    """Whether the moment that a job was due for is there; False where it was put off, and another job is for it.

    Raises Later where the run only came a little early: jobs are due by the database's clock, which a process
    estimates. A handler that returned then would end its job, and the move would never be made.
    """
    early = (moment - now).total_seconds()
    if 0 < early < _CLOCKS_DIFFER_S:
        raise Later("it is not quite time yet", early)
    return early <= 0


class NotNow(Exception):
    """The database was away or too busy to begin this run or to write down its end: the same attempt is rung again."""


class JobGone(Exception):
    """Another run finished this job, or a newer attempt was rung."""


@dataclass
class Run:
    """One attempt at one job, as its handler sees it."""

    service: "Service"
    district: str
    job_id: UUID
    kind: JobKind
    attempt: int
    created_at: datetime
    finished: bool = field(default=False, init=False)

    def reading(self) -> "Work":
        """For what a handler must know before it calls out: no transaction is open yet."""
        return self.service.work(self.service.job_principal(self.district, self.kind.name))

    @asynccontextmanager
    async def work(self) -> AsyncIterator["Work"]:
        """The transaction in which the effect happens and the job ends. Raises JobGone where it already did."""
        from shared.runtime import queue_statements as q  # noqa: PLC0415 - statements need the tables, tables need no jobs

        async with self.reading() as work:
            await work.begin()
            statements = q.of(self.service.schema)
            if await work.one(statements.lock, id=self.job_id, attempt=self.attempt) is None:
                raise JobGone
            yield work
            await work.one(statements.finish, id=self.job_id)
        self.finished = True


Handler = Callable[..., Awaitable[None]]


@dataclass
class Registry:
    """Which handler does which kind of job. Filled by the slices' `jobs.py`, read by the worker."""

    handlers: dict[str, tuple[JobKind, Handler]] = field(default_factory=dict)

    def handles(self, kind: JobKind) -> Callable[[Handler], Handler]:
        """Registers `async def handler(run, **args)` for a kind."""

        def register(handler: Handler) -> Handler:
            if kind.name in self.handlers:
                raise ValueError(f"two handlers for the job {kind.name}")
            if kind.queue not in TIMEOUTS_S:
                raise ValueError(f"the job {kind.name} names the queue {kind.queue!r}; there are {list(TIMEOUTS_S)}")
            self.handlers[kind.name] = (kind, handler)
            return handler

        return register
