"""A venue is given up, or shut for a day, when nobody has a booking, a shift or an umbrella of it; rooms go with it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.bookings import service as bookings
from services.hierarchy.bookings.inputs import NewBooking
from services.hierarchy.closures import service as closures
from services.hierarchy.venues.rules import DayPart, every_day
from shared.kernel.rights import Role
from shared.kernel.workflow import Because
from shared.runtime.service import Service
from tests.hierarchy.keeping import ALL_DAY, Station, at, open_station, still
from tests.hierarchy.test_rosters import begin_now, crew_of
from tests.hierarchy.test_venues_bookings import wish
from tests.support.insisting import insist
from tests.support.world import somebody

WHY = {"reason": "房屋到期"}


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district, approval=False)


async def room(station: Station, **more: Any) -> str:
    body = {"kind": "room", "name": "议事室", "part_of": station.id, "capacity": 10, "approval": False}
    return str((await station.done("venues", body | more))["id"])


def every_day_until(clock: str) -> dict[str, Any]:
    return {"hours": every_day(DayPart(opens="09:00", closes=clock)).model_dump(mode="json")}


async def refused(station: Station, path: str, body: dict[str, Any], **hanging: list[str]) -> httpx.Response:
    answer = await station.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "venue_still_needed"), answer.text
    told = {kind: answer.json()[kind] for kind in ("bookings", "shifts", "loans")}
    assert told == {"bookings": [], "shifts": [], "loans": []} | hanging
    return answer


# --- given up -------------------------------------------------------------------------------------------------------


async def test_while_anything_hangs_there_a_venue_stays(station: Station) -> None:
    """A booking, also one in a room of it; a shift; an umbrella that is out. Each is named, and then settled."""
    inner, path = await room(station), f"venues/{station.id}/close"
    booked = await station.done(f"venues/{inner}/bookings", wish(station), station.resident)
    crew = await crew_of(station, 1, cover=[ALL_DAY])
    shift = (await crew.shift(0, "08:00", "12:00")).json()["id"]
    item = await station.done(f"venues/{inner}/items", {"name": "爱心雨伞", "total": 1})
    loan = await station.done(f"items/{item['id']}/loans", {"name": "虚构借伞人", "phone": "10055550001"})
    answer = await refused(station, path, WHY, bookings=[booked["id"]], shifts=[shift], loans=[loan["id"]])
    assert "预约 1 个、值班 1 班、借出 1 件" in answer.json()["detail_zh"]
    assert (await station.get(f"venues/{station.id}"))["version"] == 1
    await station.done(f"bookings/{booked['id']}/revoke", {"reason": "驿站将停用，请改约"})
    await station.done(f"shifts/{shift}/cancel", WHY)
    await refused(station, path, WHY, loans=[loan["id"]])
    await station.done(f"loans/{loan['id']}/lose", {"reason": "同意赔付"})
    assert (await station.done(path, WHY))["step"] == "closed"


async def test_what_somebody_asked_for_is_answered_first(station: Station) -> None:
    await station.done(f"venues/{station.id}/edit", {"approval": True})
    asked = await station.done(f"venues/{station.id}/bookings", wish(station), station.resident)
    await refused(station, f"venues/{station.id}/close", WHY, bookings=[asked["id"]])
    await station.done(f"bookings/{asked['id']}/refuse", {"reason": "驿站将停用"})
    await station.done(f"venues/{station.id}/close", WHY)


async def test_nothing_is_approved_where_all_is_given_up(station: Station) -> None:
    """A venue that was given up before it had to look at its bookings."""
    await station.done(f"venues/{station.id}/edit", {"approval": True})
    asked = await station.done(f"venues/{station.id}/bookings", wish(station), station.resident)
    await station.sql("UPDATE hierarchy.venues SET step = 'closed' WHERE id = $1", UUID(station.id))
    answer = await station.post(f"bookings/{asked['id']}/approve", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "venue_closed")


async def test_rooms_are_given_up_and_come_back_with_their_venue(station: Station) -> None:
    inner, empty = await room(station), await room(station, name="储物间")
    place, before = f"{station.district}100001", {"station": 2, "room": 2}
    assert {one["kind"]: one["count"] for one in (await station.get(f"places/{place}/summary"))["venues"]} == before
    await station.done(f"venues/{empty}/close", WHY)
    await station.done(f"venues/{station.id}/close", WHY)
    shown = await station.get(f"venues/{inner}")
    assert (shown["step"], shown["open_now"], shown["moves"]) == ("closed", False, [])
    listed = (await station.get("venues", part_of=station.id))["items"]
    assert {one["step"] for one in listed} == {"closed"}
    left = (await station.get(f"places/{place}/summary"))["venues"]
    assert {one["kind"]: one["count"] for one in left} == {"station": 1}
    for path, body in (
        (f"venues/{inner}/bookings", wish(station)),
        (f"venues/{inner}/items", {"name": "轮椅", "total": 1}),
        ("venues", {"kind": "room", "name": "又一间", "part_of": station.id}),
        ("rosters", {"name": "值班表", "venue": station.id}),
        ("rosters", {"name": "值班表", "venue": inner}),
    ):
        answer = await station.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "venue_closed"), path
    again = await station.post(f"venues/{inner}/reopen", WHY)
    assert (again.status_code, again.json()["code"]) == (409, "move_not_open")
    await station.done(f"venues/{station.id}/reopen", WHY)
    steps = {one: (await station.get(f"venues/{one}"))["step"] for one in (inner, empty)}
    assert steps == {inner: "open", empty: "closed"}
    await station.done(f"venues/{inner}/bookings", wish(station))


async def test_no_shift_is_planned_for_a_venue_that_is_given_up(station: Station) -> None:
    crew = await crew_of(station, 1)
    await station.done(f"venues/{station.id}/close", WHY)
    days = {"since": str(crew.day), "until": str(crew.day)}
    await station.done(f"rosters/{crew.roster}/end", WHY)
    resumed = await station.post(f"rosters/{crew.roster}/resume", WHY)
    assert (resumed.status_code, resumed.json()["code"]) == (409, "venue_closed")
    await station.done(f"venues/{station.id}/reopen", WHY)
    await station.done(f"rosters/{crew.roster}/resume", WHY)
    await station.done(f"venues/{station.id}/close", WHY)
    for answer in (
        await crew.shift(0, "08:00", "12:00"),
        await station.post(f"rosters/{crew.roster}/rotate", days),
        await crew.publish(),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "venue_closed")


async def test_a_place_closes_over_rooms_whose_venue_is_given_up(
    api: httpx.AsyncClient, hierarchy: Service, district: str
) -> None:
    """They went with it, and there is nothing left to be given up one by one."""
    operator = somebody(district, Role.OPERATOR)
    station = await open_station(api, hierarchy, district)
    body = {"parent": f"{district}100001", "kind": "building", "name": "9号楼"}
    place = (await station.done("places", body, operator))["code"]
    station.id = (await station.done("venues", {"kind": "parlour", "name": "客厅", "place": place}))["id"]
    await room(station)
    answer = await station.post(f"places/{place}/close", {}, operator)
    assert (answer.json()["code"], answer.json()["venues"]) == ("place_still_needed", 1)
    await station.done(f"venues/{station.id}/close", WHY)
    await station.done(f"places/{place}/close", {}, operator)


async def test_whoever_books_at_that_moment_comes_before_or_after(station: Station) -> None:
    """The one waits for the other: nobody has a booking of a venue that is given up, or of a room in it."""
    inner = UUID(await room(station))
    given = NewBooking.model_validate(wish(station))
    caller = station.service.verifier.verify(station.staff.token)
    async with station.service.work(caller) as work:
        await bookings.book(work, station.service.calendar, inner, given)
        second = asyncio.create_task(insist(lambda: station.post(f"venues/{station.id}/close", WHY)))
        await asyncio.sleep(0.1)
        assert not second.done()
    assert (await second).json()["code"] == "venue_still_needed"
    await station.sql("UPDATE hierarchy.bookings SET step = 'revoked' WHERE district = $1", station.district)
    async with station.service.work(caller) as work:
        await closures.move(work, station.service.calendar, UUID(station.id), "close", Because(reason="搬迁"))
        second = asyncio.create_task(insist(lambda: station.post(f"venues/{inner}/bookings", wish(station))))
        await asyncio.sleep(0.1)
        assert not second.done()
    assert (await second).json()["code"] == "venue_closed"


# --- shut for a day -------------------------------------------------------------------------------------------------


async def test_a_day_off_keeps_no_booking_and_no_shift(station: Station) -> None:
    """Half a day leaves what lies in the other half; a roster that says its own hours does not go by the venue's."""
    inner, path = await room(station), f"venues/{station.id}/exceptions"
    booked = await station.done(f"venues/{inner}/bookings", wish(station, "14:00", "16:00"), station.resident)
    crew, own = await crew_of(station, 2), await crew_of(station, 1, name="夜间值守", cover=[ALL_DAY])
    morning, afternoon = [(await crew.shift(*of)).json()["id"] for of in ((0, "08:00", "13:00"), (1, "13:00", "21:00"))]
    assert (await own.shift(0, "08:00", "21:00")).status_code == 201
    shut = {"day": str(crew.day), "parts": [], "reason": "检修"}
    await refused(station, path, shut, bookings=[booked["id"]], shifts=[morning, afternoon])
    half = shut | {"parts": [{"opens": "08:00", "closes": "13:00"}]}
    await refused(station, path, half, bookings=[booked["id"]], shifts=[afternoon])
    await station.done(path, half | {"parts": [{"opens": "12:00", "closes": "17:00"}]})
    [one] = await station.get(f"venues/{inner}/opening", since=str(crew.day))
    assert one["parts"] == [{"opens": "12:00", "closes": "17:00"}]
    await station.done(f"bookings/{booked['id']}/cancel", {}, station.resident)
    await station.done(f"shifts/{morning}/cancel", WHY)
    await station.done(f"shifts/{afternoon}/cancel", WHY)
    assert (await station.done(path, shut))["step"] == "open"


async def test_an_extra_evening_is_not_taken_back_from_whoever_has_it(station: Station) -> None:
    path, day = f"venues/{station.id}/exceptions", str(station.day)
    late = {"day": day, "parts": [{"opens": "08:00", "closes": "23:00"}], "reason": "延长"}
    await station.done(path, late)
    booked = await station.done(f"venues/{station.id}/bookings", wish(station, "20:00", "22:00"), station.resident)
    await refused(station, path, late | {"parts": None}, bookings=[booked["id"]])


async def test_the_weekly_hours_keep_what_was_promised(station: Station) -> None:
    booked = await station.done(f"venues/{station.id}/bookings", wish(station, "18:00", "20:00"), station.resident)
    path, short, shifted = f"venues/{station.id}/edit", every_day_until("17:00"), every_day_until("20:00")
    await refused(station, path, short, bookings=[booked["id"]])
    await station.done(path, {"name": "改名"})
    await station.done(path, shifted)
    await station.done(f"bookings/{booked['id']}/revoke", {"reason": "改为十七点关门"})
    await station.done(path, short)


async def test_what_lies_outside_already_keeps_no_other_change_back(station: Station) -> None:
    """From before bookings were looked at: a wrong one does not forbid to say what is true of the day."""
    booked = await station.done(f"venues/{station.id}/bookings", wish(station), station.resident)
    later = "UPDATE hierarchy.bookings SET ends_at = ends_at + interval '6 hours' WHERE id = $1"
    await station.sql(later, UUID(booked["id"]))
    body = {"day": str(station.day), "parts": [], "reason": "停电"}
    await station.done(f"venues/{station.id}/exceptions", body)


async def test_what_has_begun_goes_on(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut is written down when it comes: whoever stands there knows. Given up is the house once they went."""
    night = every_day(DayPart(opens="00:00", closes="24:00")).model_dump(mode="json")
    await station.done(f"venues/{station.id}/edit", {"hours": night})
    crew = await crew_of(station, 1)
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    today = still(monkeypatch, station.service).date()
    await begin_now(crew, shift)
    days = {"day": str(today), "until": str(crew.day), "parts": []}
    await station.done(f"venues/{station.id}/exceptions", days | {"reason": "突然停电"})
    await refused(station, f"venues/{station.id}/close", WHY, shifts=[shift])


async def test_where_the_venue_is_shut_its_rooms_are(station: Station) -> None:
    """Whatever a room has of its own for the day: one gets in while both are open."""
    inner, day = await room(station), str(station.day)
    late = {"day": day, "parts": [{"opens": "08:00", "closes": "22:00"}], "reason": "延长"}
    await station.done(f"venues/{inner}/exceptions", late)
    half = {"day": day, "parts": [{"opens": "10:00", "closes": "12:00"}, {"opens": "14:00", "closes": "16:00"}]}
    await station.done(f"venues/{station.id}/exceptions", half | {"reason": "检修"})
    [one] = await station.get(f"venues/{inner}/opening", since=day)
    assert (one["parts"], one["words_zh"]) == (half["parts"], "检修")
    await station.done(f"venues/{station.id}/exceptions", {"day": day, "parts": [], "reason": "停电"})
    [one] = await station.get(f"venues/{inner}/opening", since=day)
    assert (one["parts"], one["why"], one["words_zh"]) == ([], "exception", "停电")
    answer = await station.post(f"venues/{inner}/bookings", wish(station), station.resident)
    assert (answer.status_code, answer.json()["code"]) == (409, "venue_not_open")


async def test_when_it_was_open_on_a_day_gone_by_stays_as_it_was(station: Station) -> None:
    yesterday = str(station.day - timedelta(days=2))
    body = {"day": yesterday, "until": str(station.day + timedelta(days=2)), "parts": [], "reason": "检修"}
    before = await station.get(f"venues/{station.id}/opening", since=yesterday)
    back: dict[str, Any] = body | {"parts": None}
    for one in (body, back):
        answer = await station.post(f"venues/{station.id}/exceptions", one)
        assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/body/day")
    assert await station.get(f"venues/{station.id}/opening", since=yesterday) == before


async def test_a_merge_of_its_place_takes_a_venue_along_with_all_of_it(
    api: httpx.AsyncClient, hierarchy: Service, district: str
) -> None:
    """Nothing has to be settled first: what is booked is the venue, and it is there as before, with its rooms."""
    code, operator = f"{district}100001-B01", somebody(district, Role.OPERATOR)
    station = await open_station(api, hierarchy, district, place=code, approval=False)
    inner, crew = await room(station), await crew_of(station, 1)
    booked = await station.done(f"venues/{inner}/bookings", wish(station), station.head)
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    body = {"parent": f"{district}100001", "kind": "building", "name": "9号楼"}
    into = (await station.done("places", body, operator))["code"]
    await station.done(f"places/{code}/merge", {"into": into}, operator)
    assert (await station.get(f"bookings/{booked['id']}", station.head))["step"] == "approved"
    assert {(await station.get(f"venues/{one}"))["place_code"] for one in (station.id, inner)} == {into}
    await refused(station, f"venues/{station.id}/close", WHY, bookings=[booked["id"]], shifts=[shift])


# --- room and whole -------------------------------------------------------------------------------------------------


async def test_a_room_and_the_whole_are_not_given_to_two(station: Station) -> None:
    inner, other = await room(station), await room(station, name="茶室")
    whole = await station.done(f"venues/{station.id}/bookings", wish(station), station.resident)
    taken = await station.post(f"venues/{inner}/bookings", wish(station, "15:00", "17:00"), station.head)
    assert (taken.status_code, taken.json()["code"]) == (409, "room_taken")
    assert taken.json()["begins_at"] == at(station.day, "14:00")
    day = str(station.day)
    assert len(await station.get(f"venues/{inner}/busy", since=day)) == 1
    await station.done(f"bookings/{whole['id']}/cancel", {}, station.resident)
    for one in (inner, other):  # two rooms are no matter to each other
        await station.done(f"venues/{one}/bookings", wish(station), station.head)
    taken = await station.post(f"venues/{station.id}/bookings", wish(station, "15:00", "17:00"), station.resident)
    assert (taken.status_code, taken.json()["code"]) == (409, "room_taken")
    assert len(await station.get(f"venues/{station.id}/busy", since=day)) == 2
    assert len(await station.get(f"venues/{inner}/busy", since=day)) == 1


async def test_many_want_rooms_and_the_whole_at_once(station: Station) -> None:
    """Whoever is first holds the others out: the whole, or rooms."""
    there = [station.id, *[await room(station, name=f"议事室{number}") for number in range(3)]]
    answers = await asyncio.gather(
        *(station.post(f"venues/{there[n % 4]}/bookings", wish(station), station.head) for n in range(16))
    )
    assert {answer.status_code for answer in answers} == {201, 409}
    rows = await station.sql("SELECT venue_id FROM hierarchy.bookings WHERE district = $1", station.district)
    booked = [str(row["venue_id"]) for row in rows]
    assert len(booked) == len(set(booked)) >= 1
    assert booked == [station.id] or station.id not in booked
