"""A small district with households, its staff, its building head and somebody from next door."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import PHONE, load_small, loader, place
from tests.support.world import Somebody, somebody

COMMUNITY = child(child(ROOT, 1), 1)
BUILDING = child(COMMUNITY, 1)
WHY = {"reason_kind": "verify_identity", "reason": "窗口核对身份"}


def homes(district: str, count: int) -> list[Any]:
    """Household places of the small district's building."""
    building = f"{district}100001-B01"
    return [place(district, f"{building}-H{n:04}", building, "household", f"{n}室") for n in range(1, count + 1)]


@dataclass
class Register:
    """`head` holds the building's post."""

    service: Service
    api: httpx.AsyncClient
    district: str
    staff: Somebody
    head: Somebody
    stranger: Somebody

    def home(self, number: int) -> str:
        return f"{self.district}100001-B01-H{number:04}"

    async def get(self, path: str, who: Any = None, **params: Any) -> httpx.Response:
        return await self.api.get(path, params=params, headers=(who or self.staff).headers)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        who: Any = None,
        key: Any = None,
        **headers: str,
    ) -> httpx.Response:
        sent = (who or self.staff).writes(key, **headers)
        return await self.api.post(path, json=dict(body), headers=sent)

    async def household(self, number: int = 1) -> dict[str, Any]:
        made = await self.post("households", {"place": self.home(number)})
        assert made.status_code == 201, made.text
        shown: dict[str, Any] = made.json()
        return shown

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.service.db.connection() as connection, connection.transaction():
            # Whole tables are compared, maybe before PostgreSQL knows how large they are.
            await connection.execute("SET LOCAL enable_nestloop = off")
            return list(await connection.fetch(sql, self.district, *values))


async def open_register(service: Service, api: httpx.AsyncClient, district: str, count: int = 4) -> Register:
    """The district with so many homes."""
    await load_small(service, district, *homes(district, count))
    async with loader(service, district) as work:
        head = await people.by_phone(work, service.vault, PHONE)
    assert head is not None
    person: UUID = head["id"]
    return Register(
        service,
        api,
        district,
        somebody(district, Role.COMMUNITY_STAFF, COMMUNITY),
        somebody(district, Role.BUILDING_HEAD, BUILDING, id=person),
        somebody(district, Role.COMMUNITY_STAFF, child(child(ROOT, 1), 2)),
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
