"""Tickets in this process, on the real database, beside a stand-in for hierarchy."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.tickets import worker as _handlers  # registers the job handlers
from services.tickets.main import create_app, open_tickets
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.support.stand_in import StandIn, serving
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

__all__ = ["_handlers"]
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


@pytest.fixture(scope="session")
async def tickets(database: dict[str, str], hierarchy_server: StandIn) -> AsyncIterator[Service]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINLI_HIERARCHY_URL", hierarchy_server.url)
        service = open_tickets()
    yield service
    await service.close()


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
        return await self.client.post("/api/tickets/v1/appeals", json=new, headers=(who or self.resident).writes(key))

    async def move(
        self, appeal: str, move: str, who: Somebody, given: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        return await self.client.post(
            f"/api/tickets/v1/appeals/{appeal}/{move}",
            json=given or {},
            headers=who.writes(**{name.replace("_", "-"): value for name, value in headers.items()}),
        )

    async def get(self, path: str, who: Somebody) -> httpx.Response:
        return await self.client.get(f"/api/tickets/v1{path}", headers=who.headers)

    async def work(self) -> int:
        return await run_due(self.service, self.district)

    async def assigned(self) -> str:
        """An appeal that was filed and handed to the building head."""
        appeal = (await self.report()).json()["id"]
        filed = await self.move(appeal, "file", self.staff, {"category": "JC05", "urgency": "L2"})
        assert filed.status_code == 200, filed.text
        await self.work()
        return str(appeal)


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
