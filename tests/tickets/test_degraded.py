"""What still works while a part is gone, and how quickly it says so where it does not."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.tickets.main import create_app
from services.tickets.places.tables import PLACES
from tests.conftest import client_of
from tests.support.stand_in import impatient
from tests.tickets.conftest import BASE, Caller12345, Cast, problem, service_with, set_up

SOON = 10  # under a second, and more only on a busy machine; whoever waited for hierarchy would wait a minute


@pytest.fixture
async def alone(cast: Cast) -> AsyncIterator[Cast]:
    """The cast with a process of their own: what it learns about a sick hierarchy spoils no other test."""
    urls = {"LINLI_HIERARCHY_URL": cast.hierarchy.url}
    async with service_with(**urls) as service, client_of(create_app(service)) as client:
        yield replace(cast, service=service, client=client)
    cast.hierarchy.mood = "well"


def sick(cast: Cast, mood: str) -> None:
    """So it is with hierarchy from now on, and nobody waits for it longer than in production."""
    cast.hierarchy.mood = mood
    impatient(cast.service)


async def quickly(cast: Cast, **changed: Any) -> httpx.Response:
    """Reports an appeal; the answer must not keep the resident waiting."""
    began = time.perf_counter()
    answer = await cast.report(**changed)
    assert time.perf_counter() - began < SOON, answer.text
    return answer


async def better(cast: Cast) -> None:
    """Hierarchy is back, the circuit is closed again, and the waiting jobs' time has come."""
    cast.hierarchy.mood = "well"
    urls = {"LINLI_HIERARCHY_URL": cast.hierarchy.url}
    async with service_with(**urls) as later:
        await cast.sql("UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND queue = 'remote'")
        await replace(cast, service=later).work()


@pytest.mark.parametrize("mood", ["down", "hung"])
async def test_an_appeal_about_a_place_we_met_before_is_as_usual(alone: Cast, mood: str) -> None:
    await alone.report()
    sick(alone, mood)
    for remembered in (True, False):
        if not remembered:
            PLACES.forget()  # as after a restart
        answer = await quickly(alone)
        assert (answer.status_code, answer.json()["step"]) == (201, "verify")
    assert len(alone.hierarchy.asked) == 1


@pytest.mark.parametrize("mood", ["down", "hung"])
async def test_an_appeal_about_a_new_place_is_accepted_and_placed_later(alone: Cast, mood: str) -> None:
    sick(alone, mood)
    answer = await quickly(alone)
    appeal = answer.json()
    assert (answer.status_code, appeal["step"], appeal["place_code"]) == (201, "report", "C1")
    assert await alone.listed(alone.resident, "/appeals/mine") == [appeal["id"]]
    assert await alone.listed(alone.operator, step="report") == [appeal["id"]]
    await alone.work()
    assert (await alone.shown(appeal["id"]))["step"] == "report"
    await better(alone)
    placed = await alone.shown(appeal["id"])
    assert (placed["step"], placed["place_name"]) == ("verify", "测试社区")
    assert await alone.listed(alone.staff, step="verify") == [appeal["id"]]


async def test_a_place_that_turns_out_not_to_exist_waits_for_an_operator(alone: Cast) -> None:
    sick(alone, "down")
    appeal = (await quickly(alone, place="NOWHERE")).json()["id"]
    await better(alone)
    timeline = (await alone.get(f"/appeals/{appeal}/timeline", alone.operator)).json()
    assert [item["event"] for item in timeline] == ["report", "unplaced"]
    assert (timeline[1]["data"], timeline[1]["step"]) == ({"unknown_place": "NOWHERE"}, "report")
    assert await alone.listed(alone.operator, step="report") == [appeal]
    assert (await alone.move(appeal, "locate", alone.operator, {"place": "C1"})).json()["step"] == "verify"


async def test_a_whole_crowd_is_answered_while_hierarchy_hangs(alone: Cast) -> None:
    """The circuit opens after a few; nobody behind them waits for the same silence."""
    sick(alone, "hung")
    for _ in range(12):
        assert (await quickly(alone)).status_code == 201
    assert len(alone.hierarchy.asked) == 5


@pytest.mark.parametrize("mood", ["down", "hung"])
async def test_a_hotlines_order_is_kept_and_goes_its_way_later(alone: Cast, mood: str) -> None:
    hotline = await set_up(alone)
    sick(alone, mood)
    began = time.perf_counter()
    answer = await hotline.send(hotline.order())
    assert time.perf_counter() - began < SOON
    assert (answer.status_code, answer.json()["status"]) == (202, "recorded")
    await alone.work()
    await better(alone)
    appeal = await alone.shown(answer.json()["appeal_id"])
    assert (appeal["step"], appeal["lead_name"]) == ("assign", "楼栋长")


async def test_what_was_filed_meanwhile_is_handed_out_later(alone: Cast) -> None:
    appeal = (await alone.report()).json()["id"]
    sick(alone, "down")
    await alone.move(appeal, "file", alone.staff, {"category": "JC05"})
    await alone.work()
    assert (await alone.shown(appeal))["lead_name"] is None
    refused = await alone.move(appeal, "assign", alone.staff)
    assert (problem(refused), refused.headers["retry-after"]) == ((503, "unavailable"), "2")
    await better(alone)
    assert (await alone.shown(appeal))["lead_name"] == "楼栋长"


async def test_what_needs_hierarchy_says_so_at_once(alone: Cast) -> None:
    sick(alone, "hung")
    appeal = (await quickly(alone)).json()["id"]
    for answer in (
        await alone.get("/appeals", alone.operator, place="C2"),
        await alone.move(appeal, "locate", alone.operator, {"place": "C2"}),
    ):
        assert problem(answer) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert answer.elapsed.total_seconds() < SOON


async def test_nobodys_rights_widen_while_hierarchy_is_away(alone: Cast) -> None:
    sick(alone, "down")
    appeal = (await quickly(alone)).json()["id"]
    for who in (alone.staff, alone.head, alone.grid_worker):
        assert problem(await alone.get(f"/appeals/{appeal}", who)) == (404, "not_found")
        assert await alone.listed(who) == []


async def test_nobody_holds_a_post_and_a_dispatcher_finds_somebody(cast: Cast) -> None:
    chain = list(cast.hierarchy.chain)
    cast.hierarchy.chain[:] = [link.model_copy(update={"person_id": None}) for link in chain]
    appeal = await cast.assigned()
    assert (await cast.events(appeal))[-1] == "unassigned"
    assert problem(await cast.move(appeal, "assign", cast.staff)) == (409, "nobody_responsible")
    cast.hierarchy.chain[:] = chain  # somebody was appointed
    refused = await cast.move(appeal, "assign", cast.staff, {"post": "post-9"})
    assert problem(refused) == (422, "unknown_post")
    assigned = await cast.move(appeal, "assign", cast.staff, {"post": "post-2"})
    assert assigned.json()["lead_name"] == "网格长"


# --- no database ---


async def test_without_a_database_it_is_503_with_retry_after_and_soon(cast: Cast) -> None:
    nowhere = "postgresql://linli_tickets:x@127.0.0.1:9/linli"
    async with service_with(LINLI_TICKETS_DATABASE_URL=nowhere) as service, client_of(create_app(service)) as client:
        lost = replace(cast, service=service, client=client)
        hotline = Caller12345(client, f"{cast.district}-12345", "whsec_" + "A" * 44)
        for ask in (
            lost.report(),
            lost.get("/appeals", cast.staff),
            lost.get("/inbox", cast.staff),
            lost.move("018f0000-0000-7000-8000-000000000000", "sign", cast.head),
            hotline.send({"event": "ping"}),
            client.get("/readyz"),
        ):
            began = time.perf_counter()
            answer = await ask
            assert time.perf_counter() - began < SOON
            assert (problem(answer), answer.headers["retry-after"]) == ((503, "unavailable"), "1")
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get(f"{BASE}/workflows/appeal")).status_code in {200, 401}
