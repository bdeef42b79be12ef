"""Connections, handed from one use straight to the next.

asyncpg's pool makes them, prepares them and closes them. Taking one from it and giving it back costs a task, a shield
and two timers, which is a tenth of a small request; so what it lent stays here between uses, and whoever waits is
served in order.
"""

import asyncio
import contextlib
from collections import deque

import asyncpg
from asyncpg.pool import PoolConnectionProxy


class Connections:
    """At most `most` connections of `pool`; who waits longer than `wait_s` gets a TimeoutError."""

    def __init__(self, pool: asyncpg.Pool, most: int, wait_s: float) -> None:
        self._pool, self._most, self._wait_s = pool, most, wait_s
        self._idle: list[PoolConnectionProxy] = []
        self._lent = 0  # idle ones and those in use
        self._closing = False
        self._waiting: deque[asyncio.Future[PoolConnectionProxy | None]] = deque()

    async def take(self) -> PoolConnectionProxy:
        """A living connection. Raises what connecting raises, and TimeoutError."""
        while True:
            if connection := self._kept():
                return connection
            if self._lent < self._most:
                return await self._acquired()
            if connection := await self._handed():
                return connection

    def _kept(self) -> PoolConnectionProxy | None:
        """The one used last, if it still lives."""
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(asyncpg.InterfaceError):  # it was closed, and the pool has noticed
                if not connection.is_closed():
                    return connection
                connection.terminate()
            self._lent -= 1
        return None

    async def _acquired(self) -> PoolConnectionProxy:
        self._lent += 1
        try:
            return await self._pool.acquire(timeout=self._wait_s)
        except BaseException:
            self._forget()
            raise

    async def _handed(self) -> PoolConnectionProxy | None:
        """What the next one gives back; None where it gave up a broken one, so that another can be made."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[PoolConnectionProxy | None] = loop.create_future()
        self._waiting.append(waiter)
        timer = loop.call_later(self._wait_s, _expire, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() and waiter.exception() is None:  # handed over at the very moment
                self._pass_on(waiter.result())
            raise
        finally:
            timer.cancel()

    def give(self, connection: PoolConnectionProxy) -> None:
        """Back after a use that went well: to whoever waits first, or kept."""
        if self._closing:
            connection.terminate()
        else:
            self._pass_on(connection)

    def _pass_on(self, connection: PoolConnectionProxy | None) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)

    async def drop(self, connection: PoolConnectionProxy, *, broken: bool) -> None:
        """Back after a use that went wrong: closed where it is `broken`, otherwise the pool looks after it."""
        try:
            # One that cannot be given back was closed by the pool; what was done on it stays done.
            with contextlib.suppress(asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                if broken:
                    connection.terminate()
                else:
                    await self._pool.release(connection)
        finally:
            self._forget()

    def _forget(self) -> None:
        self._lent -= 1
        self._pass_on(None)

    async def close(self, patience_s: float) -> None:
        """Gives open statements a moment, then closes every connection."""
        self._closing = True
        while connection := self._kept():
            await self.drop(connection, broken=False)
        try:
            async with asyncio.timeout(patience_s):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def _expire(waiter: asyncio.Future[PoolConnectionProxy | None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
