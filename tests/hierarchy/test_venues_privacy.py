"""What a person leaves behind in venues, when they ask for their data to go."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.hierarchy.bookings import service as bookings
from services.hierarchy.loans import service as loans
from services.hierarchy.privacy import service as privacy
from services.hierarchy.rosters import service as rosters
from shared.kernel.periods import CHINA
from shared.runtime.service import Service
from tests.hierarchy.keeping import Station, at, open_station
from tests.hierarchy.small import loader
from tests.support.world import Somebody


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district)


async def leaves_traces(station: Station) -> Somebody:
    """Books a room, borrows an umbrella, takes a turn."""
    who, day = await station.person("虚构离开者"), station.day
    times = {"begins_at": at(day, "09:00"), "ends_at": at(day, "10:00")}
    await station.done(f"venues/{station.id}/bookings", times | {"people": 2, "purpose": "老母亲八十寿宴"}, who)
    item = await station.done(f"venues/{station.id}/items", {"name": "轮椅", "total": 1})
    await station.done(f"items/{item['id']}/loans", {"borrower": str(who.id)})
    roster = (await station.done("rosters", {"name": "值班表", "venue": station.id}))["id"]
    await station.done(f"rosters/{roster}/members", {"person": str(who.id), "label": "志愿者"})
    await station.done(f"rosters/{roster}/shifts", {"person": str(who.id), **times})
    return who


async def test_a_copy_holds_it_all(station: Station, hierarchy: Service) -> None:
    who = await leaves_traces(station)
    async with loader(hierarchy, station.district) as work:
        copy = await privacy.export(work, hierarchy, who.id)
    assert [one["purpose"] for one in copy["bookings"]] == ["老母亲八十寿宴"]
    assert [one["step"] for one in copy["loans"]] == ["lent"]
    assert [(one["roster_name"], one["step"]) for one in copy["shifts"]] == [("值班表", "draft")]


async def test_shifts_stand_in_the_way_and_the_rest_is_forgotten(station: Station, hierarchy: Service) -> None:
    who = await leaves_traces(station)
    today = hierarchy.db.now().astimezone(CHINA).date()
    async with loader(hierarchy, station.district) as work:
        assert len(await rosters.shifts_of(work, who.id, today)) == 1
        assert await rosters.shifts_of(work, who.id, today + timedelta(days=5)) == []
        await work.begin()
        await privacy._leave_venues(work, who.id)
    async with loader(hierarchy, station.district) as work:
        assert [row["purpose"] for row in await bookings.of_person(work, who.id)] == [""]
        assert await loans.of_person(work, who.id) == []
    left = await station.sql(
        """SELECT (SELECT count(*) FROM hierarchy.roster_members WHERE district = $1 AND person_id = $2) AS members,
        (SELECT count(*) FROM hierarchy.loans WHERE district = $1) AS loans,
        (SELECT count(*) FROM hierarchy.bookings WHERE district = $1) AS bookings""",
        station.district, UUID(str(who.id)),
    )  # fmt: skip
    assert list(left[0]) == [0, 1, 1]
