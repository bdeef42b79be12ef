"""A small district with twelve people, and somebody of every role who matters to bodies and partners."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from services.hierarchy.agreements import jobs as _agreements
from services.hierarchy.evaluations import jobs as _evaluations
from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small, loader
from tests.hierarchy.tree_scene import Scene, days_pass, nights_pass
from tests.support.world import Somebody, somebody

HANDLERS = (_agreements, _evaluations)  # what a worker would have loaded
STREET = child(ROOT, 1)
COMMUNITY, BESIDE = child(STREET, 1), child(STREET, 2)
BUILDING = child(COMMUNITY, 1)


@dataclass
class Partnership:
    """`place` is the community; `staff` run it; `people` are twelve of its members, every second in the party."""

    service: Service
    api: httpx.AsyncClient
    district: str
    people: list[UUID]
    staff: Somebody = field(init=False)
    elsewhere: Somebody = field(init=False)
    head: Somebody = field(init=False)
    resident: Somebody = field(init=False)

    def __post_init__(self) -> None:
        self.staff = somebody(self.district, Role.COMMUNITY_STAFF, COMMUNITY)
        self.elsewhere = somebody(self.district, Role.COMMUNITY_STAFF, BESIDE)
        self.head = somebody(self.district, Role.BUILDING_HEAD, BUILDING)
        self.resident = somebody(self.district, Role.RESIDENT, BUILDING, id=self.people[0])

    @property
    def place(self) -> str:
        return f"{self.district}100001"

    async def get(self, path: str, who: Somebody | None = None, expect: int = 200, **params: Any) -> Any:
        answer = await self.api.get(path, headers=(who or self.staff).headers, params=params)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def post(
        self, path: str, body: dict[str, Any] | None = None, who: Somebody | None = None, expect: int = 0, **more: str
    ) -> Any:  # fmt: skip
        answer = await self.api.post(path, json=body or {}, headers=(who or self.staff).writes(**more))
        assert answer.status_code == expect if expect else answer.is_success, answer.text
        return answer.json()

    async def organisation(self, kind: str = "partner", name: str = "示例医院", **more: Any) -> str:
        made = await self.post("organisations", {"kind": kind, "name": name, "place": self.place} | more, expect=201)
        code: str = made["code"]
        return code

    async def journal(self, subject: str | UUID) -> list[dict[str, Any]]:
        async with self.service.db.connection() as connection:
            rows = await connection.fetch(
                "SELECT event, before, after, data FROM hierarchy.journal WHERE district = $1 AND subject_id = $2 "
                "ORDER BY at, id",
                self.district, UUID(str(subject)),
            )  # fmt: skip
        return [dict(row) for row in rows]

    async def today(self) -> date:
        async with loader(self.service, self.district) as work:
            return work.today

    async def nights(self, days: int = 1) -> None:
        """As if everything had been done so many days ago."""
        scene = Scene(self.api, self.service, self.district, somebody(self.district, Role.OPERATOR))
        await nights_pass(scene, days)
        await days_pass(scene, days)

    async def sql(self, sql: str, *values: Any) -> None:
        async with self.service.db.connection() as connection:
            await connection.execute(sql, self.district, *values)


async def found(service: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    """Founds it."""
    return Partnership(service, api, district, await settle(service, district))


async def settle(service: Service, district: str) -> list[UUID]:
    """The small district, and the ids of twelve people more."""
    await load_small(service, district)
    rows = [
        {"code": f"{district}-member-{n:04}", "name": f"虚构居民{n}", "phone": f"1007{district[-4:]}{n:03}",
         "listed_as": "member", "path": COMMUNITY, "party_member": n % 2 == 0, "invented": True, "attributes": {}}
        for n in range(12)
    ]  # fmt: skip
    async with loader(service, district) as work:
        await work.begin()
        ids, _ = await people.put(work, service.vault, rows)
    return [ids[str(row["code"])] for row in rows]
