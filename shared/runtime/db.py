"""The one language to the database: SQLAlchemy Core writes the statement, asyncpg runs it.

A `Statement` is compiled once, at its first use, and then only its values travel. There is no ORM session and no
second pool (docs/decisions/0003). Times are the database's: `Database.now()` is this process's clock corrected by the
offset measured at every new connection.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.expression import ClauseElement

from shared.kernel.errors import Overloaded, RequestInProgress, Unavailable
from shared.runtime.settings import Settings

Row = asyncpg.Record
Connection = asyncpg.Connection | PoolConnectionProxy

_DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]


class Statement:
    """A Core statement, compiled once. `sql` and `names` are what asyncpg is given."""

    def __init__(self, clause: ClauseElement) -> None:
        self.clause = clause
        self._compiled: tuple[str, list[str], dict[str, Any]] | None = None

    def bind(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        """The SQL text and its arguments in order. KeyError names a value that was forgotten."""
        if self._compiled is None:
            compiled = self.clause.compile(dialect=_DIALECT)
            literals = {k: v for k, v in compiled.params.items() if v is not None}
            self._compiled = str(compiled), list(compiled.positiontup or ()), literals  # type: ignore[attr-defined]
        sql, names, literals = self._compiled
        return sql, [values[name] if name in values else literals[name] for name in names]


def _as_json(value: object) -> str:
    """Rows from asyncpg hold its own subclass of UUID, which orjson does not take for one."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


class _Connection(asyncpg.Connection):
    """Leaves out asyncpg's reset round trip: Linli never sets session state (design decision 1)."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A lazily opened pool for one service's role. Start-up never waits for PostgreSQL."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._url, self._settings = url, settings
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._offset = 0.0
        self._kept: list[PoolConnectionProxy] = []  # ours until somebody waits at the pool
        self._waiting = 0

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                cached = self._settings.pooler == "none"
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._settings.pool_size,
                    command_timeout=self._settings.command_timeout_s,
                    timeout=self._settings.pool_wait_s,
                    max_inactive_connection_lifetime=0,
                    statement_cache_size=1024 if cached else 0,
                    connection_class=_Connection,
                    init=self._prepare,
                )
            return self._pool

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            encoder=lambda value: b"\x01" + orjson.dumps(value, default=_as_json),
            decoder=lambda data: orjson.loads(data[1:]),
        )
        before = time.time()
        there: datetime = await connection.fetchval("SELECT clock_timestamp()")
        self._offset = there.timestamp() - (before + time.time()) / 2

    def now(self) -> datetime:
        """The database's clock, UTC, without asking it each time."""
        return datetime.fromtimestamp(time.time() + self._offset, UTC)

    async def fetch(self, statement: Statement, values: dict[str, Any]) -> list[Row]:
        """All rows of one statement that is its own transaction: the hot path, so without any context manager."""
        sql, arguments = statement.bind(values)
        pool = self._pool or await self._open()
        connection = self._take()
        try:
            connection = connection or await self._acquire(pool)
            rows: list[Row] = await connection.fetch(sql, *arguments)
        except BaseException as error:
            await _release(pool, connection, error)
            if isinstance(error, _TROUBLES):
                raise _meaning(error) from error
            raise
        if self._waiting:
            await _release(pool, connection)
        else:
            self._kept.append(connection)
        return rows

    def _take(self) -> PoolConnectionProxy | None:
        """The connection used last, if it still lives. Taking and giving back by the pool costs a task and timers."""
        while self._kept:
            connection = self._kept.pop()
            with contextlib.suppress(asyncpg.InterfaceError):  # it was closed, and the pool has noticed
                if not connection.is_closed():
                    return connection
                connection.terminate()
        return None

    async def _acquire(self, pool: asyncpg.Pool) -> PoolConnectionProxy:
        self._waiting += 1
        try:
            return await pool.acquire(timeout=self._settings.pool_wait_s)
        finally:
            self._waiting -= 1

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection. Unavailable (503) when PostgreSQL is gone or no connection gets free in time."""
        pool = self._pool or await self._open()
        with translated():
            connection = self._take() or await self._acquire(pool)
        try:
            with translated():
                yield connection
        except BaseException as error:
            await _release(pool, connection, error.__cause__ if isinstance(error, Unavailable) else error)
            raise
        if self._waiting:
            await _release(pool, connection)
        else:
            self._kept.append(connection)

    async def close(self) -> None:
        """Gives open statements a moment, then closes every connection."""
        if self._pool is not None:
            while connection := self._take():
                await _release(self._pool, connection)
            try:
                await asyncio.wait_for(self._pool.close(), timeout=5)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None


# What asyncpg and the socket say when the server is gone, going or not yet there.
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


_TROUBLES = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, *_GONE)


def _meaning(error: BaseException) -> Exception:
    """What a trouble of the driver's means for the caller."""
    match error:
        case asyncpg.LockNotAvailableError():
            return RequestInProgress(retry_after=1)
        case asyncpg.QueryCanceledError():
            return Overloaded(retry_after=1)
        case ValueError():  # asyncpg's word for a value of the wrong type: our mistake, to be seen
            return TypeError(str(error))
        case _:
            return Unavailable(retry_after=1)


async def _release(
    pool: asyncpg.Pool, connection: PoolConnectionProxy | None, error: BaseException | None = None
) -> None:
    """Back to the pool, after an error of the server's as a closed one: a dying server says so on idle connections as
    well, and such a one looks open and refuses every statement.
    """
    if connection is None:
        return
    # One that cannot be given back was closed by the pool; what was done on it stays done.
    with contextlib.suppress(*_GONE):
        if isinstance(error, _GONE) and not isinstance(error, ValueError):
            connection.terminate()
        else:
            await pool.release(connection)


@contextlib.contextmanager
def translated() -> Any:  # noqa: ANN401 - a generator-based context manager
    """Turns the driver's troubles into errors that a caller can act on; constraint violations pass untouched."""
    try:
        yield
    except _TROUBLES as error:
        raise _meaning(error) from error


async def fetch_all(connection: Connection, statement: Statement, **values: Any) -> list[Row]:  # noqa: ANN401
    """All rows."""
    sql, arguments = statement.bind(values)
    return await connection.fetch(sql, *arguments)


async def fetch_one(connection: Connection, statement: Statement, **values: Any) -> Row | None:  # noqa: ANN401
    """The first row, or None."""
    sql, arguments = statement.bind(values)
    return await connection.fetchrow(sql, *arguments)
