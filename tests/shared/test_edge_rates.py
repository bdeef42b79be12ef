"""Rate limits: what is sensitive is counted for all processes together, and nobody ever waits for Valkey."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.local.servers import Servers
from shared.kernel.errors import TooManyRequests
from shared.runtime import rates as rates_module
from shared.runtime.ids import new_id
from shared.runtime.rates import Limit, Rates
from tests.support.edge_lab import silent
from tests.support.world import KEY

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def limit() -> Limit:
    """A limit of this test's own."""
    return Limit(f"test-{new_id().hex}", 3, 60)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine even a healthy Valkey may take longer than 50 ms."""
    monkeypatch.setattr(rates_module, "DEADLINE_S", 10)


@pytest.fixture(autouse=True)
def long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine ten requests may take longer than five seconds."""
    monkeypatch.setattr(rates_module, "PAUSE_S", 600.0)


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Rates]]:
    made: list[Rates] = []

    def make(url: str, factor: float = 1.0) -> Rates:
        made.append(Rates(url, factor=factor, key=KEY))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def taken(rates: Rates, limit: Limit, times: int, who: str = "somebody") -> int:
    """How many of so many requests get through."""
    through = 0
    for _ in range(times):
        try:
            await rates.spend(limit, who)
            through += 1
        except TooManyRequests:
            pass
    return through


# --- in one process ---------------------------------------------------------------------------------------------------


def counted(rates: Rates, limit: Limit, times: int, who: str = "somebody") -> int:
    through = 0
    for _ in range(times):
        try:
            rates.count(limit, who)
            through += 1
        except TooManyRequests:
            pass
    return through


async def test_a_burst_and_then_the_rate(opened: Any, limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    rates, now = opened(NOBODY), [1000.0]
    monkeypatch.setattr(rates_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert counted(rates, limit, 10) == 3
    now[0] += 19
    assert counted(rates, limit, 10) == 0
    now[0] += 1  # a third of the minute: one of three
    assert counted(rates, limit, 10) == 1
    now[0] += 600
    assert counted(rates, limit, 10) == 3


async def test_it_says_how_long_to_wait(opened: Any, limit: Limit) -> None:
    rates = opened(NOBODY)
    counted(rates, limit, 3)
    with pytest.raises(TooManyRequests) as refused:
        rates.count(limit, "somebody")
    assert refused.value.fields == {"retry_after": 20, "limit": limit.name, "most": 3, "within": 60}


async def test_callers_and_limits_are_apart(opened: Any, limit: Limit) -> None:
    rates = opened(NOBODY)
    assert [counted(rates, limit, 10, who) for who in ("one", "another")] == [3, 3]
    assert counted(rates, limit._replace(name="other"), 10) == 3


@pytest.mark.parametrize(("factor", "through"), [(0, 100), (2, 6), (0.5, 1)])
async def test_one_setting_loosens_or_ends_them_all(opened: Any, limit: Limit, factor: float, through: int) -> None:
    rates = opened(NOBODY, factor)
    assert counted(rates, limit, 100) == through
    assert await taken(rates, limit, 100, "another") == through


async def test_memory_has_an_end(opened: Any, limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "_MOST_CALLERS", 100)
    rates = opened(NOBODY)
    for number in range(1000):
        rates.count(limit, str(number))
        assert len(rates._paid_back) <= 100
    assert counted(rates, limit, 10, "999") == 2  # who came last is remembered


# --- for all processes together ---------------------------------------------------------------------------------------


async def test_processes_count_together(servers: Servers, opened: Any, limit: Limit, patient: None) -> None:
    one, two = opened(servers.redis_url), opened(servers.redis_url)
    results = await asyncio.gather(*(taken(rates, limit, 5) for rates in (one, two)))
    assert sum(results) == 3
    assert one._alone_until == two._alone_until == 0  # Valkey did answer


async def test_valkey_learns_no_addresses(servers: Servers, opened: Any, limit: Limit, patient: None) -> None:
    await opened(servers.redis_url).spend(limit, "203.0.113.77")
    async with Redis.from_url(servers.redis_url) as valkey:
        keys = b" ".join([key async for key in valkey.scan_iter("linli:rates*")])
    assert limit.name.encode() in keys
    assert b"203.0.113.77" not in keys


async def test_emptied_it_still_holds_in_each_process(
    servers: Servers, opened: Any, limit: Limit, patient: None
) -> None:
    one, two = opened(servers.redis_url), opened(servers.redis_url)
    assert await taken(one, limit, 5) == 3
    assert await taken(two, limit, 1) == 0
    async with Redis.from_url(servers.redis_url) as valkey:
        for key in [key async for key in valkey.scan_iter(f"*{limit.name}*")]:
            await valkey.delete(key)
        await valkey.script_flush()
    assert await taken(one, limit, 5) == 0
    assert await taken(two, limit, 5) <= 3


async def how_it_went_on(rates: Rates, limit: Limit, ends: list[type[BaseException]]) -> type[BaseException]:
    """Ten requests, of which three get through; only the first asks Valkey. What ended its waiting."""
    assert await taken(rates, limit, 10) == 3
    assert rates._alone_until > 0
    [end] = ends
    return end


async def test_a_deadline_ends_the_waiting_whenever_it_comes(opened: Any, limit: Limit) -> None:
    """At each of the steps a request takes until it waits for an answer, and some beyond."""
    async with silent() as (url, _):
        for steps in range(40):
            rates = opened(url)
            asking = asyncio.create_task(rates._everywhere(limit, "somebody"))
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait({asking}, timeout=10)
            assert asking.cancelled(), steps


async def test_a_hung_valkey_holds_up_nobody(opened: Any, limit: Limit, ends_of_waits: list[Any]) -> None:
    async with silent() as (url, _):
        rates = opened(url)
        assert await how_it_went_on(rates, limit, ends_of_waits) is asyncio.CancelledError
        await rates.close()


async def test_a_dead_valkey_holds_up_nobody(opened: Any, limit: Limit, ends_of_waits: list[Any]) -> None:
    assert issubclass(await how_it_went_on(opened(NOBODY), limit, ends_of_waits), RedisError)


async def test_a_stopped_valkey_holds_up_nobody_and_is_asked_again(
    servers: Servers, opened: Any, limit: Limit, ends_of_waits: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = opened(servers.redis_url)
    await rates.spend(limit, "before")  # the connection is there
    pid = servers.supervisor.pid("valkey")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert await how_it_went_on(rates, limit, ends_of_waits) is asyncio.CancelledError
    finally:
        os.kill(pid, signal.SIGCONT)
    rates._alone_until -= rates_module.PAUSE_S  # the pause is over
    monkeypatch.setattr(rates_module, "DEADLINE_S", 10)
    other = opened(servers.redis_url)
    assert await taken(rates, limit, 3, "after") + await taken(other, limit, 3, "after") == 3
