"""A session that ended in hierarchy is over everywhere: the three services as they run, with the real queue between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.events.main import create_app as events_app
from services.events.main import open_events
from services.hierarchy import worker as _handlers  # registers the job handlers
from services.hierarchy.main import create_app as hierarchy_app
from services.hierarchy.main import open_hierarchy
from services.tickets.main import create_app as tickets_app
from services.tickets.main import open_tickets
from shared.kernel.errors import SessionEnded, Unavailable
from shared.kernel.rights import Principal, Role
from shared.runtime import revocations
from shared.runtime.ids import new_id
from shared.runtime.revocations import Revocations
from shared.runtime.service import Service
from shared.runtime.worker import working
from tests.support.lab import SCHEMA, Lab, Wire, open_lab
from tests.support.running import bound, served
from tests.support.world import Somebody, service_headers, somebody

__all__ = ["_handlers"]
READS = {
    "hierarchy": "/api/hierarchy/v1/me",
    "tickets": "/api/tickets/v1/appeals",
    "events": "/api/events/v1/activities",
}
APPS = {"hierarchy": hierarchy_app, "tickets": tickets_app, "events": events_app}
OPENING = {"hierarchy": open_hierarchy, "tickets": open_tickets, "events": open_events}


@dataclass
class House:
    """The three services, each answering on its own port, and hierarchy's worker."""

    services: dict[str, Service]
    clients: dict[str, httpx.AsyncClient]

    async def get(self, name: str, token: str) -> tuple[int, str]:
        answer = await self.clients[name].get(READS[name], headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json().get("code", "")

    async def refused_soon(self, name: str, token: str) -> None:
        """Waits until the token is refused for its session: two seconds, and more only on a busy machine."""
        async with asyncio.timeout(25):
            while await self.get(name, token) != (401, "session_ended"):  # noqa: ASYNC110 - it looks at another process
                await asyncio.sleep(0.05)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def house(database: dict[str, str]) -> AsyncIterator[House]:
    async with connected(database["owner"]) as owner:
        await owner.execute("DELETE FROM hierarchy.jobs")  # other tests' jobs are out of the way
    ports = {name: bound() for name in APPS}
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, (_, url) in ports.items():
                patch.setenv(f"LINLI_{name.upper()}_URL", url)
            services = {name: opening() for name, opening in OPENING.items()}
            worker = open_hierarchy()
        stack.push_async_callback(worker.close)
        clients = {
            name: await stack.enter_async_context(served(APPS[name](services[name]), ports[name][0])) for name in APPS
        }
        await stack.enter_async_context(working(worker))
        yield House(services, clients)


class TestEverywhere:
    async def test_a_sign_out_is_heard_by_all(self, house: House, district: str) -> None:
        token = somebody(district, Role.COMMUNITY_STAFF).token
        for name in ("tickets", "events"):
            assert (await house.get(name, token))[0] == 200
        headers = {"Authorization": f"Bearer {token}"}
        answer = await house.clients["hierarchy"].delete("/api/hierarchy/v1/sessions/current", headers=headers)
        assert answer.status_code == 204
        await asyncio.gather(*(house.refused_soon(name, token) for name in APPS))

    async def test_others_of_the_same_person_stay(self, house: House, district: str) -> None:
        person = somebody(district, Role.COMMUNITY_STAFF)
        ended, staying = person.token, person.token
        await house.clients["hierarchy"].delete(
            "/api/hierarchy/v1/sessions/current", headers={"Authorization": f"Bearer {ended}"}
        )
        await house.refused_soon("tickets", ended)
        assert (await house.get("tickets", staying))[0] == 200

    async def test_a_restarted_process_knows_it_from_the_first_request_on(self, house: House, district: str) -> None:
        token = somebody(district, Role.COMMUNITY_STAFF).token
        await house.clients["hierarchy"].delete(
            "/api/hierarchy/v1/sessions/current", headers={"Authorization": f"Bearer {token}"}
        )
        await house.refused_soon("tickets", token)
        again = open_tickets()
        async with served(tickets_app(again), bound()[0]) as client:
            answer = await client.get(READS["tickets"], headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


class TestTheDoor:
    """Who may say that a session is over."""

    def body(self) -> dict[str, object]:
        return {"sessions": [str(new_id())], "until": "2099-01-01T00:00:00Z"}

    async def post(
        self, house: House, headers: dict[str, str], body: dict[str, object] | None = None
    ) -> httpx.Response:
        headers = headers | {"Idempotency-Key": str(new_id())}
        return await house.clients["tickets"].post(
            "/api/tickets/v1/revocations", json=body or self.body(), headers=headers
        )

    async def test_hierarchy_may(self, house: House, district: str) -> None:
        answer = await self.post(house, service_headers(district, "hierarchy", "tickets"))
        assert (answer.status_code, answer.json()) == (200, {"sessions": 1})

    async def test_nobody_else_may(self, house: House, district: str) -> None:
        people: list[Somebody] = [somebody(district, role) for role in Role if role is not Role.SERVICE]
        for headers in [*(one.headers for one in people), service_headers(district, "events", "tickets")]:
            assert (await self.post(house, headers)).status_code == 403
        assert (await self.post(house, service_headers(district, "hierarchy", "events"))).status_code == 401

    @pytest.mark.parametrize("changed", [{"sessions": []}, {"sessions": ["x"]}, {"until": "2099-01-01T00:00:00"}])
    async def test_unusable_bodies(self, house: House, district: str, changed: dict[str, object]) -> None:
        headers = service_headers(district, "hierarchy", "tickets")
        assert (await self.post(house, headers, self.body() | changed)).status_code == 422


class TestTheList:
    """What one process remembers, and what it does when it cannot ask."""

    async def end(self, lab: Lab, service: Service, district: str, *, seconds: float = 60) -> str:
        session = new_id()
        async with service.work(Principal(district, "test", "command")) as work:
            await revocations.put(work, [session], work.now + timedelta(seconds=seconds))
        assert await lab.count("revoked_sessions", district) > 0
        return str(session)

    async def test_it_learns_in_the_background(self, lab: Lab, service: Service, district: str) -> None:
        fast = Revocations(SCHEMA, service.db, 0.05)
        async with fast.kept_current():
            session = await self.end(lab, service, district)
            async with asyncio.timeout(20):
                while True:
                    try:
                        fast.check(session)
                    except SessionEnded:
                        break
                    await asyncio.sleep(0.01)
            fast.check(str(new_id()))

    async def test_it_forgets_what_has_run_out(self, lab: Lab, service: Service, district: str) -> None:
        short, long = [await self.end(lab, service, district) for _ in range(2)]
        await service.revocations.read()
        with pytest.raises(SessionEnded):
            service.revocations.check(short)
        sql = "UPDATE lab.revoked_sessions SET until = now() - interval '1 second' WHERE session = $1"
        await lab.run(sql, UUID(short))
        service.revocations._until[short] -= timedelta(seconds=61)  # and here, where it is remembered
        await service.revocations.read()
        service.revocations.check(short)
        with pytest.raises(SessionEnded):
            service.revocations.check(long)
        await service.revocations.sweep()
        assert await lab.count("revoked_sessions", district) == 1

    async def test_the_last_known_list_holds_while_the_database_is_gone(self, lab: Lab, district: str) -> None:
        async with Wire(lab.url) as wire:
            service = open_lab(wire.url)
            kept = Revocations(SCHEMA, service.db, 0.05)
            ended = await self.end(lab, service, district)
            async with kept.kept_current():
                wire.cut()
                await asyncio.sleep(0.3)
                with pytest.raises(SessionEnded):
                    kept.check(ended)
                kept.check(str(new_id()))
            await service.close()

    async def test_a_process_that_never_read_it_lets_nobody_in(self, lab: Lab, district: str) -> None:
        async with Wire(lab.url) as wire:
            service = open_lab(wire.url)
            ended = await self.end(lab, service, district)
            wire.cut()
            kept = Revocations(SCHEMA, service.db, 0.05)
            async with kept.kept_current():
                with pytest.raises(Unavailable):
                    kept.check(str(new_id()))
                wire.mood = "well"
                async with asyncio.timeout(20):
                    while True:
                        try:
                            kept.check(ended)
                        except SessionEnded:
                            break
                        except Unavailable:
                            await asyncio.sleep(0.02)
                kept.check(str(new_id()))
            await service.close()

    async def test_a_long_silence_is_made_up_for(self, lab: Lab, service: Service, district: str) -> None:
        """A process that stood still for minutes has missed rows that are older than its look-back."""
        kept = Revocations(SCHEMA, service.db, 1)
        await kept.read()
        session = await self.end(lab, service, district, seconds=600)
        await lab.run(
            "UPDATE lab.revoked_sessions SET recorded_at = now() - interval '5 minutes' WHERE district = $1", district
        )
        await kept.read()
        kept.check(session)  # not seen: it looks new rows only
        kept._read_at -= 31
        await kept.read()
        with pytest.raises(SessionEnded):
            kept.check(session)
