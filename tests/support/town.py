"""The three services in this process, calling each other over loopback, with one resident of one district."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.hierarchy.small import load_small, loader
from tests.support.served import served
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody

PHONE, NAME = "10077776666", "虚构居民甲"
SERVICES = ("hierarchy", "tickets", "events")


@dataclass
class Town:
    """`person` is the resident's id, `admin` the security administrator."""

    services: dict[str, Service]
    http: dict[str, httpx.AsyncClient]
    district: str
    person: UUID
    resident: Somebody
    admin: Somebody

    async def post(
        self, name: str, path: str, who: Somebody, body: dict[str, Any], key: str | None = None
    ) -> httpx.Response:
        return await self.http[name].post(f"/api/{name}/v1{path}", json=body, headers=who.writes(key))

    async def get(self, name: str, path: str, who: Somebody) -> httpx.Response:
        return await self.http[name].get(f"/api/{name}/v1{path}", headers=who.headers)

    async def rows(self, name: str, sql: str) -> list[Any]:
        """As the service's own role; `$1` is the district."""
        async with self.services[name].db.connection() as connection:
            return list(await connection.fetch(sql, self.district))

    async def work(self) -> None:
        """Runs every job that is due, and what follows from it in another service."""
        for name in SERVICES * 2:
            await run_due(self.services[name], self.district)

    async def everything(self) -> str:
        """Every row of the district in every table of every service."""
        found: list[str] = []
        for name in SERVICES:
            for table in import_module(f"services.{name}.metadata").METADATA.tables.values():
                rows = await self.rows(name, f"SELECT t::text FROM {table.fullname} t WHERE district = $1")
                found += [row[0] for row in rows]
        return "\n".join(found)


@asynccontextmanager
async def town_in(district: str) -> AsyncIterator[Town]:
    """The small district of hierarchy's tests, and its resident."""
    services: dict[str, Service] = {}
    http: dict[str, httpx.AsyncClient] = {}
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in reversed(SERVICES):  # hierarchy is opened last: it calls the others, and they call it
            main = import_module(f"services.{name}.main")
            import_module(f"services.{name}.worker")
            services[name] = getattr(main, f"open_{name}")()
            stack.push_async_callback(services[name].close)
            app = main.create_app(services[name])
            http[name] = await stack.enter_async_context(client_of(app))
            patch.setenv(f"LINLI_{name.upper()}_URL", await stack.enter_async_context(served(app)))
        for name in ("tickets", "events"):
            services[name].clients["hierarchy"] = await stack.enter_async_context(_calling_hierarchy(name))
        yield await peopled(Town(services, http, district, new_id(), *[somebody(district)] * 2))


@asynccontextmanager
async def _calling_hierarchy(name: str) -> AsyncIterator[Any]:
    """hierarchy's address is known only now: another opening of the service, for its client."""
    again: Service = getattr(import_module(f"services.{name}.main"), f"open_{name}")()
    yield again.clients["hierarchy"]
    await again.close()


async def peopled(town: Town) -> Town:
    """Loads the small district of hierarchy's tests, and its resident."""
    hierarchy, district = town.services["hierarchy"], town.district
    await load_small(hierarchy, district)
    async with loader(hierarchy, district) as work:
        await work.begin()
        row: dict[str, Any] = {
            "code": f"{district}-x-1",
            "name": NAME,
            "phone": PHONE,
            "listed_as": "x",
            "path": ROOT + "0001" * 3,
            "party_member": True,
            "invented": True,
            "attributes": {"note": "住三楼"},
        }
        ids, _ = await people.put(work, hierarchy.vault, [row])
    town.person = ids[row["code"]]
    town.resident = somebody(district, Role.RESIDENT, id=town.person)
    town.admin = somebody(district, Role.SECURITY_ADMIN)
    return town
