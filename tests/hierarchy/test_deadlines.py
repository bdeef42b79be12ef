"""What a deadline does, it does although a process thinks it a moment early: its job waits and is not gone."""

from datetime import timedelta

import httpx
import pytest

from services.hierarchy.agreements import due as agreements
from services.hierarchy.appointments import due as appointments
from services.hierarchy.bookings import due as bookings
from services.hierarchy.evaluations import due as evaluations
from services.hierarchy.succession import due as succession
from services.hierarchy.swaps import due as swaps
from shared.kernel.periods import CHINA
from shared.runtime.service import Service
from tests.hierarchy.appointing import DAY, TODAY, Scene, town
from tests.hierarchy.keeping import at, open_station, tomorrow
from tests.hierarchy.partnership import found
from tests.hierarchy.test_evaluations import begun
from tests.hierarchy.test_rosters import crew_of
from tests.support.steps import rung_early

__all__ = ["town"]
Patch = pytest.MonkeyPatch


async def test_an_evaluation_lapses(
    hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: Patch
) -> None:
    lab = await found(hierarchy, api, district)
    today = hierarchy.db.now().astimezone(CHINA).date()
    made = await begun(lab, due_on=str(today))
    await rung_early(hierarchy, district, evaluations.LAPSE, monkeypatch)
    assert (await lab.get(f"evaluations/{made['id']}"))["step"] == "lapsed"


async def test_an_agreement_begins_and_expires(
    hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: Patch
) -> None:
    lab = await found(hierarchy, api, district)
    start = hierarchy.db.now().astimezone(CHINA).date() + DAY
    body = {"organisation": await lab.organisation(), "place": lab.place, "title": "共建协议", "starts_on": str(start),
            "ends_on": str(start + timedelta(days=300)), "clauses": [{"text": "提供会议室"}]}  # fmt: skip
    path = f"agreements/{(await lab.post('agreements', body, expect=201))['id']}"
    await lab.post(f"{path}/sign")
    for kind, step in ((agreements.BEGIN, "running"), (agreements.EXPIRE, "expired")):
        await rung_early(hierarchy, district, kind, monkeypatch)
        assert (await lab.get(path))["step"] == step


async def test_a_term_is_over(town: Scene, monkeypatch: Patch) -> None:
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/renew", {"term_ends": str(TODAY + DAY), "reason": "续任一天"})
    await rung_early(town.service, town.district, appointments.EXPIRE, monkeypatch)
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "ended"


async def test_a_term_that_was_renewed_is_not_over(town: Scene) -> None:
    """The job of the earlier date ends: another one is for the later date."""
    held = await town.held_by_head()
    for ends in (TODAY + DAY, TODAY + 300 * DAY):
        await town.done(f"appointments/{held['id']}/renew", {"term_ends": str(ends), "reason": "续任"})
    await town.run_jobs(TODAY + 2 * DAY)
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "serving"
    async with town.service.db.connection() as connection:
        left = await connection.fetch("SELECT last_error FROM hierarchy.jobs WHERE district = $1", town.district)
    assert [row["last_error"] for row in left] == [None]


async def test_a_last_day_in_office_is_over(town: Scene, monkeypatch: Patch) -> None:
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "搬家", "last_day": str(TODAY)})
    await rung_early(town.service, town.district, succession.SETTLE, monkeypatch)
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "ended"


async def test_a_swap_lapses(hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: Patch) -> None:
    crew = await crew_of(await open_station(api, hierarchy, district))
    shift = (await crew.shift(0, "08:00", "14:30")).json()
    await crew.publish(accept_gaps="下午停开")
    asked = {"asked": str(crew.people[1].id), "note": "要陪老人看病"}
    swap = await crew.station.done(f"shifts/{shift['id']}/swaps", asked, crew.people[0])
    await rung_early(hierarchy, district, swaps.LAPSE, monkeypatch)
    assert (await crew.station.get(f"swaps/{swap['id']}", crew.people[0]))["step"] == "lapsed"


async def test_a_booking_lapses(hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: Patch) -> None:
    station = await open_station(api, hierarchy, district)
    day = tomorrow(hierarchy)
    asked = {"begins_at": at(day, "09:00"), "ends_at": at(day, "10:00"), "people": 3, "purpose": "棋牌活动"}
    made = await station.done(f"venues/{station.id}/bookings", asked, station.resident)
    await rung_early(hierarchy, district, bookings.LAPSE, monkeypatch)
    assert (await station.get(f"bookings/{made['id']}", station.resident))["step"] == "lapsed"
