"""The three services on one database and one tree of places; things of every kind, as many as a test wants of each.

One of each kind is made by the public API; the others are copies of its row with a few columns changed, so that every
request that may change something finds a thing of its own.
"""

import asyncio
import io
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image

from migrations.run import SERVICES
from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.sealer import seal_once
from shared.runtime.service import Service
from tests.conftest import client_of
from tests.hierarchy.small import load_small, loader, place
from tests.support.world import Somebody, fresh_district, somebody

COMMUNITY = child(child(ROOT, 1), 1)
BUILDING, BESIDE, HOME = child(COMMUNITY, 1), child(COMMUNITY, 2), child(child(COMMUNITY, 1), 1)
CODE = "CODE2345"
_numbers = itertools.count(1)


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


PICTURE = _picture()
RELATIVE: dict[str, Callable[[str], str]] = {
    "own": lambda path: path,
    "ancestor": lambda path: path[:-4] or ROOT,
    "district": lambda _: ROOT,
    "descendant": lambda path: child(path, 1) if path != ROOT else COMMUNITY,
    "sibling": lambda path: path[:-4] + "0zzz" if len(path) > len(ROOT) else BESIDE,
    "other": lambda _: ROOT,
}


@dataclass
class World:
    """`at` and `away` are two districts with the same places. `first` holds the row that others are copied from."""

    http: dict[str, httpx.AsyncClient]
    services: dict[str, Service]
    owner: asyncpg.Connection
    at: str
    away: str
    first: dict[str, UUID] = field(default_factory=dict)
    person: UUID = field(default_factory=new_id)
    tokens: dict[tuple[str, tuple[tuple[Role, str], ...]], dict[str, str]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def building(self) -> str:
        return f"{self.at}100001-B01"

    async def done(self, service: str, who: Somebody, path: str, body: dict[str, Any]) -> Any:
        answer = await self.http[service].post(f"/api/{service}/v1{path}", json=body, headers=who.writes())
        assert answer.is_success, answer.text
        return answer.json()

    async def sql(self, sql: str, *values: Any) -> list[Any]:
        async with self.lock:
            return list(await self.owner.fetch(sql, *values))

    async def copy(self, table: str, original: UUID, **changed: Any) -> UUID:
        """A copy of a row with another id and these columns changed."""
        made = new_id()
        changes = json.dumps({"id": str(made)} | changed, default=str)
        await self.sql(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, $3::jsonb)).* FROM {table} t "
            "WHERE district = $1 AND id = $2",
            self.at, original, changes,
        )  # fmt: skip
        return made

    async def person_at(self, path: str) -> tuple[UUID, str]:
        """Somebody new who lives there: their id and number."""
        service, number = self.services["hierarchy"], f"100{next(_numbers):08}"
        row = {
            "code": f"{self.at}-m-{number}", "name": "虚构居民", "phone": number, "listed_as": "member", "path": path,
            "party_member": False, "invented": True, "attributes": {},
        }  # fmt: skip
        async with self.lock, loader(service, self.at) as work:
            await people.put(work, service.vault, [row])
            found = await people.by_phone(work, service.vault, number)
        assert found is not None
        return found["id"], number

    async def attachment(self) -> UUID:
        """The first attachment, sent by the community's staff."""
        if "attachments" not in self.first:
            staff = somebody(self.at, Role.COMMUNITY_STAFF, COMMUNITY)
            path = f"/api/tickets/v1/appeals/{self.first['appeals']}/attachments"
            sent = {"file": ("楼道.png", PICTURE, "image/png")}
            answer = await self.http["tickets"].post(path, files=sent, data={"kind": "report"}, headers=staff.writes())
            assert answer.is_success, answer.text
            self.first["attachments"] = UUID(answer.json()["id"])
        return self.first["attachments"]

    async def begin(self) -> None:
        """The first of each kind."""
        staff = somebody(self.at, Role.COMMUNITY_STAFF, COMMUNITY)
        resident = somebody(self.at, Role.RESIDENT, BESIDE)
        appeal = {"title": "暖气不热", "content": "从昨晚起冰凉。", "place": self.building, "category": "JC05"}
        self.first["appeals"] = UUID((await self.done("tickets", resident, "/appeals", appeal))["id"])
        starts = datetime.now(UTC) + timedelta(days=1)
        activity = {
            "title": "便民集市", "type": "fair", "place": self.building, "capacity": 50,
            "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(),
        }  # fmt: skip
        made = (await self.done("events", staff, "/activities", activity))["id"]
        self.first["activities"] = UUID(made)
        opened = await self.copy("events.activities", UUID(made), step="open")
        signed = await self.done("events", resident, f"/activities/{opened}/registrations", {})
        self.first["registrations"] = UUID(signed["id"])
        [place_row] = await self.sql(
            "SELECT id FROM hierarchy.places WHERE district = $1 AND path = $2", self.at, BUILDING
        )
        self.first["places"] = place_row["id"]
        await self.sql(
            "INSERT INTO hierarchy.contact_sheets (district, id, path, rules) VALUES ($1, $2, $3, '{}')",
            self.at, new_id(), COMMUNITY,
        )  # fmt: skip
        self.person = (await self.sql("SELECT id FROM hierarchy.people WHERE district = $1", self.at))[0]["id"]


async def _prepared(urls: dict[str, str], patch: pytest.MonkeyPatch) -> tuple[dict[str, Service], dict[str, FastAPI]]:
    services, applications = {}, {}
    for name in SERVICES:
        patch.setenv(f"LINLI_{name.upper()}_DATABASE_URL", urls[name])
        main = import_module(f"services.{name}.main")
        services[name] = getattr(main, f"open_{name}")()
        applications[name] = main.create_app(services[name])
    return services, applications


@asynccontextmanager
async def _on_loopback(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def open_world(urls: dict[str, str]) -> AsyncIterator[World]:
    """Two districts with a street, two communities, two buildings and a home each."""
    listeners = {name: socket.socket() for name in SERVICES}
    with pytest.MonkeyPatch.context() as patch:
        for name, listener in listeners.items():
            listener.bind(("127.0.0.1", 0))
            patch.setenv(f"LINLI_{name.upper()}_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        services, applications = await _prepared(urls, patch)
        owner = await asyncpg.connect(urls["owner"])
        clients = {name: client_of(app) for name, app in applications.items()}
        world = World(clients, services, owner, fresh_district(), fresh_district())
        async with AsyncExitStack() as stack:
            for name, app in applications.items():
                await stack.enter_async_context(_on_loopback(app, listeners[name]))
            for d in (world.at, world.away):
                more = [
                    place(d, f"{d}100001-B02", f"{d}100001", "building", "甲社区2号楼"),
                    place(d, f"{d}100001-B01-H0001", f"{d}100001-B01", "household", "101室"),
                ]
                await load_small(services["hierarchy"], d, *more)
            await world.begin()
            for service in services.values():
                await seal_once(service)
            yield world
        for name in SERVICES:
            await clients[name].aclose()
            await services[name].close()
        await owner.close()
