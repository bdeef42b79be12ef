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
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.rules import DayPart, every_day
from shared.kernel.workflow import Because
from shared.runtime.service import Service
from tests.hierarchy.keeping import at, open_station, still
from tests.hierarchy.small import loader
from tests.hierarchy.test_rosters import Crew, begin_now, crew_of
from tests.support.insisting import insist

WEEK = timedelta(days=8)
_BACK = """WITH older AS (UPDATE hierarchy.rosters SET created_at = created_at - $2::interval WHERE district = $1)
    UPDATE hierarchy.shifts SET begins_at = begins_at - $2::interval, ends_at = ends_at - $2::interval
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


async def told(crew: Crew) -> list[Any]:
    """All that is answered about a week ago: what was to be covered, what was, when it was open, who was there."""
    place, day = f"{crew.station.district}100001", crew.day - WEEK
    days: dict[str, Any] = {"since": str(day - timedelta(days=1)), "until": str(day + timedelta(days=1))}
    cover = await crew.station.get(f"places/{place}/duty-cover", **days)
    check = await crew.station.get(f"rosters/{crew.roster}/check", **days)
    opened = await crew.station.get(f"venues/{crew.station.id}/opening", **days)
    there = await crew.station.get(f"places/{place}/on-duty", at=at(day, "10:00"))
    return [cover, check["needed_hours"], opened, [(one["person_id"], one["there"]) for one in there]]


async def refused(crew: Crew, path: str, body: dict[str, Any], field: str) -> None:
    answer = await crew.station.post(f"rosters/{crew.roster}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert answer.json()["errors"][0]["at"] == f"/body/{field}"


async def test_nobody_is_made_to_have_been_there(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    before, day = await said(crew), crew.day - WEEK
    person, days = str(crew.people[0].id), {"since": str(day), "until": str(crew.day)}
    times = {"begins_at": at(day, "08:00"), "ends_at": at(day, "21:00")}
    await refused(crew, "shifts", {"person": person} | times, "begins_at")
    await refused(crew, "rotate", days, "since")
    assert (await crew.shift(0, "08:00", "21:00")).status_code == 201
    await crew.station.sql(_BACK, crew.station.district, WEEK)  # nobody published it while there was time
    await refused(crew, "publish", days | {"accept_gaps": "补公布"}, "since")
    assert await said(crew) == before == ([], 0.0)
    today = still(monkeypatch, crew.station.service).date()  # not over: whoever comes by and stays is written down
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
    await crew.station.done(f"rosters/{crew.roster}/hand-over", given | {"since": str(crew.day)})
    assert await said(crew) == before


async def today(crew: Crew) -> tuple[int, float]:
    cover = await crew.station.get(f"places/{crew.station.district}100001/duty-cover")
    return cover["rosters"], cover["needed_hours"]


async def test_what_was_to_be_covered_then_is_not_what_is_to_be_covered_now(crew: Crew) -> None:
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    await crew.publish()
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    before = await told(crew)
    assert (before[0]["needed_hours"], before[0]["covered_hours"], before[0]["items"][0]["gaps"]) == (39.0, 13.0, 2)
    assert await today(crew) == (1, 13.0)
    roster, venue, why = f"rosters/{crew.roster}", f"venues/{crew.station.id}", {"reason": "查考勤"}
    short = {"opens": "09:00", "closes": "12:00"}
    changes: list[tuple[str, dict[str, Any], tuple[int, float]]] = [
        (f"shifts/{shift}/mark_missed", why, (1, 13.0)),
        (f"{venue}/edit", {"hours": every_day(DayPart(**short)).model_dump()}, (1, 3.0)),
        (f"{venue}/edit", {"hours": {}}, (1, 0.0)),
        (f"{roster}/edit", {"needed": 3}, (1, 0.0)),
        (f"{roster}/edit", {"cover": [short], "needed": 2}, (1, 6.0)),
        (f"{roster}/edit", {"name": "示例驿站值班表"}, (1, 6.0)),
        (f"{roster}/end", why, (0, 0.0)),
        (f"{roster}/resume", why, (1, 6.0)),
        (f"{roster}/end", why, (0, 0.0)),
    ]
    for path, body, now in changes:
        await crew.station.done(path, body)
        assert (await told(crew), await today(crew)) == (before, now), path


async def test_a_roster_made_since_had_nothing_to_cover_then(crew: Crew) -> None:
    """Nor on the days before it was made has it any gap of its own."""
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    before = await told(crew)
    other = (await crew.station.done("rosters", {"name": "大厅值班", "place": f"{crew.station.district}100001"}))["id"]
    assert (await told(crew), await today(crew)) == (before, (2, 26.0))
    check = await crew.station.get(f"rosters/{other}/check", since=str(crew.day - WEEK))
    assert (check["needed_hours"], check["gaps"]) == (0, [])


async def test_what_a_data_file_says_anew_holds_from_today(crew: Crew, hierarchy: Service) -> None:
    await crew.station.sql(_BACK, crew.station.district, WEEK)
    before = await told(crew)
    [roster] = await crew.station.sql("SELECT * FROM hierarchy.rosters WHERE district = $1", crew.station.district)
    [venue] = await crew.station.sql("SELECT * FROM hierarchy.venues WHERE id = $1", UUID(crew.station.id))
    of_roster = {name: roster[name] for name in ("code", "path", "venue_id", "post_kind", "step", "name", "phone")}
    of_venue = {name: venue[name] for name in ("code", "path", "kind", "name", "functions", "resident", "invented")}
    short = [{"opens": "09:00", "closes": "12:00"}]
    kept = "SELECT roster_id, until FROM hierarchy.roster_pasts UNION SELECT venue_id, until FROM hierarchy.venue_pasts"
    seen = []
    for cover, needed, now in ((None, 2, 0.0), (short, 2, 6.0), (short, 2, 6.0)):
        async with loader(hierarchy, crew.station.district) as work:
            await work.begin()
            await venues.put(work, [of_venue | {"hours": {}}])
            await rosters.put(work, [of_roster | {"cover": cover, "needed": needed}], [])
        assert (await told(crew), await today(crew)) == (before, (1, now))
        rows = await crew.station.sql(kept)
        seen.append({tuple(row) for row in rows if row[0] in (roster["id"], venue["id"])})
    assert (len(seen[0]), seen[1]) == (2, seen[2])  # nothing is kept of what nobody changed


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
