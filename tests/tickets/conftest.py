"""Tickets in this process, on the real database, beside a stand-in for hierarchy."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.tickets import worker as _handlers  # registers the job handlers
from services.tickets.main import create_app, open_tickets
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from shared.runtime.webhooks import sign
from tests.conftest import client_of
from tests.support.stand_in import StandIn, serving
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

__all__ = ["_handlers"]
BASE = "/api/tickets/v1"
STREET = child(ROOT, 1)
COMMUNITY = child(STREET, 1)
ELSEWHERE = child(STREET, 2)


@pytest.fixture(scope="session")
async def hierarchy_server() -> AsyncIterator[StandIn]:
    async with serving(StandIn()) as running:
        yield running


@pytest.fixture
def hierarchy(hierarchy_server: StandIn) -> StandIn:
    """Well, and empty but for two communities."""
    hierarchy_server.mood = "well"
    for kept in (hierarchy_server.places, hierarchy_server.chain, hierarchy_server.contacts, hierarchy_server.asked):
        kept.clear()
    hierarchy_server.place("C1", COMMUNITY)
    hierarchy_server.place("C2", ELSEWHERE, name="别的社区")
    return hierarchy_server


@asynccontextmanager
async def service_with(**environment: str) -> AsyncIterator[Service]:
    """Another process of the service: its own pool, its own memory of hierarchy's health."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        service = open_tickets()
    try:
        yield service
    finally:
        await service.close()


@pytest.fixture(scope="session")
async def tickets(database: dict[str, str], hierarchy_server: StandIn) -> AsyncIterator[Service]:
    urls = {"LINLI_TICKETS_DATABASE_URL": database["tickets"], "LINLI_HIERARCHY_URL": hierarchy_server.url}
    async with service_with(**urls) as service:
        yield service


@pytest.fixture(scope="session")
async def client(tickets: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(tickets)) as made:
        yield made


@dataclass
class Cast:
    """The people of a story in one district, and what they do."""

    client: httpx.AsyncClient
    service: Service
    hierarchy: StandIn
    district: str
    resident: Somebody
    staff: Somebody
    head: Somebody
    grid_worker: Somebody
    operator: Somebody

    async def report(self, who: Somebody | None = None, *, key: str | None = None, **changed: Any) -> httpx.Response:
        new = {
            "title": "3号楼暖气不热",
            "content": "从昨晚起暖气片冰凉。",
            "place": "C1",
            "category": "JC05",
            "urgency": "L2",
        } | changed
        return await self.client.post(f"{BASE}/appeals", json=new, headers=(who or self.resident).writes(key))

    async def move(
        self, appeal: str, move: str, who: Somebody, given: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        return await self.client.post(
            f"{BASE}/appeals/{appeal}/{move}",
            json={} if given is None else given,
            headers=who.writes(**{name.replace("_", "-"): value for name, value in headers.items()}),
        )

    async def get(self, path: str, who: Somebody, **params: Any) -> httpx.Response:
        return await self.client.get(f"{BASE}{path}", headers=who.headers, params=params)

    async def shown(self, appeal: str, who: Somebody | None = None) -> dict[str, Any]:
        """The appeal as somebody (an operator) sees it."""
        answer = await self.get(f"/appeals/{appeal}", who or self.operator)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def listed(self, who: Somebody, path: str = "/appeals", **params: Any) -> list[str]:
        """The ids on the first page of a list."""
        answer = await self.get(path, who, **params)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    async def events(self, appeal: str) -> list[str]:
        """What happened to it, by name."""
        answer = await self.get(f"/appeals/{appeal}/timeline", self.operator)
        return [item["event"] for item in answer.json()]

    async def sql(self, sql: str, *values: Any) -> list[Any]:
        """Asks the database as the service's own role; `$1` is the district."""
        async with self.service.db.connection() as connection:
            return list(await connection.fetch(sql, self.district, *values))

    async def count(self, table: str, condition: str = "true") -> int:
        found = await self.sql(f"SELECT count(*) FROM tickets.{table} WHERE district = $1 AND {condition}")
        return int(found[0][0])

    async def work(self) -> int:
        return await run_due(self.service, self.district)

    async def assigned(self) -> str:
        """An appeal that was filed and handed to the building head."""
        appeal = (await self.report()).json()["id"]
        filed = await self.move(appeal, "file", self.staff, {"category": "JC05", "urgency": "L2"})
        assert filed.status_code == 200, filed.text
        await self.work()
        return str(appeal)

    async def walk(self, appeal: str, *moves: tuple[str, Somebody, dict[str, Any]]) -> dict[str, Any]:
        """Makes the moves, all of which must succeed."""
        for move, who, given in moves:
            done = await self.move(appeal, move, who, given)
            assert done.status_code == 200, (move, done.text)
        shown: dict[str, Any] = done.json()
        return shown

    async def answered(self) -> str:
        """An appeal that was handled and answered: it waits for call-back and rating."""
        appeal = await self.assigned()
        await self.walk(
            appeal,
            ("sign", self.head, {}),
            ("resolve", self.head, RESULT),
            ("reply", self.head, {"text": "您好，阀门已更换。"}),
        )
        return appeal


RESULT = {
    "result": "resolved",
    "internal_note": "更换了单元入口的阀门。",
    "public_reply": "阀门已更换，暖气已恢复。",
    "evidence": [{"kind": "photo", "description": "更换后的阀门"}],
}


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, after a look at the rest of the document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert {"type", "title", "detail", "detail_zh", "detail_en", "request_id"} <= set(document)
    return answer.status_code, document["code"]


@pytest.fixture
def cast(client: httpx.AsyncClient, tickets: Service, hierarchy: StandIn, district: str) -> Cast:
    """A resident, the community's staff, a building head and a grid worker who answer for C1, an operator."""
    people = Cast(
        client=client,
        service=tickets,
        hierarchy=hierarchy,
        district=district,
        resident=somebody(district, Role.RESIDENT, COMMUNITY),
        staff=somebody(district, Role.COMMUNITY_STAFF, COMMUNITY),
        head=somebody(district, Role.BUILDING_HEAD, COMMUNITY),
        grid_worker=somebody(district, Role.GRID_WORKER, COMMUNITY),
        operator=somebody(district, Role.OPERATOR, ROOT),
    )
    place = hierarchy.places["C1"]
    hierarchy.link("楼栋长", people.head.id, place, Role.BUILDING_HEAD)
    hierarchy.link("网格长", people.grid_worker.id, place, Role.GRID_WORKER)
    return people


_orders = itertools.count(1)


@dataclass
class Caller12345:
    """A hotline as it speaks to us: it signs what it sends."""

    client: httpx.AsyncClient
    id: str
    secret: str
    order_no: str = field(default_factory=lambda: f"2511220000{next(_orders):05}")

    def order(self, **changed: Any) -> dict[str, Any]:
        """A new order about heating at C1."""
        order = {
            "order_no": self.order_no,
            "category": {"code": "JC05"},
            "title": "家中暖气不热",
            "content": "从昨晚起家里暖气冰凉。",
            "caller": {"name": "虚构居民", "phone": "10012345678"},
            "occurred": {"address": "1号楼101室", "place_code": "C1"},
            "urgency": "L2",
        }
        return {"event": "order.dispatched", "order": order | changed}

    def about(self, event: str, **given: Any) -> dict[str, Any]:
        """News about that order."""
        return {"event": f"order.{event}", "order_no": self.order_no} | given

    async def send(
        self,
        event: dict[str, Any] | bytes,
        *,
        message: str | None = None,
        secret: str | None = None,
        at: datetime | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> httpx.Response:
        """Signed by the secret (of another, at another time); a header that is None is left out."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        message = message or f"msg_{uuid4().hex}"
        signed: dict[str, str | None] = {"content-type": "application/json"}
        signed |= sign(secret or self.secret, message, at or datetime.now(UTC), body)
        signed |= headers or {}
        sent = {name: value for name, value in signed.items() if value is not None}
        return await self.client.post(f"{BASE}/hotlines/{self.id}/events", content=body, headers=sent)

    def with_secret(self, secret: str) -> "Caller12345":
        return replace(self, secret=secret)


@pytest.fixture
async def hotline(cast: Cast) -> Caller12345:
    """The district's hotline, set up by its operator, with no callback address yet."""
    return await set_up(cast)


async def set_up(cast: Cast, callback_url: str | None = None) -> Caller12345:
    settings = {"name": "测试12345热线", "callback_url": callback_url}
    identity = f"{cast.district}-12345"
    answer = await cast.client.put(f"{BASE}/hotlines/{identity}", json=settings, headers=cast.operator.headers)
    assert answer.status_code == 200, answer.text
    return Caller12345(cast.client, identity, answer.json()["secret"])
