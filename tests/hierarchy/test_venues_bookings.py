"""Bookings: one room, one hour, one booking; what holds it, what gives it free, and who sees whose it is."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.bookings import queries as q
from services.hierarchy.bookings import service as bookings
from services.hierarchy.bookings.inputs import NewBooking
from services.hierarchy.bookings.workflow import BOOKING, Party
from services.hierarchy.relocation.service import _HOLD_PATHS
from services.hierarchy.venues import queries as venue_queries
from services.hierarchy.venues import service as venues
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import COMMUNITY, Station, at, open_station
from tests.support.insisting import insist
from tests.support.steps import run_due
from tests.support.world import Somebody, somebody


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district)


def wish(station: Station, begin: str = "14:00", end: str = "16:00", **more: Any) -> dict[str, Any]:
    day = station.day
    return {"begins_at": at(day, begin), "ends_at": at(day, end), "people": 5, "purpose": "楼栋议事"} | more


async def book(station: Station, who: Somebody | None = None, **more: Any) -> Any:
    return await station.done(f"venues/{station.id}/bookings", wish(station, **more), who or station.resident)


async def test_from_asking_to_having_used_it(station: Station) -> None:
    made = await book(station)
    assert (made["step"], made["moves"], made["venue_name"]) == ("requested", ["cancel"], "示例驿站")
    seen = await station.get(f"bookings/{made['id']}")
    assert seen["moves"] == ["approve", "refuse"]
    approved = await station.done(f"bookings/{made['id']}/approve", {"note": "请带走垃圾"})
    assert (approved["step"], approved["step_label"]) == ("approved", "已预约")
    early = await station.post(f"bookings/{made['id']}/confirm_use", {})
    assert (early.status_code, early.json()["code"]) == (409, "move_not_open")
    sql = "UPDATE hierarchy.bookings SET begins_at = now() - interval '1 hour' WHERE district = $1"
    await station.sql(sql, station.district)
    assert (await station.done(f"bookings/{made['id']}/confirm_use"))["step"] == "used"
    assert [row["event"] for row in await station.sql(
        "SELECT event FROM hierarchy.journal WHERE district = $1 AND subject_id = $2 ORDER BY at",
        station.district, UUID(made["id"]),
    )] == ["booking.request", "booking.approve", "booking.confirm_use"]  # fmt: skip


async def test_an_hour_is_given_once(station: Station) -> None:
    first = await book(station)
    for begin, end in (("14:00", "16:00"), ("13:00", "14:30"), ("15:59", "17:00"), ("14:30", "15:00")):
        refused = await station.post(f"venues/{station.id}/bookings", wish(station, begin, end), station.head)
        assert (refused.status_code, refused.json()["code"]) == (409, "room_taken"), (begin, end)
        assert refused.json()["begins_at"] == at(station.day, "14:00")
        assert "booker" not in refused.text
    for begin, end in (("12:00", "14:00"), ("16:00", "18:00")):
        await book(station, station.head, begin=begin, end=end)
    await station.done(f"bookings/{first['id']}/cancel", {}, station.resident)
    await book(station, station.head)


async def test_many_want_the_same_hour_and_one_has_it(station: Station) -> None:
    """Forty people, overlapping wishes, all at once: what is booked never overlaps, and everybody is told why not."""
    wishes = [wish(station, f"{8 + n % 6:02}:{30 * (n % 2):02}", f"{10 + n % 6:02}:00") for n in range(40)]

    async def one(body: dict[str, Any]) -> httpx.Response:
        who = somebody(station.district, Role.RESIDENT, COMMUNITY)
        return await insist(lambda: station.post(f"venues/{station.id}/bookings", body, who), also={503})

    answers = await asyncio.gather(*map(one, wishes))
    assert {answer.status_code for answer in answers} == {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"room_taken"}
    rows = await station.sql(
        "SELECT begins_at, ends_at FROM hierarchy.bookings WHERE district = $1 ORDER BY begins_at", station.district
    )
    assert len(rows) == sum(answer.status_code == 201 for answer in answers) >= 2
    assert all(earlier["ends_at"] <= later["begins_at"] for earlier, later in pairwise(rows))


async def test_without_the_lock_two_have_it(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The safety net is switched off, and the test above would see it."""
    everybody_looked = asyncio.Barrier(2)

    async def not_held(work: Any, venue: UUID) -> Any:
        await work.begin()
        return await work.one(venue_queries.BY_ID, id=venue)

    async def look(work: Any, statement: Any, **values: Any) -> Any:
        found = await type(work).one(work, statement, **values)
        if statement is q.IN_THE_WAY:
            await everybody_looked.wait()
        return found

    monkeypatch.setattr(venues, "hold", not_held)
    given = NewBooking.model_validate(wish(station))

    async def one() -> None:
        who = somebody(station.district, Role.RESIDENT, COMMUNITY)
        caller = station.service.verifier.verify(who.token)
        async with station.service.work(caller) as work:
            work.one = look.__get__(work)  # type: ignore[method-assign]
            await bookings.book(work, station.service.calendar, UUID(station.id), given)

    await asyncio.gather(one(), one())
    rows = await station.sql("SELECT 1 FROM hierarchy.bookings WHERE district = $1", station.district)
    assert len(rows) == 2


def test_a_move_rewrites_venues_before_what_copies_their_path() -> None:
    """A booking that is being written holds its venue's row: the move waits there, and then sees the booking too."""
    names = [holder.__name__.split(".")[-2] for holder in _HOLD_PATHS]
    assert names.index("venues") < min(names.index("bookings"), names.index("loans"))


async def test_what_does_not_fit_is_refused(station: Station) -> None:
    path, day = f"venues/{station.id}/bookings", station.day
    past, far = day - timedelta(days=3), day + timedelta(days=200)
    cases = [
        (wish(station, people=13), 409, "room_too_small"),
        (wish(station, "07:30", "09:00"), 409, "venue_not_open"),
        (wish(station, "20:00", "21:30"), 409, "venue_not_open"),
        (wish(station, "16:00", "14:00"), 422, "invalid"),
        (wish(station, begins_at=at(past, "10:00"), ends_at=at(past, "11:00")),
         422, "invalid"),
        (wish(station, begins_at=at(far, "10:00"), ends_at=at(far, "11:00")),
         422, "invalid"),
        (wish(station, begins_at="9999-12-31T23:00:00+00:00", ends_at="9999-12-31T23:30:00+00:00"), 422, "invalid"),
        (wish(station, begins_at="2026-12-05T14:00:00"), 422, "invalid"),
        (wish(station, purpose=""), 422, "invalid"),
    ]  # fmt: skip
    for body, status, code in cases:
        answer = await station.post(path, body, station.resident)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await station.done(f"venues/{station.id}/exceptions", {"day": str(day), "parts": [], "reason": "检修"})
    closed = await station.post(path, wish(station), station.resident)
    assert (closed.json()["code"], "休息" in closed.json()["detail"]) == ("venue_not_open", True)
    await station.done(f"venues/{station.id}/edit", {"capacity": None})
    assert (await station.post(path, wish(station), station.resident)).json()["code"] == "not_bookable"
    await station.done(f"venues/{station.id}/close", {"reason": "搬迁"})
    assert (await station.post(path, wish(station), station.resident)).json()["code"] == "venue_closed"
    assert await station.sql("SELECT 1 FROM hierarchy.bookings WHERE district = $1", station.district) == []


async def test_where_no_look_is_needed_it_is_approved_at_once(
    api: httpx.AsyncClient, hierarchy: Service, district: str
) -> None:
    station = await open_station(api, hierarchy, district, approval=False)
    made = await book(station)
    assert (made["step"], made["moves"]) == ("approved", ["cancel"])
    revoked = await station.done(f"bookings/{made['id']}/revoke", {"reason": "当天社区有活动"})
    assert (revoked["step"], revoked["moves"]) == ("revoked", [])
    await book(station, station.head)


async def test_what_nobody_decides_lapses(station: Station) -> None:
    made = await book(station)
    sql = "UPDATE hierarchy.{} = now() - interval '1 minute' WHERE district = $1"
    await station.sql(sql.format("bookings SET begins_at"), station.district)
    await station.sql(sql.format("jobs SET due_at"), station.district)
    assert await run_due(station.service, station.district) == 1
    assert (await station.get(f"bookings/{made['id']}", station.resident))["step"] == "lapsed"
    decided = await book(station, begin="17:00", end="18:00")
    await station.done(f"bookings/{decided['id']}/approve")
    await station.sql(sql.format("bookings SET begins_at"), station.district)
    await station.sql(sql.format("jobs SET due_at"), station.district)
    await run_due(station.service, station.district)
    assert (await station.get(f"bookings/{decided['id']}"))["step"] == "approved"


async def test_who_sees_what(station: Station) -> None:
    made = await book(station)
    path = f"bookings/{made['id']}"
    assert [await station.status(path, who) for who in (station.resident, station.staff)] == [200, 200]
    other = somebody(station.district, Role.RESIDENT, COMMUNITY)
    assert [await station.status(path, who) for who in (other, station.head, station.stranger)] == [404] * 3
    for who, status in ((other, 404), (station.resident, 403)):
        assert (await station.post(f"{path}/approve", {}, who)).status_code == status
    day = str(station.day)
    [busy] = await station.get(f"venues/{station.id}/busy", other, since=day)
    assert set(busy) == {"begins_at", "ends_at", "step"}
    assert len((await station.get("bookings", step="requested"))["items"]) == 1
    assert (await station.get("bookings", station.stranger))["items"] == []
    assert (await station.get("bookings", station.resident))["items"] == []
    assert len((await station.get("bookings/mine", station.resident))["items"]) == 1
    assert (await station.get("bookings/mine", other))["items"] == []


async def test_twins_book_once(station: Station) -> None:
    headers, body = station.resident.writes(), wish(station)
    answers = await asyncio.gather(
        *(station.api.post(f"venues/{station.id}/bookings", json=body, headers=headers) for _ in range(8))
    )
    done = [answer for answer in answers if answer.is_success]
    assert len({answer.json()["id"] for answer in done}) == 1
    assert len(await station.journal("booking.request")) == 1
    changed = await station.api.post(f"venues/{station.id}/bookings", json=body | {"people": 6}, headers=headers)
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_list_has_an_end(station: Station) -> None:
    for hour in range(8, 14):
        await book(station, begin=f"{hour:02}:00", end=f"{hour + 1:02}:00")
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await station.get("bookings", limit=4, venue=station.id, **cursor)
        found += [item["begins_at"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert (len(found), found) == (6, sorted(found, reverse=True))


@pytest.mark.parametrize("step", BOOKING.steps)
@pytest.mark.parametrize("move", BOOKING.moves())
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("begun", [True, False])
def test_the_table_as_a_whole(step: str, move: str, party: Party, begun: bool) -> None:  # noqa: FBT001 - a fact
    allowed = {
        ("requested", "approve", Party.STAFF), ("requested", "refuse", Party.STAFF),
        ("requested", "cancel", Party.BOOKER, False), ("requested", "lapse", Party.CLOCK, True),
        ("approved", "revoke", Party.STAFF, False), ("approved", "cancel", Party.BOOKER, False),
        ("approved", "confirm_use", Party.STAFF, True), ("approved", "mark_unused", Party.STAFF, True),
    }  # fmt: skip
    if {(step, move, party), (step, move, party, begun)} & allowed:
        assert BOOKING.apply(step, move, {party}, {"begun"} if begun else ()).before == step
    else:
        with pytest.raises((MoveNotOpen, NotYourMove)):
            BOOKING.apply(step, move, {party}, {"begun"} if begun else ())
