"""A district of a test's own that only the import has touched, and short words for what is done to it."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.hierarchy.places.loading import import_places
from services.hierarchy.places.tree import Given
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import loader
from tests.support.world import Somebody, somebody


@dataclass
class Scene:
    """`code("001")` is the district's code with what follows it."""

    api: httpx.AsyncClient
    service: Service
    district: str
    operator: Somebody

    def code(self, rest: str) -> str:
        return self.district + rest

    async def get(self, path: str, who: Somebody | None = None, **params: Any) -> httpx.Response:
        return await self.api.get(path, params=params, headers=(who or self.operator).headers)

    async def place(self, rest: str, **params: Any) -> Any:
        return (await self.get(f"places/{self.code(rest)}", **params)).json()

    async def send(self, method: str, path: str, body: Any = None, who: Somebody | None = None) -> httpx.Response:
        return await self.api.request(method, path, json=body, headers=(who or self.operator).writes())

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        async with self.service.db.connection() as connection:
            return [dict(row) for row in await connection.fetch(sql, self.district)]


# A street, two communities; the first has two grids, the first grid two buildings.
TREE = [
    ("", "示例区", "district", None),
    ("001", "示例街道", "street", ""),
    ("001001", "甲社区", "community", "001"),
    ("001002", "乙社区", "community", "001"),
    ("001001001", "第一网格", "grid", "001001"),
    ("001001002", "第二网格", "grid", "001001"),
    ("001001001-B01", "1号楼", "building", "001001001"),
    ("001001001-B02", "2号楼", "building", "001001001"),
    ("001001001-B01-U01", "1单元", "staircase", "001001001-B01"),
]


async def planted(api: httpx.AsyncClient, service: Service, district: str) -> Scene:
    rows = [
        Given(line, district + code, name, kind, None if parent is None else district + parent)
        for line, (code, name, kind, parent) in enumerate(TREE, 2)
    ]
    async with loader(service, district) as work:
        await import_places(work, rows)
    return Scene(api, service, district, somebody(district, Role.OPERATOR))


async def nights_pass(scene: Scene, days: int = 1) -> None:
    """As if everything had been done so many days ago."""
    async with scene.service.db.connection() as connection:
        for table, columns in (
            ("places", ("created_at", "since")),
            ("place_pasts", ("since", "until")),
            ("gone_places", ("created_at", "gone_at")),
            ("boundaries", ("since", "until")),
            ("post_pasts", ("until",)),
        ):
            moved = ", ".join(f"{name} = {name} - make_interval(days => $2)" for name in columns)
            await connection.execute(f"UPDATE hierarchy.{table} SET {moved} WHERE district = $1", scene.district, days)


async def days_pass(scene: Scene, days: int = 1) -> None:
    """The same of what is written by the day: who held and answered for what, and what organisations were."""
    dated = ("posts", "appointments", "responsibilities", "organisations", "organisation_states")
    async with scene.service.db.connection() as connection:
        for table in (*dated, "organisation_members"):
            for back in (100_000 + days, -100_000):  # out of the way of the days beside them, which keys hold
                moved = "since = since - $2::int, until = until - $2::int"
                await connection.execute(
                    f"UPDATE hierarchy.{table} SET {moved} WHERE district = $1", scene.district, back
                )
