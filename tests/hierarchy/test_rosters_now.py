"""此刻谁值班: twelve stations from 08:00 to 21:00, asked over HTTP at every hour and at the edges of minutes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.kernel.paths import ROOT
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from tests.support.world import Somebody, somebody

COMMUNITY, DAY = "141021100002", str(datetime.now(CHINA).date() + timedelta(days=100))
HALVES = [{"opens": "08:00", "closes": "14:30"}, {"opens": "14:30", "closes": "21:00"}]
STAFF = somebody("141021", Role.COMMUNITY_STAFF)
MOMENTS = [f"{hour:02}:{rest}" for hour in range(8, 21) for rest in ("00:00", "59:59")] + ["14:29:59", "14:30:00"]


class Street:
    """西南街社区 with its twelve stations; on a day of this test's own, because others read the district too."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api
        self.rosters: list[dict[str, Any]] = []

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.api.get(path, params=params, headers=STAFF.headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def post(self, path: str, body: dict[str, Any], who: Somebody = STAFF) -> httpx.Response:
        return await self.api.post(path, json=body, headers=who.writes())

    async def done(self, path: str, body: dict[str, Any], who: Somebody = STAFF) -> Any:
        answer = await self.post(path, body, who)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def now(self, roster: dict[str, Any], time: str) -> list[str]:
        """Who is on duty at a station's place at a time, of that station's roster."""
        found = await self.get(f"places/{roster['place_code']}/on-duty", at=f"{DAY}T{time}+08:00")
        return [one["person_id"] for one in found if one["roster_id"] == roster["id"]]

    async def shifts(self, roster: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(f"rosters/{roster['id']}/shifts", since=DAY))["items"]
        return [one for one in found if one["step"] == "published"]

    async def cover(self) -> tuple[float, int]:
        shown = await self.get(f"places/{COMMUNITY}/duty-cover", since=DAY)
        assert (shown["rosters"], shown["needed_hours"]) == (12, 156.0)
        return shown["covered_hours"], sum(one["gaps"] for one in shown["items"])


@pytest.fixture
async def street(users: list[dict[str, Any]], api: httpx.AsyncClient) -> Street:
    assert users
    made = Street(api)
    made.rosters = (await made.get("rosters", place=COMMUNITY, limit=100))["items"]
    return made


def person(id_: str) -> Somebody:
    return Somebody("141021", ((Role.RESIDENT, ROOT),), UUID(id_))


async def test_twelve_stations_for_thirteen_hours(street: Street) -> None:
    assert len(street.rosters) == 12
    assert len({roster["venue_id"] for roster in street.rosters}) == 12
    for roster in street.rosters:
        days = {"since": DAY, "until": DAY}
        await street.done(f"rosters/{roster['id']}/rotate", days | {"parts": HALVES})
        check = await street.get(f"rosters/{roster['id']}/check", since=DAY)
        assert (check["gaps"], check["clashes"], check["drafts"]) == ([], [], 2)
        await street.done(f"rosters/{roster['id']}/publish", days)
    assert await street.cover() == (156.0, 0)
    planned = {roster["id"]: [one["person_id"] for one in await street.shifts(roster)] for roster in street.rosters}
    for moment in MOMENTS:
        found = {roster["id"]: await street.now(roster, moment) for roster in street.rosters}
        half = 0 if moment < "14:30:00" else 1
        assert found == {roster: [people[half]] for roster, people in planned.items()}, moment
        assert len({one for people in found.values() for one in people}) == 12, moment  # nobody is in two places
    for moment in ("00:00:00", "07:59:59", "21:00:00", "23:59:59"):
        assert [await street.now(roster, moment) for roster in street.rosters] == [[]] * 12, moment

    await gap(street, street.rosters[2])
    await overlap(street, street.rosters[0], street.rosters[1])
    mornings = {people[0] for people in planned.values()}
    await swap(street, next(one for one in street.rosters[3:] if planned[one["id"]][1] in mornings), mornings)


async def gap(street: Street, roster: dict[str, Any]) -> None:
    """A morning that nobody takes is nobody's, to the second, and the other stations do not answer for it."""
    morning, afternoon = await street.shifts(roster)
    await street.done(f"shifts/{morning['id']}/cancel", {"reason": "临时停电"})
    for moment, who in (("08:00:00", []), ("14:29:59", []), ("14:30:00", [afternoon["person_id"]])):
        assert await street.now(roster, moment) == who
    assert await street.cover() == (149.5, 1)


async def overlap(street: Street, roster: dict[str, Any], other: dict[str, Any]) -> None:
    """Two may keep one station at once; one person cannot keep two."""
    _, evening = await street.shifts(roster)
    times = {"begins_at": f"{DAY}T20:00:00+08:00", "ends_at": f"{DAY}T21:00:00+08:00"}
    twice = await street.post(f"rosters/{other['id']}/shifts", {"person": evening["person_id"], **times})
    assert (twice.status_code, twice.json()["code"]) == (409, "two_places_at_once")
    helper = await free(street, roster, times)
    await street.done(f"rosters/{roster['id']}/publish", {"since": DAY, "until": DAY})
    assert await street.now(roster, "19:59:59") == [evening["person_id"]]
    for moment in ("20:00:00", "20:59:59"):
        assert sorted(await street.now(roster, moment)) == sorted([evening["person_id"], helper])
    assert await street.now(roster, "21:00:00") == []
    assert await street.cover() == (149.5, 1)  # an hour that two cover is one hour


async def free(street: Street, roster: dict[str, Any], times: dict[str, str]) -> str:
    """Plans a shift for the first who is free then."""
    members = (await street.get(f"rosters/{roster['id']}"))["members"]
    for one in members:
        answer = await street.post(f"rosters/{roster['id']}/shifts", {"person": one["person_id"], **times})
        if answer.status_code == 201:
            return str(one["person_id"])
    raise AssertionError("nobody is free")


async def swap(street: Street, roster: dict[str, Any], mornings: set[str]) -> None:
    """From the moment of the yes the other one answers, and nothing is left uncovered; who is elsewhere cannot."""
    morning, evening = await street.shifts(roster)
    first, second = morning["person_id"], evening["person_id"]
    exchange = {"asked": second, "takes": evening["id"]}  # the second keeps another station in the morning
    asked = await street.done(f"shifts/{morning['id']}/swaps", exchange, person(first))
    answer = await street.post(f"swaps/{asked['id']}/accept", {}, person(second))
    assert (answer.status_code, answer.json()["code"]) == (409, "two_places_at_once")
    await street.done(f"swaps/{asked['id']}/withdraw", {}, person(first))
    assert [await street.now(roster, moment) for moment in ("08:00:00", "14:30:00")] == [[first], [second]]

    members = [one["person_id"] for one in (await street.get(f"rosters/{roster['id']}"))["members"]]
    third = next(one for one in members if one not in mornings)
    asked = await street.done(f"shifts/{morning['id']}/swaps", {"asked": third}, person(first))
    assert await street.now(roster, "08:00:00") == [first]
    await street.done(f"swaps/{asked['id']}/accept", {}, person(third))
    for moment, who in (("07:59:59", []), ("08:00:00", [third]), ("14:29:59", [third]), ("14:30:00", [second])):
        assert await street.now(roster, moment) == who, moment
    assert await street.cover() == (149.5, 1)
