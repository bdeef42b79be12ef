"""Rosters over HTTP: plan, check, publish, report; nobody in two places; nobody goes while shifts wait for them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.rosters import due
from services.hierarchy.rosters import service as rosters
from services.hierarchy.rosters.workflow import SHIFT, Party
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import ALL_DAY, COMMUNITY, Station, at, open_station, tomorrow
from tests.hierarchy.small import loader
from tests.support.insisting import insist
from tests.support.steps import rung_early
from tests.support.world import Somebody, somebody

HALVES = [{"opens": "08:00", "closes": "14:30"}, {"opens": "14:30", "closes": "21:00"}]


class Crew:
    """A station with a roster and people who take turns."""

    def __init__(self, station: Station, roster: str, people: list[Somebody]) -> None:
        self.station, self.roster, self.people = station, roster, people
        self.day = station.day

    async def shift(self, who: int, begin: str, end: str, roster: str | None = None) -> httpx.Response:
        body = {"person": str(self.people[who].id), "begins_at": at(self.day, begin), "ends_at": at(self.day, end)}
        return await self.station.post(f"rosters/{roster or self.roster}/shifts", body)

    async def check(self) -> Any:
        return await self.station.get(f"rosters/{self.roster}/check", since=str(self.day))

    async def publish(self, **more: Any) -> httpx.Response:
        body = {"since": str(self.day), "until": str(self.day)} | more
        return await self.station.post(f"rosters/{self.roster}/publish", body)


async def crew_of(station: Station, count: int = 3, name: str = "示例驿站值班表", **more: Any) -> Crew:
    body = {"name": name, "venue": station.id} | more
    roster = (await station.done("rosters", body))["id"]
    people = [await station.person() for _ in range(count)]
    for one in people:
        await station.done(f"rosters/{roster}/members", {"person": str(one.id), "label": "社区工作者"})
    return Crew(station, roster, people)


@pytest.fixture
async def crew(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Crew:
    return await crew_of(await open_station(api, hierarchy, district))


async def begin_now(crew: Crew, shift: str) -> None:
    sql = """UPDATE hierarchy.shifts SET begins_at = now() - interval '1 hour', ends_at = now() + interval '1 hour'
        WHERE district = $1 AND id = $2"""
    await crew.station.sql(sql, crew.station.district, UUID(shift))


async def test_a_day_without_a_gap(crew: Crew) -> None:
    assert (await crew.check())["gaps"] == [
        {"begins_at": at(crew.day, "08:00").replace("08:00:00+08:00", "00:00:00Z"),
         "ends_at": at(crew.day, "21:00").replace("21:00:00+08:00", "13:00:00Z"), "missing": 1}
    ]  # fmt: skip
    assert (await crew.shift(0, "08:00", "14:30")).status_code == 201
    half = await crew.check()
    assert (half["needed_hours"], half["covered_hours"], half["drafts"], len(half["gaps"])) == (13.0, 6.5, 1, 1)
    refused = await crew.publish()
    assert (refused.status_code, refused.json()["code"], len(refused.json()["gaps"])) == (409, "roster_has_gaps", 1)
    assert (await crew.shift(1, "14:30", "21:00")).status_code == 201
    assert (await crew.check())["gaps"] == []
    assert (await crew.publish()).status_code == 200
    shifts = (await crew.station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day)))["items"]
    assert [one["step"] for one in shifts] == ["published", "published"]
    [row] = await crew.station.journal("roster.publish")
    assert (row["data"]["gaps"], str(row["subject_id"])) == (0, crew.roster)


async def test_gaps_may_stay_with_a_reason(crew: Crew) -> None:
    await crew.shift(0, "08:00", "14:30")
    answer = await crew.publish(accept_gaps="春节前停开晚班")
    assert answer.status_code == 200, answer.text
    [row] = await crew.station.journal("roster.publish")
    assert row["data"]["gaps"] == 1
    mine = await crew.station.get("shifts/mine", crew.people[0], since=str(crew.day))
    assert [one["step_label"] for one in mine["items"]] == ["已公布"]


async def test_the_venues_hours_say_what_is_to_be_covered(crew: Crew) -> None:
    path = f"venues/{crew.station.id}/exceptions"
    await crew.station.done(path, {"day": str(crew.day), "parts": HALVES[:1], "reason": "半日开放"})
    assert (await crew.check())["needed_hours"] == 6.5
    await crew.station.done(path, {"day": str(crew.day), "parts": [], "reason": "休息"})
    assert (await crew.check())["needed_hours"] == 0
    assert (await crew.publish()).status_code == 200
    await crew.station.done(f"rosters/{crew.roster}/edit", {"cover": [ALL_DAY], "needed": 2})
    assert (await crew.check())["needed_hours"] == 26.0


async def test_nobody_is_in_two_places(crew: Crew) -> None:
    other = (await crew.station.done("rosters", {"name": "大厅值班", "place": f"{crew.station.district}100001"}))["id"]
    who = str(crew.people[0].id)
    await crew.station.done(f"rosters/{other}/members", {"person": who, "label": "社区工作者"})
    assert (await crew.shift(0, "08:00", "12:00")).status_code == 201
    for begin, end in (("11:59", "13:00"), ("08:00", "12:00"), ("09:00", "10:00")):
        refused = await crew.shift(0, begin, end, other)
        assert (refused.status_code, refused.json()["code"]) == (409, "two_places_at_once"), refused.text
    assert (await crew.shift(0, "12:00", "13:00", other)).status_code == 201
    stranger = await crew.station.person()
    body = {"person": str(stranger.id), "begins_at": at(crew.day, "08:00"), "ends_at": at(crew.day, "09:00")}
    answer = await crew.station.post(f"rosters/{crew.roster}/shifts", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_member")


async def test_two_planners_want_the_same_person(crew: Crew) -> None:
    """Ten rosters, the same hour, all at once: one has it."""
    names = [f"值班表{number}" for number in range(10)]
    place = f"{crew.station.district}100001"
    made = [(await crew.station.done("rosters", {"name": name, "place": place}))["id"] for name in names]
    who = str(crew.people[0].id)
    for roster in made:
        await crew.station.done(f"rosters/{roster}/members", {"person": who, "label": "社工"})

    async def one(roster: str) -> httpx.Response:
        return await insist(lambda: crew.shift(0, "08:00", "12:00", roster))

    answers = await asyncio.gather(*map(one, made))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"two_places_at_once"}


async def test_without_the_lock_somebody_is_in_two_places(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """The safety net is switched off, and the test above would see it."""
    place = f"{crew.station.district}100001"
    other = (await crew.station.done("rosters", {"name": "大厅值班", "place": place}))["id"]
    person = crew.people[0].id
    await crew.station.done(f"rosters/{other}/members", {"person": str(person), "label": "社工"})
    both_looked = asyncio.Barrier(2)
    free = rosters.free

    async def not_held(work: Any, wanted: Any) -> Any:
        await work.begin()
        return {(UUID(roster), person): {"label": "社工"} for roster in (crew.roster, other)}

    async def look(*args: Any, **more: Any) -> None:
        await free(*args, **more)
        await both_looked.wait()

    monkeypatch.setattr(rosters, "hold", not_held)
    monkeypatch.setattr(rosters, "free", look)
    answers = await asyncio.gather(crew.shift(0, "08:00", "12:00"), crew.shift(0, "08:00", "12:00", other))
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_turns_go_round(crew: Crew) -> None:
    body = {"since": str(crew.day), "until": str(crew.day + timedelta(days=2)), "parts": HALVES}
    await crew.station.done(f"rosters/{crew.roster}/rotate", body)
    until = str(crew.day + timedelta(days=3))
    shifts = (await crew.station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day), until=until))["items"]
    order = [str(one.id) for one in crew.people]
    assert [one["person_id"] for one in shifts] == order * 2
    assert {one["step"] for one in shifts} == {"draft"}
    await crew.station.done(f"rosters/{crew.roster}/rotate", body)  # nothing is open any more
    await crew.station.done(f"rosters/{crew.roster}/rotate", body | {"until": until})
    shifts = (await crew.station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day), until=until))["items"]
    assert [one["person_id"] for one in shifts] == (order * 3)[:8]
    check = await crew.station.get(f"rosters/{crew.roster}/check", since=str(crew.day), until=until)
    assert (check["gaps"], check["clashes"], check["drafts"]) == ([], [], 8)
    assert (await crew.station.get("shifts/mine", crew.people[0], since=str(crew.day), until=until))["items"] == []


async def test_reporting_for_a_shift(crew: Crew) -> None:
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    me, other = crew.people[0], crew.people[1]
    assert await crew.station.status(f"shifts/{shift}", me) == 200
    assert (
        await crew.station.status(f"shifts/{shift}", somebody(crew.station.district, Role.RESIDENT, COMMUNITY)) == 404
    )
    await crew.publish()
    early = await crew.station.post(f"shifts/{shift}/check_in", {}, me)
    assert (early.status_code, early.json()["code"]) == (409, "move_not_open")
    await begin_now(crew, shift)
    post = somebody(crew.station.district, Role.GRID_WORKER, COMMUNITY)
    assert (await crew.station.post(f"shifts/{shift}/check_in", {}, post)).status_code == 403
    came = await crew.station.done(f"shifts/{shift}/check_in", {}, me)
    assert (came["step"], came["came_at"] is not None, came["moves"]) == ("on_duty", True, ["check_out"])
    [duty] = await crew.station.get(f"places/{crew.station.district}100001-B01/on-duty", crew.station.head)
    assert (duty["person_id"], duty["there"], duty["label"]) == (str(me.id), True, "社区工作者")
    left = await crew.station.done(f"shifts/{shift}/check_out", {}, me)
    assert (left["step"], left["left_at"] is not None) == ("done", True)
    assert await crew.station.get(f"places/{crew.station.district}100001-B01/on-duty") == []
    assert (await crew.station.post(f"shifts/{shift}/check_out", {}, other)).status_code in (403, 409)


async def test_turns_fill_what_is_missing_and_no_more(crew: Crew) -> None:
    """Two at a time are needed, and one is there already."""
    await crew.station.done(f"rosters/{crew.roster}/edit", {"needed": 2})
    assert (await crew.shift(0, "08:00", "21:00")).status_code == 201
    await crew.station.done(f"rosters/{crew.roster}/rotate", {"since": str(crew.day), "until": str(crew.day)})
    shifts = (await crew.station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day)))["items"]
    assert len({one["person_id"] for one in shifts}) == len(shifts) == 2
    assert (await crew.check())["gaps"] == []


async def test_who_is_on_duty_is_by_published_shifts_and_the_nearest_first(crew: Crew) -> None:
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    await begin_now(crew, shift)
    place = f"{crew.station.district}100001"
    assert await crew.station.get(f"places/{place}/on-duty") == []
    await crew.station.sql("UPDATE hierarchy.shifts SET step = 'published' WHERE district = $1", crew.station.district)
    assert len(await crew.station.get(f"places/{place}/on-duty")) == 1
    assert await crew.station.get(f"places/{place}/on-duty", at="2020-01-01T10:00:00+08:00") == []
    near = await crew.station.done("rosters", {"name": "一号楼值守", "place": f"{place}-B01", "phone": "12345"})
    who = crew.people[1]
    await crew.station.done(f"rosters/{near['id']}/members", {"person": str(who.id), "label": "志愿者"})
    second = (await crew.shift(1, "08:00", "21:00", near["id"])).json()["id"]
    await begin_now(crew, second)
    await crew.station.sql("UPDATE hierarchy.shifts SET step = 'published' WHERE district = $1", crew.station.district)
    found = await crew.station.get(f"places/{place}-B01/on-duty")
    assert [(one["roster_name"], one["phone"]) for one in found] == [("一号楼值守", "12345"), ("示例驿站值班表", None)]
    assert (
        await crew.station.status(f"places/{place}/on-duty", somebody(crew.station.district, Role.RESIDENT, COMMUNITY))
        == 403
    )
    assert await crew.station.status(f"places/{place}/on-duty", crew.station.stranger) == 404


async def test_nobody_goes_while_shifts_wait(crew: Crew, hierarchy: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    leaver, heir = crew.people[0], crew.people[2]
    await crew.shift(0, "08:00", "12:00")
    await crew.shift(0, "13:00", "15:00")
    refused = await crew.station.post(f"rosters/{crew.roster}/leave", {"person": str(leaver.id)})
    assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (409, "shifts_hang", 2)
    async with loader(hierarchy, crew.station.district) as work:
        hanging = await rosters.shifts_of(work, leaver.id, crew.day)
    assert [(row["roster_name"], row["step"]) for row in hanging] == [("示例驿站值班表", "draft")] * 2
    await crew.shift(2, "14:00", "16:00")
    body = {"person": str(leaver.id), "successor": str(heir.id), "since": str(crew.day)}
    clash = await crew.station.post(f"rosters/{crew.roster}/hand-over", body)
    assert (clash.status_code, clash.json()["code"]) == (409, "two_places_at_once")
    assert len(await crew.station.journal("roster.hand_over")) == 0
    await crew.station.sql(
        "DELETE FROM hierarchy.shifts WHERE district = $1 AND person_id = $2", crew.station.district, heir.id
    )
    await crew.station.done(f"rosters/{crew.roster}/hand-over", body)
    await rung_early(hierarchy, crew.station.district, due.HAND_OVER, monkeypatch)  # the day has come
    after = await crew.station.get(f"rosters/{crew.roster}")
    assert [one["person_id"] for one in after["members"]] == [str(crew.people[1].id), str(heir.id)]
    async with loader(hierarchy, crew.station.district) as work:
        assert await rosters.shifts_of(work, leaver.id, crew.day) == []
        assert len(await rosters.shifts_of(work, heir.id, crew.day)) == 2
        assert await rosters.shifts_of(work, heir.id, crew.day + timedelta(days=1)) == []
    await crew.station.done(f"rosters/{crew.roster}/leave", {"person": str(crew.people[1].id)})


async def test_an_ended_roster_takes_no_shifts(crew: Crew) -> None:
    await crew.station.done(f"rosters/{crew.roster}/end", {"reason": "驿站搬迁"})
    refused = await crew.shift(0, "08:00", "12:00")
    assert (refused.status_code, refused.json()["code"]) == (409, "roster_ended")
    await crew.station.done(f"rosters/{crew.roster}/resume", {"reason": "搬好了"})
    assert (await crew.shift(0, "08:00", "12:00")).status_code == 201


async def test_who_may_do_what(crew: Crew) -> None:
    station, path = crew.station, f"rosters/{crew.roster}"
    here = somebody(station.district, Role.RESIDENT, COMMUNITY)
    member = Somebody(station.district, ((Role.RESIDENT, COMMUNITY),), crew.people[0].id)
    post = somebody(station.district, Role.GRID_WORKER, COMMUNITY)
    assert [await station.status(path, who) for who in (post, member, here, station.stranger)] == [200, 200, 403, 404]
    for who, status in ((post, 403), (member, 403), (here, 403), (station.stranger, 404)):
        for sub, body in (("members", {"person": str(post.id), "label": "x"}), ("edit", {"name": "x"}),
                          ("publish", {"since": str(crew.day), "until": str(crew.day)})):  # fmt: skip
            answer = await station.post(f"{path}/{sub}", body, who)
            assert answer.status_code == status, (sub, answer.text)
    assert (await station.get("rosters", station.stranger))["items"] == []
    assert len((await station.get("rosters", post, place=f"{station.district}100001"))["items"]) == 1
    assert (await station.post("rosters", {"name": "x", "venue": str(post.id)})).json()["code"] == "unknown_venue"
    assert (await station.post("rosters", {"name": "x", "place": station.district})).status_code in (403, 422)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "x", "place": "p", "venue": "0199c0de-0000-7000-8000-000000000001"},
        {"name": "x", "place": "p", "cover": []},
        {"name": "x", "place": "p", "needed": 0},
        {"name": "x", "place": "p", "cover": [{"opens": "10:00", "closes": "09:00"}]},
    ],
)
async def test_nonsense_is_refused(crew: Crew, wrong: dict[str, Any]) -> None:
    answer = await crew.station.post("rosters", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_thirteen_hours_by_twelve_stations(
    users: list[dict[str, Any]], api: httpx.AsyncClient, hierarchy: Service
) -> None:
    """西南街: 8:00–21:00 at 12 stations is 156 hours a day to be covered."""
    staff = somebody("141021", Role.COMMUNITY_STAFF)
    answer = await api.get(f"places/141021100002/duty-cover?since={tomorrow(hierarchy)}", headers=staff.headers)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["rosters"], shown["needed_hours"]) == (12, 156.0)
    assert {one["needed_hours"] for one in shown["items"]} == {13.0}
    listed = (await api.get("rosters?place=141021100002&limit=100", headers=staff.headers)).json()["items"]
    one = (await api.get(f"rosters/{listed[0]['id']}", headers=staff.headers)).json()
    assert len(one["members"]) == 16
    assert {member["label"] for member in one["members"]} == {"社区两委委员", "社区工作者", "驿站常驻社工"}


@pytest.mark.parametrize("step", SHIFT.steps)
@pytest.mark.parametrize("move", SHIFT.moves())
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("facts", [(), ("open",), ("begun",), ("open", "begun")])
def test_the_table_as_a_whole(step: str, move: str, party: Party, facts: tuple[str, ...]) -> None:
    both = {Party.STAFF, Party.HOLDER}
    allowed: dict[tuple[str, str], tuple[set[Party], str | None, str | None]] = {
        ("draft", "publish"): ({Party.STAFF}, None, None),
        ("draft", "reassign"): ({Party.STAFF}, None, "begun"),
        ("draft", "cancel"): ({Party.STAFF}, None, None),
        ("published", "check_in"): (both, "open", None),
        ("published", "reassign"): ({Party.STAFF}, None, "begun"),
        ("published", "cancel"): ({Party.STAFF}, None, "begun"),
        ("published", "mark_missed"): ({Party.STAFF}, "begun", None),
        ("on_duty", "check_out"): (both, None, None),
    }
    row = allowed.get((step, move))
    if row and party in row[0] and (row[1] is None or row[1] in facts) and (row[2] is None or row[2] not in facts):
        assert SHIFT.apply(step, move, {party}, facts).before == step
    else:
        with pytest.raises((MoveNotOpen, NotYourMove)):
            SHIFT.apply(step, move, {party}, facts)
