"""A running events service in this process, over a real PostgreSQL, with a stand-in for hierarchy."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

import services.events.worker  # noqa: F401 - registers the handlers of jobs
from services.events.main import create_app, open_events
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.support.stand_in import StandIn, serving
from tests.support.steps import run_due
from tests.support.world import Somebody, fresh_district, somebody

STREET = child(ROOT, 1)
COMMUNITY, ELSEWHERE = child(STREET, 1), child(STREET, 2)
PLACE, OTHER_PLACE = "341702010005", "341702010006"
BASE = "/api/events/v1"


@dataclass
class World:
    """One district with a community, its staff, and the service that serves it."""

    service: Service
    http: httpx.AsyncClient
    hierarchy: StandIn
    district: str
    staff: Somebody
    owner_url: str

    @property
    def now(self) -> datetime:
        return self.service.db.now()

    def resident(self) -> Somebody:
        return somebody(self.district)

    async def get(self, who: Somebody, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(BASE + path, headers=who.headers, params=params)

    async def post(
        self,
        who: Somebody,
        path: str,
        body: dict[str, Any] | None = None,
        key: str | None = None,
        match: str | None = None,
    ) -> httpx.Response:
        headers = who.writes(key) | ({"If-Match": match} if match else {})
        return await self.http.post(BASE + path, headers=headers, json=body or {})

    def activity(self, **changes: Any) -> dict[str, Any]:
        """The body of a new activity of tomorrow."""
        starts = changes.pop("starts", self.now + timedelta(days=1))
        body = {
            "title": "便民集市",
            "type": "fair",
            "place": PLACE,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "capacity": 2,
        }
        return body | changes

    async def opened(self, **changes: Any) -> str:
        """The id of an activity that is open for sign-up."""
        made = await self.post(self.staff, "/activities", self.activity(**changes))
        assert made.status_code == 201, made.text
        activity: str = made.json()["id"]
        opening = await self.post(self.staff, f"/activities/{activity}/open")
        assert opening.status_code == 200, opening.text
        return activity

    async def signed_up(self, activity: str, who: Somebody | None = None) -> dict[str, Any]:
        answer = await self.post(who or self.resident(), f"/activities/{activity}/registrations")
        assert answer.status_code == 201, answer.text
        registration: dict[str, Any] = answer.json()
        return registration

    async def run(self) -> int:
        """Runs every job that is due."""
        return await run_due(self.service, self.district)

    async def settle(self) -> None:
        """Runs jobs until none is left, those put off after a failure too."""
        while await self._jobs():
            async with self.service.db.connection() as connection:
                sql = "UPDATE events.jobs SET due_at = now() WHERE district = $1 AND attempts > 0"
                await connection.execute(sql, self.district)
            await self.run()

    async def _jobs(self) -> int:
        async with self.service.db.connection() as connection:
            sql = "SELECT count(*) FROM events.jobs WHERE district = $1 AND name <> 'events.activity.turn'"
            return int(await connection.fetchval(sql, self.district))

    async def shift(self, activity: str, **to: datetime) -> None:
        """Lets time pass: sets the activity's times in the database."""
        async with self.service.db.connection() as connection:
            for column, moment in to.items():
                sql = f"UPDATE events.activities SET {column} = $3 WHERE district = $1 AND id = $2"
                await connection.execute(sql, self.district, activity, moment)


@pytest.fixture(scope="session")
async def hierarchy() -> AsyncIterator[StandIn]:
    async with serving(StandIn()) as running:
        running.place(PLACE, COMMUNITY, name="东湖路社区")
        running.place(OTHER_PLACE, ELSEWHERE, name="他山社区")
        yield running


@pytest.fixture
async def world(database: dict[str, str], hierarchy: StandIn, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("LINLI_HIERARCHY_URL", hierarchy.url)
    monkeypatch.setenv("LINLI_POOL_SIZE", "20")
    hierarchy.mood = "well"
    service = open_events()
    district = fresh_district()
    staff = somebody(district, Role.COMMUNITY_STAFF, COMMUNITY)
    async with client_of(create_app(service)) as http:
        yield World(service, http, hierarchy, district, staff, database["owner"])
    await service.close()
