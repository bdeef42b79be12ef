"""Shifts go to a successor: to nobody who is elsewhere then, from the day that was said, and nothing waits for ever."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.rosters import due
from services.hierarchy.rosters import service as rosters
from shared.runtime.service import Service
from tests.hierarchy.appointing import DAY, TODAY, Scene, town
from tests.hierarchy.appointing import at as clock
from tests.hierarchy.keeping import at, open_station
from tests.hierarchy.test_rosters import Crew, crew_of
from tests.support.steps import rung_early

__all__ = ["town"]
LATER = TODAY + 3 * DAY


@pytest.fixture
async def crew(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Crew:
    return await crew_of(await open_station(api, hierarchy, district))


# --- a post with its shifts ----------------------------------------------------------------------------------------


async def roster(town: Scene, *names: str) -> str:
    """A roster that needs two at a time; these people take turns."""
    body = {"name": "双人值守", "place": f"{town.district}100001", "needed": 2}
    made: str = (await town.done("rosters", body, status=201))["id"]
    for name in names:
        await town.done(f"rosters/{made}/members", {"person": str(town.people[name]), "label": "值守"})
    return made


async def shift(town: Scene, made: str, name: str) -> str:
    times = {"begins_at": clock(LATER, 9).isoformat(), "ends_at": clock(LATER, 12).isoformat()}
    planned = await town.done(f"rosters/{made}/shifts", {"person": str(town.people[name])} | times, status=201)
    return str(planned["id"])


async def test_a_successor_who_is_elsewhere_then_is_refused_and_the_shift_is_named(town: Scene) -> None:
    """Both stand on one shift that needs two: one of them cannot be both."""
    held, made = await town.held_by_head(), await roster(town, "head", "anna")
    await shift(town, made, "head")
    hers = await shift(town, made, "anna")
    handed = {"successor": str(town.people["anna"]), "reason": "换届", "last_day": TODAY.isoformat()}
    refused = await town.ask(f"appointments/{held['id']}/hand_over", handed)
    assert (refused.status_code, refused.json()["code"]) == (409, "two_places_at_once"), refused.text
    assert (refused.json()["roster"], refused.json()["begins_at"]) == ("双人值守", clock(LATER, 9).isoformat())
    assert (await town.held_by_head())["step"] == "serving"
    await town.done(f"shifts/{hers}/cancel", {"reason": "调整"})
    await town.done(f"appointments/{held['id']}/hand_over", handed)


async def test_who_is_elsewhere_by_then_leaves_a_gap_and_the_end_comes(town: Scene) -> None:
    """Planned after the hand-over was made: the appointment ends with its day, and the check shows who is missing."""
    held, made = await town.held_by_head(), await roster(town, "head", "anna")
    his = await shift(town, made, "head")
    handed = {"successor": str(town.people["anna"]), "reason": "换届", "last_day": TODAY.isoformat()}
    await town.done(f"appointments/{held['id']}/hand_over", handed)
    await shift(town, made, "anna")
    await town.run_jobs(TODAY + DAY)
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "ended"
    check = await town.read(f"rosters/{made}/check", since=LATER.isoformat())
    assert [gap["missing"] for gap in check["gaps"]] == [2, 1, 2]  # before her shift, with her alone, and after it
    assert (await town.events(his))[-1] == "shift.cancel"
    async with town.service.db.connection() as connection:
        data = await connection.fetchval(
            "SELECT data FROM hierarchy.journal WHERE district = $1 AND event = 'appointment.settle'", town.district
        )
        waiting = await connection.fetchval(
            "SELECT count(*) FROM hierarchy.shifts WHERE district = $1 AND person_id = $2 AND step <> 'cancelled'",
            town.district, town.people["head"],
        )  # fmt: skip
    assert (data["shifts"], data["gaps"], waiting) == (0, 1, 0)


# --- a roster ------------------------------------------------------------------------------------------------------


async def test_two_rosters_want_the_same_successor_who_is_on_none(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes no turns anywhere yet is held as well: one of the two has the hour."""
    station = crew.station
    other = (await station.done("rosters", {"name": "大厅值班", "place": f"{station.district}100001"}))["id"]
    giver, successor = await station.person(), await station.person()
    await station.done(f"rosters/{other}/members", {"person": str(giver.id), "label": "社工"})
    times = {"begins_at": at(crew.day, "09:00"), "ends_at": at(crew.day, "12:00")}
    assert (await crew.shift(0, "09:00", "12:00")).status_code == 201
    await station.done(f"rosters/{other}/shifts", {"person": str(giver.id)} | times)
    both_looked, free = asyncio.Barrier(2), rosters.free

    async def look(*args: Any, **more: Any) -> None:
        await free(*args, **more)
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(0.3):  # the other one waits for whom this one holds
                await both_looked.wait()

    monkeypatch.setattr(rosters, "free", look)

    async def over(roster: str, who: Any) -> httpx.Response:
        body = {"person": str(who), "successor": str(successor.id), "since": str(crew.day)}
        return await station.post(f"rosters/{roster}/hand-over", body)

    answers = await asyncio.gather(over(crew.roster, crew.people[0].id), over(other, giver.id))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    shifts = await station.sql("SELECT id FROM hierarchy.shifts WHERE district = $1 AND person_id = $2",
                               station.district, successor.id)  # fmt: skip
    assert len(shifts) == 1


async def members(crew: Crew) -> set[str]:
    return {one["person_id"] for one in (await crew.station.get(f"rosters/{crew.roster}"))["members"]}


async def test_until_the_day_of_a_hand_over_the_turns_are_the_givers(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is planned for the giver meanwhile, from that day on, goes to the successor with the turns."""
    station, giver, heir = crew.station, crew.people[0], await crew.station.person()
    assert (await crew.shift(0, "08:00", "12:00")).status_code == 201
    since = crew.day + timedelta(days=5)
    body = {"person": str(giver.id), "successor": str(heir.id), "since": str(since)}
    await station.done(f"rosters/{crew.roster}/hand-over", body)
    assert {str(giver.id), str(heir.id)} < await members(crew)
    assert (await crew.shift(0, "14:00", "15:00")).status_code == 201
    crew.day = since
    assert (await crew.shift(0, "08:00", "12:00")).status_code == 201
    await rung_early(station.service, station.district, due.HAND_OVER, monkeypatch)
    assert str(giver.id) not in await members(crew)
    assert str(heir.id) in await members(crew)
    sql = "SELECT person_id FROM hierarchy.shifts WHERE district = $1 ORDER BY begins_at"
    assert [row["person_id"] for row in await station.sql(sql, station.district)] == [giver.id, giver.id, heir.id]
    assert [row["data"]["shifts"] for row in await station.journal("roster.hand_over")] == [0, 1]


async def test_where_the_successor_has_left_again_the_giver_stays(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    station, giver, heir = crew.station, crew.people[0], await crew.station.person()
    body = {"person": str(giver.id), "successor": str(heir.id), "since": str(crew.day + timedelta(days=5))}
    await station.done(f"rosters/{crew.roster}/hand-over", body)
    await station.done(f"rosters/{crew.roster}/leave", {"person": str(heir.id)})
    await rung_early(station.service, station.district, due.HAND_OVER, monkeypatch)
    assert str(giver.id) in await members(crew)
