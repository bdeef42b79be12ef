"""Rate limits: what is sensitive is counted for all processes together, and nobody ever waits for Valkey."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from services.local.servers import Servers
from shared.kernel.errors import TooManyRequests
from shared.runtime import rates as rates_module
from shared.runtime.ids import new_id
from shared.runtime.rates import Limit, Rates
from shared.runtime.web import limits
from shared.runtime.web.limits import Rule
from tests.conftest import client_of
from tests.support.edge_lab import BASE, lab_app
from tests.support.world import KEY, environment, fresh_district, service_headers, somebody

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def limit() -> Limit:
    """A limit of this test's own."""
    return Limit(f"test-{new_id().hex}", 3, 60)


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


async def test_processes_count_together(servers: Servers, opened: Any, limit: Limit) -> None:
    one, two = opened(servers.redis_url), opened(servers.redis_url)
    results = await asyncio.gather(*(taken(rates, limit, 5) for rates in (one, two)))
    assert sum(results) == 3
    assert one._alone_until == two._alone_until == 0  # Valkey did answer


async def test_valkey_learns_no_addresses(servers: Servers, opened: Any, limit: Limit) -> None:
    await opened(servers.redis_url).spend(limit, "203.0.113.77")
    async with Redis.from_url(servers.redis_url) as valkey:
        keys = b" ".join([key async for key in valkey.scan_iter("linli:rates*")])
    assert limit.name.encode() in keys
    assert b"203.0.113.77" not in keys


async def test_emptied_it_still_holds_in_each_process(servers: Servers, opened: Any, limit: Limit) -> None:
    one, two = opened(servers.redis_url), opened(servers.redis_url)
    assert await taken(one, limit, 5) == 3
    assert await taken(two, limit, 1) == 0
    async with Redis.from_url(servers.redis_url) as valkey:
        for key in [key async for key in valkey.scan_iter(f"*{limit.name}*")]:
            await valkey.delete(key)
        await valkey.script_flush()
    assert await taken(one, limit, 5) == 0
    assert await taken(two, limit, 5) <= 3


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, list[int]]]:
    """Takes connections and never says a word; its address, and how many came."""
    came: list[int] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(1)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield f"redis://:x@127.0.0.1:{server.sockets[0].getsockname()[1]}/0", came


async def quickly(rates: Rates, limit: Limit) -> None:
    """Ten requests, of which three get through, the first within the deadline and the others at once."""
    began = time.perf_counter()
    assert await taken(rates, limit, 10) == 3
    assert time.perf_counter() - began < 0.3  # 50 ms; more only on a busy machine
    assert rates._alone_until > time.monotonic()


async def test_a_hung_valkey_holds_up_nobody(opened: Any, limit: Limit) -> None:
    async with silent() as (url, _):
        rates = opened(url)
        await quickly(rates, limit)
        await rates.close()


async def test_a_dead_valkey_holds_up_nobody(opened: Any, limit: Limit) -> None:
    await quickly(opened(NOBODY), limit)


async def test_a_stopped_valkey_holds_up_nobody_and_is_asked_again(
    servers: Servers, opened: Any, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates_module, "PAUSE_S", 0.2)
    rates = opened(servers.redis_url)
    await rates.spend(limit, "before")  # the connection is there
    pid = servers.supervisor.pid("valkey")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.perf_counter()
        assert await taken(rates, limit, 10) == 3
        assert time.perf_counter() - began < 0.5
    finally:
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(0.3)
    other = opened(servers.redis_url)
    assert await taken(rates, limit, 3, "after") + await taken(other, limit, 3, "after") == 3


# --- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def lab_http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    made = []
    for name, value in environment({}, NOBODY).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(limits.SENSITIVE, "lab_search", Rule(3, "caller", "a test"))
    monkeypatch.setitem(limits.SENSITIVE, "lab_code", Rule(3, "address", "a test"))

    def make(redis_url: str = NOBODY, **changed: Any) -> httpx.AsyncClient:
        app = lab_app(**{"redis_url": redis_url, "rate_factor": 1.0, "rate_person": 5, "rate_address": 4} | changed)
        made.append((app.state.service, client_of(app)))
        return made[-1][1]

    yield make
    for service, http in made:
        await http.aclose()
        await service.close()


async def statuses(http: httpx.AsyncClient, times: int, path: str, method: str = "GET", **more: Any) -> list[int]:
    return [(await http.request(method, BASE + path, **more)).status_code for _ in range(times)]


async def test_a_person_has_a_limit(lab_http: Any, district: str) -> None:
    http, one, another = lab_http(), somebody(district), somebody(district)
    assert await statuses(http, 7, "/me", headers=one.headers) == [200] * 5 + [429] * 2
    assert await statuses(http, 1, "/me", headers=one.headers) == [429]  # another session of the same person
    assert await statuses(http, 5, "/me", headers=another.headers) == [200] * 5


async def test_the_refusal_says_what_and_when(lab_http: Any, district: str) -> None:
    http, one = lab_http(), somebody(district)
    await statuses(http, 5, "/me", headers=one.headers)
    answer = await http.get(f"{BASE}/me", headers=one.headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many_requests"
    assert answer.headers["retry-after"] == "12"
    assert answer.headers["ratelimit-policy"] == '"caller";q=5;w=60'
    assert answer.headers["ratelimit"] == '"caller";r=0;t=12'


async def test_an_address_has_a_limit_where_nobody_is_signed_in(lab_http: Any, district: str) -> None:
    http = lab_http()
    assert await statuses(http, 6, "/things/a") == [200] * 4 + [429] * 2
    assert await statuses(http, 1, "/me") == [429]
    assert await statuses(http, 1, "/me", headers=somebody(district).headers) == [
        200
    ]  # who is signed in is no stranger


async def test_tokens_cannot_be_guessed_at_will(lab_http: Any) -> None:
    http = lab_http()
    assert await statuses(http, 6, "/me", headers={"authorization": "Bearer x.y.z"}) == [401] * 4 + [429] * 2


async def test_services_have_no_limit(lab_http: Any, district: str) -> None:
    headers = service_headers(district, "tickets", "lab")
    assert await statuses(lab_http(), 60, "/me", headers=headers) == [200] * 60


async def test_a_sensitive_route_has_a_limit_of_its_own(lab_http: Any, servers: Servers) -> None:
    here, there = lab_http(servers.redis_url), lab_http(servers.redis_url)
    one = somebody(fresh_district())
    first = await statuses(here, 2, "/searches", headers=one.headers)
    second = await statuses(there, 2, "/searches", headers=one.headers)
    assert first + second == [200, 200, 200, 429]
    assert await statuses(here, 1, "/me", headers=one.headers) == [200]


async def test_a_public_sensitive_route_is_counted_by_address(lab_http: Any) -> None:
    assert await statuses(lab_http(), 5, "/codes", "POST") == [200] * 3 + [429] * 2


async def test_with_valkey_hung_no_request_fails_and_none_waits(lab_http: Any, district: str) -> None:
    async with silent() as (url, came):
        http, one = lab_http(url, rate_person=1000), somebody(district)
        began = time.perf_counter()
        answers = await asyncio.gather(*(http.get(f"{BASE}/searches", headers=one.headers) for _ in range(20)))
        assert time.perf_counter() - began < 1
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 17
        assert len(came) <= 3  # what memory refuses does not even ask


async def test_the_usual_request_does_not_ask_valkey(lab_http: Any, district: str) -> None:
    async with silent() as (url, came):
        http = lab_http(url, rate_person=1000, rate_address=1000)
        await statuses(http, 20, "/me", headers=somebody(district).headers)
        await statuses(http, 20, "/things/a")
        assert came == []


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
async def test_an_ipv6_network_is_one_address(lab_http: Any, one: str, other: str, *, together: bool) -> None:
    app = lab_http(rate_address=1)._transport.app
    found = []
    for host in (one, other):
        transport = httpx.ASGITransport(app, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            found += await statuses(http, 1, "/things/a")
    assert found == [200, 429 if together else 200]


def test_whoever_is_sensitive_is_in_the_table() -> None:
    """By the words in its name; and the table names no route that is not there."""
    from tests.architecture.applications import ROUTES  # noqa: PLC0415 - it makes three applications

    names = {route.name for route in ROUTES}
    words = ("session", "code", "refresh", "reveal", "upload", "search", "export", "sign_in", "token")
    asked = {name for name in names if any(word in name for word in words)} - limits.NOT_SENSITIVE.keys()
    missing = asked - limits.SENSITIVE.keys()
    assert missing == set()
    assert {
        name for name in (*limits.SENSITIVE, *limits.NOT_SENSITIVE, *limits.OWN_LIMIT) if name not in names
    } == set()
