"""Shifts in calendar programs: a link per person that can be ended, and a roster's calendar with a token."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from services.hierarchy.calendars import service as calendars
from services.hierarchy.calendars import writing
from shared.kernel.errors import NotFound
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from tests.hierarchy.keeping import COMMUNITY, open_station
from tests.hierarchy.small import loader
from tests.hierarchy.test_rosters import Crew, crew_of
from tests.support.world import somebody

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def crew(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Crew:
    made = await crew_of(await open_station(api, hierarchy, district))
    for who, begin, end in ((0, "08:00", "14:30"), (1, "14:30", "21:00")):
        assert (await made.shift(who, begin, end)).status_code == 201
    assert (await made.publish()).status_code == 200
    return made


async def link(crew: Crew, who: int = 0) -> str:
    made = await crew.station.done("shifts/mine/calendar", {}, crew.people[who])
    return str(made["url"])


async def read(crew: Crew, url: str) -> Any:
    answer = await crew.station.api.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return Calendar.from_ical(answer.content)


async def test_a_program_reads_ones_own_shifts_without_signing_in(crew: Crew) -> None:
    found = await read(crew, await link(crew))
    [event] = found.walk("VEVENT")
    begin = datetime.combine(crew.day, datetime.min.time(), SHANGHAI).replace(hour=8)
    assert (event.start, event.end) == (begin, begin.replace(hour=14, minute=30))
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert (str(event["SUMMARY"]), str(event["STATUS"])) == ("值班：示例驿站值班表", "CONFIRMED")
    assert "驿站" in str(event["LOCATION"])
    assert (str(found["VERSION"]), str(found["METHOD"])) == ("2.0", "PUBLISH")


async def test_no_line_is_longer_than_75_octets_and_nobody_is_named(crew: Crew) -> None:
    name = "很长的名字" * 30
    await crew.station.done(f"rosters/{crew.roster}/edit", {"name": f"{name}；,\\n"})
    content = (await crew.station.api.get(await link(crew))).content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert name in str(Calendar.from_ical(content).walk("VEVENT")[0]["SUMMARY"])
    mine = await crew.station.get("shifts/mine", crew.people[0], since=str(crew.day))
    for secret in (mine["items"][0]["person_name"], str(crew.people[0].id), str(crew.people[1].id)):
        assert secret.encode() not in content


async def test_a_shift_keeps_its_uid_and_says_that_it_was_cancelled(crew: Crew) -> None:
    url = await link(crew)
    [before] = (await read(crew, url)).walk("VEVENT")
    [shift] = (await crew.station.get("shifts/mine", crew.people[0], since=str(crew.day)))["items"]
    await crew.station.done(f"shifts/{shift['id']}/cancel", {"reason": "停电"})
    [after] = (await read(crew, url)).walk("VEVENT")
    assert (str(after["UID"]), str(after["STATUS"])) == (str(before["UID"]), "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


async def test_a_swap_moves_the_shift_from_one_calendar_to_the_other(crew: Crew) -> None:
    [first, second] = [await link(crew, who) for who in (0, 2)]
    [shift] = (await crew.station.get("shifts/mine", crew.people[0], since=str(crew.day)))["items"]
    body = {"asked": str(crew.people[2].id)}
    swap = await crew.station.done(f"shifts/{shift['id']}/swaps", body, crew.people[0])
    assert (await read(crew, second)).walk("VEVENT") == []
    await crew.station.done(f"swaps/{swap['id']}/accept", {}, crew.people[2])
    assert (await read(crew, first)).walk("VEVENT") == []
    assert [str(one["UID"]) for one in (await read(crew, second)).walk("VEVENT")] == [f"{shift['id']}@linli"]


async def test_drafts_are_in_no_calendar(crew: Crew) -> None:
    assert (await crew.shift(2, "21:00", "22:00")).status_code == 201
    assert (await read(crew, await link(crew, 2))).walk("VEVENT") == []


async def test_a_new_link_ends_the_one_before_and_ending_it_leaves_none(crew: Crew) -> None:
    me, station = crew.people[0], crew.station
    assert await station.get("shifts/mine/calendar", me) == {"url": None, "created_at": None}
    none = await station.post("shifts/mine/calendar/end", {}, me)
    assert (none.status_code, none.json()["code"]) == (409, "no_calendar_link")
    old = await link(crew)
    new = await link(crew)
    assert (old != new, (await station.get("shifts/mine/calendar", me))["url"]) == (True, new)
    assert (await station.api.get(old)).status_code == 404
    await read(crew, new)
    assert (await station.done("shifts/mine/calendar/end", {}, me))["url"] is None
    assert (await station.api.get(new)).status_code == 404
    events = [(await station.journal(f"calendar_link.{event}")) for event in ("make", "end")]
    assert [len(rows) for rows in events] == [2, 1]


async def test_an_erased_person_has_no_link(crew: Crew, hierarchy: Service) -> None:
    url = await link(crew)
    await crew.station.sql(
        "UPDATE hierarchy.people SET stopped_at = now() WHERE district = $1 AND id = $2",
        crew.station.district, crew.people[0].id,
    )  # fmt: skip
    assert (await crew.station.api.get(url)).status_code == 404
    async with loader(hierarchy, crew.station.district) as work:
        await calendars.forget(work, crew.people[0].id)
    assert (await crew.station.get("shifts/mine/calendar", crew.people[0]))["url"] is None


async def test_what_is_not_quite_a_link_is_none(crew: Crew, district: str) -> None:
    url = await link(crew)
    head, token = url.removesuffix(".ics").rsplit("/", 1)
    vault = crew.station.service.vault
    _, own, _ = calendars.read(token)
    forged = [
        token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB"),  # another digest
        calendars.written(vault, district, new_id()),  # rightly signed, of no link
        f"{int(district) + 1:06}" + token[6:],  # of another district
        calendars.written(vault, f"{int(district) + 1:06}", own),
        token[:-1], token + "A", "x", "000000-" + "A" * 43,
    ]  # fmt: skip
    answers = [(await crew.station.api.get(f"{head}/{one}.ics")).status_code for one in forged]
    assert answers == [404] * len(forged)
    for wrong in ("x", token + "AA", token.replace("-", "_", 1)):
        with pytest.raises(NotFound):
            calendars.read(wrong)


async def test_a_rosters_calendar_names_everybody_to_those_who_read_it(crew: Crew) -> None:
    station = crew.station
    path = f"rosters/{crew.roster}/calendar.ics"
    answer = await station.api.get(path, headers=station.staff.headers)
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    shifts = (await station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day)))["items"]
    assert sorted(str(one["SUMMARY"]) for one in found) == sorted(
        f"{one['person_name']} 值班：示例驿站值班表" for one in shifts
    )
    here = somebody(station.district, Role.RESIDENT, COMMUNITY)
    member = crew.people[0]
    assert [await station.status(path, who) for who in (member, here, station.stranger)] == [200, 403, 404]
    assert (await station.api.get(path)).status_code == 401


def test_an_overnight_shift_and_one_without_a_place() -> None:
    at = datetime(2026, 12, 31, 22, tzinfo=SHANGHAI)
    row: Any = {
        "id": new_id(), "path": "0001", "venue_id": None, "person_id": None, "roster_name": "夜班", "version": 3,
        "step": "published", "begins_at": at.astimezone(UTC), "ends_at": (at + timedelta(hours=9)).astimezone(UTC),
    }  # fmt: skip
    written = writing.calendar("值班", [row], {}, {}, {}, at)
    event: Any = Calendar.from_ical(written).walk("VEVENT")[0]
    assert (event.start, event.end, "LOCATION" in event) == (at, at + timedelta(hours=9), False)
    assert b"DTEND;TZID=Asia/Shanghai:20270101T070000" in written
