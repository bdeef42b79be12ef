"""Who was on duty on a day gone by, and how much of it was covered, does not change by what is done today."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.rosters import planning, turns
from services.hierarchy.rosters import service as rosters
from services.hierarchy.rosters.inputs import NewShift
from shared.kernel.workflow import Because
from shared.runtime.service import Service
from tests.hierarchy.keeping import at, open_station, tomorrow
from tests.hierarchy.small import loader
from tests.hierarchy.test_rosters import Crew, begin_now, crew_of
from tests.support.insisting import insist

WEEK = timedelta(days=8)
_BACK = """UPDATE hierarchy.shifts SET begins_at = begins_at - $2::interval, ends_at = ends_at - $2::interval
    WHERE district = $1"""


@pytest.fixture
async def crew(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Crew:
    return await crew_of(await open_station(api, hierarchy, district))


async def said(crew: Crew) -> tuple[Any, Any]:
    """What is answered about a week ago: who was there at ten, and how many hours were covered."""
    place, day = f"{crew.station.district}100001", crew.day - WEEK
    there = await crew.station.get(f"places/{place}/on-duty", at=at(day, "10:00"))
    cover = await crew.station.get(f"places/{place}/duty-cover", since=str(day))
    return [one["person_id"] for one in there], cover["covered_hours"]


async def refused(crew: Crew, path: str, body: dict[str, Any], field: str) -> None:
    answer = await crew.station.post(f"rosters/{crew.roster}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert answer.json()["errors"][0]["at"] == f"/body/{field}"


async def test_nobody_is_made_to_have_been_there(crew: Crew) -> None:
    before, day = await said(crew), crew.day - WEEK
    person, days = str(crew.people[0].id), {"since": str(day), "until": str(crew.day)}
    times = {"begins_at": at(day, "08:00"), "ends_at": at(day, "21:00")}
    await refused(crew, "shifts", {"person": person} | times, "begins_at")
    await refused(crew, "rotate", days, "since")
    assert (await crew.shift(0, "08:00", "21:00")).status_code == 201
    await crew.station.sql(_BACK, crew.station.district, WEEK)  # nobody published it while there was time
    await refused(crew, "publish", days | {"accept_gaps": "补公布"}, "since")
    assert await said(crew) == before == ([], 0.0)
    today = tomorrow(crew.station.service, 0)  # the day is not over: whoever comes by and stays is written down
    body = {"person": person, "begins_at": at(today, "00:30"), "ends_at": at(today, "01:00")}
    assert (await crew.station.post(f"rosters/{crew.roster}/shifts", body)).status_code == 201


async def test_nobody_is_made_not_to_have_been_there(crew: Crew) -> None:
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    await crew.publish()
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    before = await said(crew)
    assert before == ([str(crew.people[0].id)], 13.0)
    answer = await crew.station.post(f"shifts/{shift}/cancel", {"reason": "改记录"})
    assert (answer.status_code, answer.json()["code"]) == (409, "move_not_open")
    given = {"person": str(crew.people[0].id), "successor": str(crew.people[1].id)}
    await refused(crew, "hand-over", given | {"since": str(crew.day - WEEK)}, "since")
    await crew.station.done(
        f"rosters/{crew.roster}/hand-over", given | {"since": str(tomorrow(crew.station.service, 0))}
    )
    assert await said(crew) == before


async def test_a_hand_over_that_comes_late_takes_no_day_gone_by(crew: Crew, hierarchy: Service) -> None:
    """The worker was away for a week: what was to be done then is done now, and is about now."""
    assert (await crew.shift(0, "08:00", "21:00")).status_code == 201
    await crew.publish()
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    assert (await crew.shift(0, "08:00", "12:00")).status_code == 201
    before, (giver, heir) = await said(crew), crew.people[:2]
    async with loader(hierarchy, crew.station.district) as work:
        await work.begin()
        taken, gaps = await turns.hand_over(work, giver.id, heir.id, crew.day - WEEK, leave_gaps=True)
    assert (len(taken), gaps, await said(crew)) == (1, [], before)


async def test_who_stood_in_a_roster_that_ended_since_was_there(crew: Crew) -> None:
    await crew.shift(0, "08:00", "21:00")
    await crew.publish()
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    before, _ = await said(crew)
    await crew.station.done(f"rosters/{crew.roster}/end", {"reason": "驿站搬迁"})
    assert (before, (await said(crew))[0]) == ([str(crew.people[0].id)], before)


async def test_a_roster_ends_when_nobody_waits_for_a_shift(crew: Crew) -> None:
    """Nor is one on duty in it: else they stood there for nobody, and could not leave the roster either."""
    end, why = f"rosters/{crew.roster}/end", {"reason": "驿站搬迁"}
    later = (await crew.shift(0, "08:00", "12:00")).json()["id"]
    running = (await crew.shift(1, "13:00", "15:00")).json()["id"]
    await crew.publish(accept_gaps="只开上午")
    await begin_now(crew, running)
    answer = await crew.station.post(end, why)
    assert (answer.status_code, answer.json()["code"]) == (409, "roster_still_needed")
    assert (answer.json()["count"], set(answer.json()["shifts"])) == (2, {later, running})
    await crew.station.done(f"shifts/{later}/cancel", why)
    await crew.station.done(f"shifts/{running}/check_in", {}, crew.people[1])
    assert (await crew.station.post(end, why)).status_code == 409
    await crew.station.done(f"shifts/{running}/check_out", {}, crew.people[1])
    assert (await crew.station.done(end, why))["step"] == "ended"


async def test_whoever_plans_at_that_moment_comes_before_or_after(crew: Crew, hierarchy: Service) -> None:
    caller = hierarchy.verifier.verify(crew.station.staff.token)
    begin, end = (datetime.fromisoformat(at(crew.day, clock)) for clock in ("08:00", "12:00"))
    given = NewShift(person=crew.people[0].id, begins_at=begin, ends_at=end)
    async with hierarchy.work(caller) as work:
        made = await planning.add(work, UUID(crew.roster), given)
        ending = f"rosters/{crew.roster}/end"
        second = asyncio.create_task(insist(lambda: crew.station.post(ending, {"reason": "搬迁"})))
        await asyncio.sleep(0.1)
        assert not second.done()
    assert (await second).json()["shifts"] == [str(made)]
    await crew.station.done(f"shifts/{made}/cancel", {"reason": "搬迁"})
    async with hierarchy.work(caller) as work:
        await rosters.move(work, UUID(crew.roster), "end", Because(reason="搬迁"))
        second = asyncio.create_task(insist(lambda: crew.shift(0, "08:00", "12:00")))
        await asyncio.sleep(0.1)
        assert not second.done()
    assert (await second).json()["code"] == "roster_ended"


async def test_who_went_home_was_there_before(crew: Crew) -> None:
    """Whoever reported and left is asked for yesterday's ten o'clock as they were for the one of the day."""
    shift, me = (await crew.shift(0, "08:00", "21:00")).json()["id"], crew.people[0]
    await crew.publish()
    await begin_now(crew, shift)
    await crew.station.done(f"shifts/{shift}/check_in", {}, me)
    moment = crew.station.service.db.now().isoformat()
    place = f"{crew.station.district}100001"
    before = await crew.station.get(f"places/{place}/on-duty", at=moment)
    assert [(one["person_id"], one["there"]) for one in before] == [(str(me.id), True)]
    early = crew.station.service.db.now() - timedelta(minutes=30)
    [not_yet] = await crew.station.get(f"places/{place}/on-duty", at=early.isoformat())
    assert not not_yet["there"]
    await crew.station.done(f"shifts/{shift}/check_out", {}, me)
    assert await crew.station.get(f"places/{place}/on-duty", at=moment) == before
    assert await crew.station.get(f"places/{place}/on-duty") == []
    [row] = await crew.station.sql("SELECT step FROM hierarchy.shifts WHERE id = $1", UUID(shift))
    assert row["step"] == "done"
