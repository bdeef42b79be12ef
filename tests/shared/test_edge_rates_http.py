"""Rate limits over HTTP: who is counted as whom, and what a refusal says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.local.servers import Servers
from shared.runtime import rates as rates_module
from shared.runtime.web import limits
from shared.runtime.web.limits import Rule
from tests.conftest import client_of
from tests.support.edge_lab import BASE, lab_app, silent
from tests.support.world import environment, fresh_district, service_headers, somebody

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine even a healthy Valkey may take longer than 50 ms."""
    monkeypatch.setattr(rates_module, "DEADLINE_S", 10)


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


async def test_the_refusal_says_what_and_when(lab_http: Any, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    http, one = lab_http(), somebody(district)
    await statuses(http, 5, "/me", headers=one.headers)
    answer = await http.get(f"{BASE}/me", headers=one.headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many_requests"
    assert answer.headers["retry-after"] == "12"
    assert answer.json()["detail"] == "操作太频繁，请 12 秒后再试。"
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


async def test_a_sensitive_route_has_a_limit_of_its_own(lab_http: Any, servers: Servers, patient: None) -> None:
    here, there = lab_http(servers.redis_url), lab_http(servers.redis_url)
    one = somebody(fresh_district())
    first = await statuses(here, 2, "/searches", headers=one.headers)
    second = await statuses(there, 2, "/searches", headers=one.headers)
    assert first + second == [200, 200, 200, 429]
    assert await statuses(here, 1, "/me", headers=one.headers) == [200]


async def test_a_public_sensitive_route_is_counted_by_address(lab_http: Any) -> None:
    assert await statuses(lab_http(), 5, "/codes", "POST") == [200] * 3 + [429] * 2


async def test_with_valkey_hung_no_request_fails_and_none_waits(
    lab_http: Any, district: str, ends_of_waits: list[Any]
) -> None:
    async with silent() as (url, came):
        http, one = lab_http(url, rate_person=1000), somebody(district)
        answers = await asyncio.gather(*(http.get(f"{BASE}/searches", headers=one.headers) for _ in range(20)))
        assert set(ends_of_waits) == {asyncio.CancelledError}
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
