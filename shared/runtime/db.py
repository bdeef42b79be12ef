"""The one language to the database: SQLAlchemy Core writes the statement, asyncpg runs it.

A `Statement` is compiled once, at its first use, and then only its values travel. There is no ORM session and no
second pool (docs/decisions/0003). Times are the database's: `Database.now()` is this process's clock corrected by what
every new connection tells of the other.
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
from shared.runtime.clock import Clock
from shared.runtime.connections import Connections
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
        self._connections: Connections | None = None
        self._opening = asyncio.Lock()
        self._clock = Clock()

    async def _open(self) -> Connections:
        async with self._opening:
            if self._connections is None:
                cached = self._settings.pooler == "none"
                pool = await asyncpg.create_pool(
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
                self._connections = Connections(pool, self._settings.pool_size, self._settings.pool_wait_s)
            return self._connections

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            encoder=lambda value: b"\x01" + orjson.dumps(value, default=_as_json),
            decoder=lambda data: orjson.loads(data[1:]),
        )
        asked = time.time()
        there: datetime = await connection.fetchval("SELECT clock_timestamp()")
        self._clock.heard(asked, there.timestamp(), time.time())

    def now(self) -> datetime:
        """The database's clock, UTC, without asking it each time."""
        return datetime.fromtimestamp(time.time() + self._clock.ahead, UTC)

    async def fetch(self, statement: Statement, values: dict[str, Any]) -> list[Row]:
        """All rows of one statement that is its own transaction: the hot path, so without any context manager."""
        sql, arguments = statement.bind(values)
        connections = self._connections or await self._open()
        connection = None
        try:
            connection = await connections.take()
            rows: list[Row] = await connection.fetch(sql, *arguments)
        except BaseException as error:
            if connection is not None:
                await connections.drop(connection, broken=_is_gone(error))
            if isinstance(error, _TROUBLES):
                raise _meaning(error) from error
            raise
        connections.give(connection)
        return rows

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A pooled connection. Unavailable (503) when PostgreSQL is gone or no connection gets free in time."""
        connections = self._connections or await self._open()
        with translated():
            connection = await connections.take()
        try:
            with translated():
                yield connection
        except BaseException as error:
            await connections.drop(connection, broken=_is_gone(error.__cause__ or error))
            raise
        connections.give(connection)

    async def close(self) -> None:
        """Gives open statements a moment, then closes every connection."""
        if self._connections is not None:
            await self._connections.close(patience_s=5)
            self._connections = None


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


# Another transaction has or had it; the same once more will do.
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TROUBLES = (*_BUSY, asyncpg.QueryCanceledError, *_GONE)


def _meaning(error: BaseException) -> Exception:
    """What a trouble of the driver's means for the caller."""
    match error:
        case asyncpg.LockNotAvailableError() | asyncpg.DeadlockDetectedError() | asyncpg.SerializationError():
            return RequestInProgress(retry_after=1)
        case asyncpg.QueryCanceledError():
            return Overloaded(retry_after=1)
        case ValueError():  # asyncpg's word for a value of the wrong type: our mistake, to be seen
            return TypeError(str(error))
        case _:
            return Unavailable(retry_after=1)


def _is_gone(error: BaseException) -> bool:
    """A server that dies says so on idle connections as well; such a one looks open and refuses every statement."""
    return isinstance(error, _GONE) and not isinstance(error, ValueError)


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
