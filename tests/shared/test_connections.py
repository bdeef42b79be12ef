"""Connections change hands without going back to the pool: in order, in time, and never a broken one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from shared.runtime.connections import Connections

Lend = Callable[..., Awaitable[Connections]]


@pytest.fixture
async def lend(database: dict[str, str]) -> AsyncIterator[Lend]:
    made = []

    async def make(most: int = 2, wait_s: float = 1.0) -> Connections:
        pool = await asyncpg.create_pool(database["tickets"], min_size=0, max_size=most)
        made.append(Connections(pool, most, wait_s))
        return made[-1]

    yield make
    for connections in made:
        await connections.close(patience_s=1)


@asynccontextmanager
async def using(connections: Connections) -> AsyncIterator[PoolConnectionProxy]:
    connection = await connections.take()
    yield connection
    connections.give(connection)


async def pid(connection: PoolConnectionProxy) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def test_the_one_used_last_is_used_again(lend: Lend) -> None:
    connections = await lend()
    async with using(connections) as first:
        backend = await pid(first)
    async with using(connections) as second:
        assert await pid(second) == backend


async def test_who_waits_is_served_in_order(lend: Lend) -> None:
    connections = await lend(most=1)
    served: list[int] = []

    async def visitor(number: int) -> None:
        async with using(connections):
            served.append(number)
            await asyncio.sleep(0.001)

    await asyncio.gather(*(visitor(number) for number in range(20)))
    assert served == list(range(20))


async def test_never_more_than_agreed(lend: Lend) -> None:
    connections = await lend(most=2)
    inside, most, together = 0, 0, asyncio.Event()

    async def visitor() -> int:
        nonlocal inside, most
        async with using(connections) as connection:
            inside += 1
            most = max(most, inside)
            if inside == 2:
                together.set()
            await together.wait()  # the first one does not serve everybody before the second has connected
            backend = await pid(connection)
            inside -= 1
        return backend

    backends = await asyncio.gather(*(visitor() for _ in range(30)))
    assert most == 2
    assert len(set(backends)) == 2


async def test_who_waits_too_long_is_told_so_and_nobody_else_suffers(lend: Lend) -> None:
    connections = await lend(most=1)
    async with using(connections):
        connections._wait_s = 0.05
        with pytest.raises(TimeoutError):
            await connections.take()
    async with using(connections) as connection:
        assert await pid(connection)


async def test_a_cancelled_waiter_passes_on_what_it_was_just_handed(lend: Lend) -> None:
    connections = await lend(most=1)
    held = await connections.take()
    impatient = asyncio.create_task(connections.take())
    await asyncio.sleep(0)
    patient = asyncio.create_task(connections.take())
    await asyncio.sleep(0)
    connections.give(held)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    async with asyncio.timeout(20):
        connections.give(await patient)


@pytest.mark.parametrize("idle", [True, False], ids=["while idle", "while in use"])
async def test_a_killed_backend_is_noticed_and_replaced(lend: Lend, database: dict[str, str], *, idle: bool) -> None:
    connections = await lend(most=1)
    connection = await connections.take()
    backend = await pid(connection)
    owner = await asyncpg.connect(database["owner"])
    if idle:
        connections.give(connection)
    await owner.execute("SELECT pg_terminate_backend($1, 1000)", backend)
    await owner.close()
    if not idle:
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
            await pid(connection)
        await connections.drop(connection, broken=True)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(20), using(connections) as fresh:
        assert await pid(fresh) != backend


async def test_a_broken_one_makes_room_for_who_waits(lend: Lend) -> None:
    connections = await lend(most=1)
    connection = await connections.take()
    waiting = asyncio.create_task(connections.take())
    await asyncio.sleep(0)
    await connections.drop(connection, broken=True)
    async with asyncio.timeout(20):
        connections.give(await waiting)


async def test_closing_waits_for_what_is_in_use(lend: Lend) -> None:
    connections = await lend(most=2)
    async with using(connections):
        pass
    busy = await connections.take()
    closing = asyncio.create_task(connections.close(patience_s=60))
    await asyncio.sleep(0.05)
    assert await busy.fetchval("SELECT 1") == 1
    connections.give(busy)
    async with asyncio.timeout(20):
        await closing
