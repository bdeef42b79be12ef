"""Refusals are journaled, counted, bounded, and in nobody's way."""

import asyncio
import time
import timeit
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from fastapi import FastAPI

from shared.kernel.errors import SignatureInvalid, Unavailable
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission, Principal, Role
from shared.runtime import refusals
from shared.runtime.ids import new_id
from shared.runtime.refusals import Refusal, Refusals, network
from shared.runtime.service import Service
from shared.runtime.web.application import create_application
from shared.runtime.web.doors import Reading, TheService, api_router
from tests.conftest import client_of
from tests.support.lab import SCHEMA, Lab, Wire, open_lab
from tests.support.world import Somebody, somebody

PATH = "/api/lab/v1"


def application(service: Service) -> FastAPI:
    routes = api_router()

    @routes.get("/things/{id}", name="things_read")
    async def read(id: UUID, work: Reading) -> None:
        work.actor.demand(Permission.JOBS_MANAGE, ROOT)

    @routes.post("/hotlines/{id}/events", name="hotline_event")
    async def event(id: str, service: TheService) -> None:
        service.work(Principal(id[:6], id, "hotline"))
        raise SignatureInvalid

    return create_application(service, title="lab", description="lab", routers=[routes], tags=[])


class Door:
    """The application, and what it has journaled."""

    def __init__(self, lab: Lab, app: FastAPI, http: httpx.AsyncClient) -> None:
        self.lab, self.http = lab, http
        self.refusals: Refusals = app.state.refusals

    async def knock(self, who: Somebody, thing: UUID | str, **headers: str) -> int:
        answer = await self.http.get(f"{PATH}/things/{thing}", headers=who.headers | headers)
        return answer.status_code

    async def rows(self, district: str) -> list[dict[str, Any]]:
        rows = await self.lab.run(
            "SELECT actor_kind, actor, data FROM lab.journal WHERE district = $1 AND event = 'refused' ORDER BY at, id",
            district,
        )
        return [{**row, "data": orjson.loads(row["data"])} for row in rows]


@pytest.fixture
async def door(lab: Lab, service: Service) -> AsyncIterator[Door]:
    app = application(service)
    async with client_of(app) as http:
        yield Door(lab, app, http)


async def test_a_refusal_becomes_a_row_without_anything_personal(door: Door, district: str) -> None:
    resident, thing = somebody(district), new_id()
    assert await door.knock(resident, thing, **{"X-Request-ID": "10000000001"}) == 403
    assert await door.rows(district) == []  # nobody waited for it
    assert await door.refusals.flush() == 1
    [row] = await door.rows(district)
    assert (row["actor_kind"], row["actor"]) == ("user", str(resident.id))
    assert row["data"] == {
        "route": "things_read",
        "code": "forbidden",
        "permission": "jobs.manage",
        "case": str(thing),
        "network": "127.0.0.0/24",
        "times": 1,
    }


async def test_our_own_request_id_is_kept(door: Door, district: str) -> None:
    await door.knock(somebody(district), new_id())
    await door.refusals.flush()
    [row] = await door.rows(district)
    assert len(row["data"]["request_id"]) == 32


async def test_what_is_refused_again_within_a_minute_is_counted(door: Door, district: str) -> None:
    resident, thing = somebody(district), new_id()
    for _ in range(5):
        await door.knock(resident, thing)
        await door.refusals.flush()
    await door.knock(resident, new_id())
    await door.knock(somebody(district), thing)
    await door.refusals.flush()
    assert [row["data"]["times"] for row in await door.rows(district)] == [1, 1, 1]
    assert await door.refusals.flush(everything=True) == 1  # the minute's end
    last = (await door.rows(district))[-1]["data"]
    assert (last["times"], last["case"]) == (4, str(thing))
    assert "since" in last


async def test_the_minute_ends_by_itself(door: Door, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resident, thing = somebody(district), new_id()
    for _ in range(3):
        await door.knock(resident, thing)
    await door.refusals.flush()
    monkeypatch.setattr(refusals, "WINDOW_S", 0.0)
    await door.refusals.flush()
    assert [row["data"]["times"] for row in await door.rows(district)] == [1, 2]


async def test_who_is_allowed_or_not_signed_in_leaves_no_row(door: Door, district: str) -> None:
    assert await door.knock(somebody(district, Role.OPERATOR), new_id()) == 200
    assert (await door.http.get(f"{PATH}/things/{new_id()}")).status_code == 401
    assert (await door.http.get(f"{PATH}/things/{new_id()}", headers={"Authorization": "Bearer x"})).status_code == 401
    assert await door.refusals.flush(everything=True) == 0


async def test_strangers_begin_no_journal_and_fill_none(door: Door, lab: Lab, district: str) -> None:
    """A signature that does not hold: counted by its network, whatever hotlines it invents."""
    for number in range(50):
        answer = await door.http.post(f"{PATH}/hotlines/{district}-{number}/events")
        assert answer.status_code == 401
    assert await door.refusals.flush(everything=True) == 2
    assert await door.rows(district) == []  # nobody has ever done anything in that district
    await lab.run("INSERT INTO lab.journal_heads VALUES ($1, 0, '', now())", district)
    await door.http.post(f"{PATH}/hotlines/{district}-1/events")
    await door.refusals.flush()
    [row] = await door.rows(district)
    assert (row["actor_kind"], row["actor"], row["data"]["code"]) == ("hotline", f"{district}-1", "signature_invalid")


def refused(district: str, number: int) -> Refusal:
    return Refusal(district, "user", str(number), "r", "forbidden", None, None, "", vouched=True)


async def test_a_full_memory_drops_and_counts(lab: Lab, district: str) -> None:
    small = Refusals("lab", lab.service.db, SCHEMA, room=10)
    before = refusals.DROPPED.labels("lab")._value.get()
    for number in range(25):
        small.note(refused(district, number))
    assert refusals.DROPPED.labels("lab")._value.get() - before == 15
    assert await small.flush() == 10


async def test_nobody_waits_while_the_database_is_away(lab: Lab, district: str) -> None:
    async with Wire(lab.url) as wire:
        service = open_lab(wire.url)
        app = application(service)
        async with client_of(app) as http:
            door = Door(lab, app, http)
            wire.cut()
            began = time.perf_counter()
            assert [await door.knock(somebody(district), new_id()) for _ in range(20)] == [403] * 20
            assert time.perf_counter() - began < 60  # whoever waited for a connection would wait 20 s, twenty times
            with pytest.raises(Unavailable):
                await door.refusals.flush()
            wire.mood = "well"
            assert await door.refusals.flush() == 20  # kept meanwhile
        await service.close()


async def test_what_is_left_is_written_when_the_process_ends(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_LAST_S", 20.0)
    app = application(open_lab(lab.url))
    async with app.router.lifespan_context(app), client_of(app) as http:
        door = Door(lab, app, http)
        for _ in range(3):
            await door.knock(resident := somebody(district), thing := new_id())
            await door.knock(resident, thing)
    assert sorted(row["data"]["times"] for row in await door.rows(district)) == [1] * 6


async def test_it_is_written_by_itself(lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "EVERY_S", 0.01)
    app = application(open_lab(lab.url))
    async with app.router.lifespan_context(app), client_of(app) as http:
        door = Door(lab, app, http)
        await door.knock(somebody(district), new_id())
        for _ in range(100):
            await asyncio.sleep(0.02)
            if found := await door.rows(district):
                break
    assert len(found) == 1


def test_noting_costs_microseconds(lab: Lab) -> None:
    noting = Refusals("lab", lab.service.db, SCHEMA, room=10_000)

    def note() -> None:
        for number in range(1_000):
            noting.note(refused("1", number % 7))

    assert min(timeit.repeat(note, number=1, repeat=10)) < 0.1


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4%eth0", "2001:db8:1::/48"),
        ("testclient", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(host: str, kept: str) -> None:
    assert network(host) == kept
