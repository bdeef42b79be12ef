"""A station in a district of a test's own, with people who keep it; shared by the tests of venues and rosters."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.hierarchy import worker  # its import registers what jobs do
from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT, child
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small, loader
from tests.support.world import Somebody, somebody

STREET = child(ROOT, 1)
COMMUNITY, OTHER = child(STREET, 1), child(STREET, 2)
BUILDING = child(COMMUNITY, 1)
ALL_DAY = {"opens": "08:00", "closes": "21:00"}


HANDLERS = worker.__all__


@dataclass
class Station:
    """`api` speaks for anybody; `id` is the station of the small district's first community."""

    api: httpx.AsyncClient
    service: Service
    district: str
    id: str = ""
    staff: Somebody = field(init=False)
    head: Somebody = field(init=False)
    resident: Somebody = field(init=False)
    stranger: Somebody = field(init=False)
    day: date = field(init=False)
    _people: int = 0

    def __post_init__(self) -> None:
        self.day = tomorrow(self.service)  # taken once: midnight may pass at any line of a story
        self.staff = somebody(self.district, Role.COMMUNITY_STAFF, COMMUNITY)
        self.head = somebody(self.district, Role.BUILDING_HEAD, COMMUNITY)
        self.resident = somebody(self.district, Role.RESIDENT, BUILDING)
        self.stranger = somebody(self.district, Role.COMMUNITY_STAFF, OTHER)

    async def post(
        self, path: str, body: dict[str, Any], who: Somebody | None = None, *, matching: str | None = None
    ) -> httpx.Response:
        headers = (who or self.staff).writes() | ({"If-Match": matching} if matching else {})
        return await self.api.post(path, json=body, headers=headers)

    async def done(self, path: str, body: dict[str, Any] | None = None, who: Somebody | None = None) -> Any:
        answer = await self.post(path, body or {}, who)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def get(self, path: str, who: Somebody | None = None, **params: Any) -> Any:
        answer = await self.api.get(path, params=params, headers=(who or self.staff).headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def status(self, path: str, who: Somebody) -> int:
        return (await self.api.get(path, headers=who.headers)).status_code

    async def person(self, name: str = "虚构值班员", role: Role = Role.COMMUNITY_STAFF) -> Somebody:
        """Somebody new who is known here, signed in with a grant over the community."""
        self._people += 1
        number = f"100{int(self.district):06}{self._people:02}"
        row = {
            "code": f"{self.district}-k-{self._people:04}", "name": f"{name}{self._people}", "phone": number,
            "listed_as": "keeper", "path": COMMUNITY, "party_member": False, "invented": True, "attributes": {},
        }  # fmt: skip
        async with loader(self.service, self.district) as work:
            await work.begin()
            await people.put(work, self.service.vault, [row])
            found = await people.by_phone(work, self.service.vault, number)
        assert found is not None
        return Somebody(self.district, ((role, COMMUNITY),), found["id"])

    async def sql(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        async with self.service.db.connection() as connection:
            return list(await connection.fetch(sql, *values))

    async def journal(self, event: str) -> list[asyncpg.Record]:
        sql = "SELECT * FROM hierarchy.journal WHERE district = $1 AND event = $2 ORDER BY at, id"
        return await self.sql(sql, self.district, event)


async def open_station(api: httpx.AsyncClient, service: Service, district: str, **more: Any) -> Station:
    """Loads the small district and makes a station in it, open 08:00 to 21:00 every day."""
    await load_small(service, district)
    made = Station(api, service, district)
    body = {"kind": "station", "name": "示例驿站", "place": f"{district}100001", "capacity": 12} | more
    made.id = (await made.done("venues", body))["id"]
    return made


def at(day: Any, clock: str) -> str:
    """That time on the wall clock, with its offset."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHINA).isoformat()


def still(monkeypatch: pytest.MonkeyPatch, service: Service) -> datetime:
    """The service's clock stands, at what the wall clock in China has: for a story of one day, or one hour of it."""
    now = service.db.now().astimezone(CHINA)
    monkeypatch.setattr(service.db, "now", lambda: now)
    return now


def tomorrow(service: Service, days: int = 1) -> Any:
    """A day to come, as the wall clock in China has it."""
    return service.db.now().astimezone(CHINA).date() + timedelta(days=days)
