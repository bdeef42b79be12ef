"""The unit of work: one transaction with its actor, its now and its request key.

Every door (HTTP, job, command line) opens a `Work` and calls one use case. A use case reads through it and hands it
its writes; it never commits. One write needs no transaction of its own: `write` is a single statement. A use case
that needs several calls `begin` first, and the door commits when it leaves, before any answer does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg
from asyncpg.transaction import Transaction

from shared.kernel.errors import Conflict, IdempotencyKeyReused, LinliError, RequestInProgress, Unavailable
from shared.kernel.periods import CHINA
from shared.kernel.rights import Principal
from shared.runtime.changes import Change, record, records
from shared.runtime.db import Connection, Database, Row, Statement, fetch_all, fetch_one, translated
from shared.runtime.flags import in_transaction
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry, by_request_key
from shared.runtime.queue_statements import of
from shared.runtime.tables import REQUEST_KEY, Schema

T = TypeVar("T")
_TWIN_WAIT_S = 0.3
_CONFLICT_TRIES = 3
_AT_ONCE = 1000
# Well within the sealer's look-back (60 s): a row that is seen later than that would be in no feed, and look forged.
_LONGEST_S = 52.0


class WorkMisusedError(RuntimeError):
    """A second write without `begin`: the two would not be atomic. A programming error, found by the tests."""


class Replay(Exception):
    """The journal holds this request key already."""


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a request the same one again: its key and a fingerprint of all it asked for, or one of another key."""

    key: str
    fingerprint: bytes
    before: tuple[bytes, ...] = ()


class Work:
    """See the module. `district` is a value of every statement and need not be passed."""

    def __init__(self, db: Database, schema: Schema, actor: Principal, request: Request | None = None) -> None:
        self.db, self.schema, self.actor, self.request = db, schema, actor, request
        self.district = actor.district
        self.now: datetime = db.now()
        self.on_replay: Callable[[], None] = lambda: None
        self._stack: AsyncExitStack | None = None
        self._connection: Connection | None = None
        self._transaction: Transaction | None = None
        self._written = False
        self._first_written: float | None = None

    @property
    def today(self) -> date:
        """The day it is in China."""
        return self.now.astimezone(CHINA).date()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._transaction is not None:
                with translated():
                    late = self._first_written is not None and monotonic() - self._first_written > _LONGEST_S
                    if kind is None and not late:
                        await self._transaction.commit()
                    elif self._connection is not None and not self._connection.is_closed():
                        await self._transaction.rollback()
                if kind is None and late:
                    raise Unavailable(retry_after=1)
        finally:
            if self._stack is not None:
                self._transaction = self._connection = None
                in_transaction.set(False)
                await self._stack.__aexit__(kind, error, trace)

    async def begin(self) -> None:
        """Opens a transaction for all that follows; the door that opened this work commits it."""
        await self._begin("read_committed")

    async def stand_still(self) -> None:
        """All that follows reads the database as it is at one moment, unless a transaction is open already: for answers
        of several statements between which it may be changed. Who writes after that may be told to try again.
        """
        await self._begin("repeatable_read")

    async def _begin(self, isolation: Literal["read_committed", "repeatable_read"]) -> None:
        if self._transaction is None:
            self._stack = AsyncExitStack()
            self._connection = await self._stack.enter_async_context(self.db.connection())
            transaction = self._connection.transaction(isolation=isolation)
            await transaction.start()
            self._transaction = transaction
            in_transaction.set(True)

    async def all(self, statement: Statement, **values: Any) -> list[Row]:  # noqa: ANN401
        """Every row of a read."""
        values.setdefault("district", self.district)
        if self._connection is not None:
            with translated():
                return await fetch_all(self._connection, statement, **values)
        return await self.db.fetch(statement, values)

    async def one(self, statement: Statement, **values: Any) -> Row | None:  # noqa: ANN401
        """The first row of a read (or of a write inside `begin`), or None."""
        values.setdefault("district", self.district)
        if self._connection is not None:
            with translated():
                return await fetch_one(self._connection, statement, **values)
        rows = await self.db.fetch(statement, values)
        return rows[0] if rows else None

    async def write(
        self,
        change: Change,
        entry: Entry,
        jobs: Iterable[Job] = (),
        **values: Any,  # noqa: ANN401
    ) -> Row | None:
        """Writes the change, its journal row, its text and its jobs in one statement.

        Returns the changed row, or None if the write touched nothing (then nothing was written at all).
        """
        if self._written and self._transaction is None:
            raise WorkMisusedError("call `begin` before a use case that writes more than once")
        due = [job.row() for job in jobs]
        statement = change.statement(text=entry.text is not None, jobs=bool(due))
        request, self.request = self.request, None if self._transaction else self.request
        values |= self._entry_values(entry, request) | {"w_jobs": due, "w_text": entry.salted_text}
        written_at = monotonic()
        try:
            row = await self.one(statement, **values)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == REQUEST_KEY:
                self.request = request
                raise Replay from error
            raise
        self._written = row is not None
        if self._written and self._first_written is None:
            self._first_written = written_at
        return row

    async def record(self, entry: Entry, subject: UUID, jobs: Iterable[Job] = ()) -> None:
        """Writes a journal row that goes with no other change: what was read in full, refused, or asked for."""
        await self.write(record(self.schema), entry, jobs, subject=subject)

    async def record_all(self, entries: Sequence[tuple[Entry, UUID]]) -> None:
        """Writes the journal rows (without texts) of what this transaction wrote in bulk, each with its subject."""
        if self._transaction is None:
            raise WorkMisusedError("call `begin` before anything is written in bulk")
        if entries and self._first_written is None:
            self._first_written = monotonic()
        for start in range(0, len(entries), _AT_ONCE):
            rows = [_row(entry, subject) for entry, subject in entries[start : start + _AT_ONCE]]
            actor = {"w_actor_kind": self.actor.kind, "w_actor": self.actor.id}
            await self.all(records(self.schema), w_district=self.district, w_entries=rows, **actor)

    async def due(self, *jobs: Job) -> None:
        """Jobs that go with no other change of this statement."""
        await self.all(of(self.schema).add, w_district=self.district, w_jobs=[job.row() for job in jobs])

    def _entry_values(self, entry: Entry, request: Request | None) -> dict[str, Any]:
        return {
            "w_district": self.district,
            "w_entry": entry.id,
            "w_actor_kind": self.actor.kind,
            "w_actor": self.actor.id,
            "w_request_key": request.key if request else None,
            "w_fingerprint": request.fingerprint if request else None,
            "w_subject_kind": entry.subject_kind,
            "w_event": entry.event,
            "w_before": entry.before,
            "w_after": entry.after,
            "w_data": entry.sealed_data(),
        }

    async def once(self, run: Callable[[], Awaitable[T]], again: Callable[[UUID], Awaitable[T]]) -> T:
        """Runs a use case at most once per request key; a repetition renders the same case `again`.

        The journal is only asked when something stands in the way, so that the usual request costs nothing more.
        Raises IdempotencyKeyReused (422) where the key came with other content, RequestInProgress (409) while a twin
        is being worked on.
        """
        async with _twins(self):
            request = self.request
            try:
                return await self._with_retries(run)
            except (LinliError, Replay, asyncpg.UniqueViolationError) as trouble:
                # A slice's own unique key may notice a twin before the journal's does.
                if request is None or (isinstance(trouble, LinliError) and trouble.status >= 500):  # noqa: PLR2004
                    raise
                done = await self._earlier(request)
                if done is None:
                    raise
                self.on_replay()
                return await again(done)

    async def made(self, do: Callable[[], Awaitable[UUID]], show: Callable[[UUID], Awaitable[T]]) -> T:
        """Does something `once` and shows what came of it, by its id: the first time as every other time."""

        async def run() -> T:
            return await show(await do())

        return await self.once(run, show)

    async def _with_retries(self, run: Callable[[], Awaitable[T]]) -> T:
        for _ in range(_CONFLICT_TRIES - 1):
            try:
                return await run()
            except Conflict:
                if self._transaction is not None:
                    raise
        return await run()

    async def _earlier(self, request: Request) -> UUID | None:
        if self._transaction is not None:
            # The transaction is spoilt by the violation: give it back before asking again.
            await self._transaction.rollback()
            self._transaction = None
        statement = by_request_key(self.schema)
        row = await self.one(statement, actor=self.actor.id, request_key=request.key)
        if row is None:
            return None
        if row["fingerprint"] not in (request.fingerprint, *request.before):
            raise IdempotencyKeyReused
        found: UUID = row["subject_id"]
        return found


def _row(entry: Entry, subject: UUID) -> dict[str, Any]:
    named = {name: getattr(entry, name) for name in ("id", "subject_kind", "event", "before", "after", "data")}
    return {**named, "subject_id": subject}


_locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()


class _twins:  # noqa: N801 - reads as a statement: `async with _twins(work)`
    """Twins of one request wait here, in memory, instead of each holding a database connection."""

    def __init__(self, work: Work) -> None:
        self._lock: asyncio.Lock | None = None
        if work.request is not None:
            name = (work.district, work.actor.id, work.request.key)
            self._lock = _locks.get(name) or _locks.setdefault(name, asyncio.Lock())

    async def __aenter__(self) -> None:
        if self._lock is None:
            return
        if not self._lock.locked():  # the usual case, without a timer
            await self._lock.acquire()
        else:
            try:
                async with asyncio.timeout(_TWIN_WAIT_S):
                    await self._lock.acquire()
            except TimeoutError as error:
                self._lock = None
                raise RequestInProgress(retry_after=1) from error

    async def __aexit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()
