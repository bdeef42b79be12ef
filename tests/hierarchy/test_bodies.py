"""Councils and committees: seats, who sits there, quorum; the pool of experts; reporting in."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.appointments import seats
from services.hierarchy.appointments import service as appointments
from services.hierarchy.bodies import service as bodies
from services.hierarchy.bodies.inputs import Seating
from services.hierarchy.report_ins import service as report_ins
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.partnership import COMMUNITY, Partnership, found
from tests.hierarchy.small import loader
from tests.hierarchy.test_places_move import moving
from tests.support.world import somebody

CHARTER = {
    "seats": [
        {"key": "seat_resident", "label": "居民代表", "seats": 3},
        {"key": "seat_police", "label": "公安"},
        {"key": "seat_party", "label": "党员代表", "party": True},
    ],
    "quorum": {"percent": 50, "more_than": True, "each": {"seat_police": 1}},
}


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


async def council(lab: Partnership) -> str:
    code = await lab.organisation("council", "协商议事会")
    await lab.post(f"bodies/{code}/charter", {"charter": CHARTER})
    return code


async def test_a_council_fills_and_can_decide(lab: Partnership) -> None:
    code = await council(lab)
    empty = await lab.get(f"bodies/{code}")
    assert (empty["seats"], empty["filled"], empty["kinds"]) == (5, 0, 3)
    assert "“公安”空缺 1 席" in empty["faults_zh"]
    for seat, person in (("seat_resident", 1), ("seat_resident", 3), ("seat_police", 5), ("seat_party", 2)):
        body = {"seat": seat, "person": str(lab.people[person]), "source": "推选"}
        await lab.post(f"bodies/{code}/seats", body, expect=201)
    now = await lab.get(f"bodies/{code}", lab.resident)
    assert (now["filled"], now["kinds_filled"]) == (4, 3)
    assert now["faults_zh"] == ["“居民代表”空缺 1 席"]
    police = next(kind for kind in now["seat_kinds"] if kind["key"] == "seat_police")
    assert police["holders"][0]["name"] == "虚构居民5"
    enough = {"present": [str(lab.people[n]) for n in (1, 3, 5, 9)]}
    verdict = await lab.post(f"bodies/{code}/quorum", enough, lab.resident)
    assert verdict == {
        "quorate": True, "sitting": 4, "present": 3, "needed": 3, "guests": 1, "missing_zh": [], "missing_en": [],
        "by_kind": {"seat_resident": 2, "seat_police": 1, "seat_party": 0},
    }  # fmt: skip
    without = await lab.post(f"bodies/{code}/quorum", {"present": [str(lab.people[n]) for n in (1, 2, 3)]})
    assert (without["quorate"], without["missing_zh"]) == (False, ["“公安”席位还差 1 人"])
    [listed] = [one for one in (await lab.get("bodies", lab.resident))["items"] if one["organisation"] == code]
    assert (listed["seats"], listed["filled"]) == (5, 4)


async def test_a_seat_gives_no_rights(lab: Partnership) -> None:
    code = await council(lab)
    await lab.post(f"bodies/{code}/seats", {"seat": "seat_police", "person": str(lab.people[5])}, expect=201)
    async with lab.service.db.connection() as connection:
        role = await connection.fetchval(
            "SELECT role FROM hierarchy.posts WHERE district = $1 AND kind = 'seat_police'", lab.district
        )
    assert role == Role.RESIDENT


async def test_seats_are_for_those_they_are_for(lab: Partnership) -> None:
    code = await council(lab)
    party = {"seat": "seat_party", "person": str(lab.people[1])}
    assert (await lab.post(f"bodies/{code}/seats", party, expect=409))["code"] == "not_for_this_seat"
    await lab.post(f"bodies/{code}/seats", {"seat": "seat_police", "person": str(lab.people[5])}, expect=201)
    taken = {"seat": "seat_police", "person": str(lab.people[7])}
    assert (await lab.post(f"bodies/{code}/seats", taken, expect=409))["code"] == "no_seat_free"
    other = {"seat": "seat_lawyer", "person": str(lab.people[7])}
    assert (await lab.post(f"bodies/{code}/seats", other, expect=422))["code"] == "unknown_seat_kind"
    await lab.post(f"bodies/{code}/seats", taken, lab.resident, expect=403)
    await lab.post(f"bodies/{code}/seats", taken, lab.elsewhere, expect=404)


async def test_a_charter_grows_and_does_not_unseat(lab: Partnership) -> None:
    code = await council(lab)
    for person in (1, 3):
        body = {"seat": "seat_resident", "person": str(lab.people[person])}
        await lab.post(f"bodies/{code}/seats", body, expect=201)
    fewer = {"seats": [{"key": "seat_resident", "label": "居民代表", "seats": 1}]}
    assert (await lab.post(f"bodies/{code}/charter", {"charter": fewer}, expect=409))["code"] == "seats_held"
    more = {"seats": [{"key": "seat_resident", "label": "居民代表", "seats": 4}]}
    grown = await lab.post(f"bodies/{code}/charter", {"charter": more})
    assert (grown["seats"], grown["filled"]) == (4, 2)
    assert len(grown["seat_kinds"][0]["holders"]) == 4
    partner = await lab.organisation()
    assert (await lab.post(f"bodies/{partner}/charter", {"charter": more}, expect=409))["code"] == "no_body"
    closing = await lab.post(f"organisations/{code}/close", {"reason": "换届"}, expect=409)
    assert closing["code"] == "still_holds"


async def test_the_councils_of_the_articles(api: httpx.AsyncClient, users: list[object]) -> None:
    """东湖路: 14 councils, six kinds of seats, all held; 书院路: five parties; 坊子: 13 committees, ≥ 60 % party."""
    assert users

    async def bodies(district: str) -> list[dict[str, object]]:
        who, found, cursor = somebody(district), [], None
        while True:
            params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
            page = (await api.get("bodies", headers=who.headers, params=params)).json()
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    donghu = [one for one in await bodies("341702") if one["kind"] == "council"]
    assert len(donghu) == 14
    assert {(one["kinds"], one["kinds_filled"]) for one in donghu} == {(6, 6)}
    shuyuan = [one for one in await bodies("430304") if one["kind"] == "council"]
    assert {one["kinds"] for one in shuyuan} == {5}
    fangzi = await bodies("370704")
    assert sum(int(str(one["filled"])) for one in fangzi if one["kind"] == "council") == 509
    red = [one for one in fangzi if one["kind"] == "owners_committee"]
    assert len(red) == 13
    for one in red:
        shown = await api.get(f"bodies/{one['organisation']}", headers=somebody("370704").headers)
        assert shown.json()["charter"]["party_percent"] == 60
        assert shown.json()["faults_zh"] == []
    autonomy = [one for one in await bodies("620421") if one["kind"] == "building_autonomy"]
    assert [(one["kinds"], one["kinds_filled"]) for one in autonomy] == [(5, 1)] * 6  # four are named, their head sits


# --- the pool of experts -----------------------------------------------------------------------------------------


async def _next(lab: Partnership, weekday: int) -> date:
    async with loader(lab.service, lab.district) as work:
        day = work.today
    return next(one for n in range(1, 9) if (one := day + timedelta(days=n)).isoweekday() == weekday)


async def test_who_can_be_asked_about_parking_on_a_tuesday(lab: Partnership) -> None:
    body = {"person": str(lab.people[1]), "place": lab.place, "fields": ["停车位规划"], "weekdays": [2, 4]}
    expert = await lab.post("experts", body, expect=201)
    assert expert["name"] == "虚*"
    await lab.post("experts", body, expect=409)
    tuesday, monday = await _next(lab, 2), await _next(lab, 1)
    asked: dict[str, Any] = {"field": "停车位规划", "place": lab.place}
    assert len((await lab.get("experts", **asked, on=tuesday.isoformat()))["items"]) == 1
    assert (await lab.get("experts", **asked, on=monday.isoformat()))["items"] == []
    assert (await lab.get("experts", field="法律"))["items"] == []
    own = somebody(lab.district, Role.RESIDENT, COMMUNITY, id=lab.people[1])
    away = await lab.post(f"experts/{expert['id']}/pause", {"until": tuesday.isoformat()}, own)
    assert away["away_until"] == tuesday.isoformat()
    assert (await lab.get("experts", **asked, on=tuesday.isoformat()))["items"] == []
    await lab.post(f"experts/{expert['id']}/resume", {}, own)
    assert len((await lab.get("experts", **asked, on=tuesday.isoformat()))["items"]) == 1
    await lab.post(f"experts/{expert['id']}/leave", {}, own)
    assert (await lab.get("experts", **asked))["items"] == []
    await lab.get("experts", lab.resident, expect=403)
    await lab.get(f"experts/{expert['id']}", lab.elsewhere, expect=404)


async def test_nobody_comes_back_to_the_pool_of_a_place_that_was_closed(lab: Partnership) -> None:
    operator = somebody(lab.district, Role.OPERATOR)
    building = {"parent": lab.place, "kind": "building", "name": "9号楼"}
    code = (await lab.post("places", building, operator, expect=201))["code"]
    body = {"person": str(lab.people[1]), "place": code, "fields": ["停车位规划"]}
    expert = await lab.post("experts", body, expect=201)
    refused = await lab.post(f"places/{code}/close", {}, operator, expect=409)
    assert (refused["code"], refused["experts"]) == ("place_still_needed", 1)
    left = await lab.post(f"experts/{expert['id']}/leave")
    assert left["moves"] == ["relist"]
    await lab.post(f"experts/{expert['id']}/relist")
    await lab.post(f"experts/{expert['id']}/leave")
    await lab.post(f"places/{code}/close", {}, operator)
    assert (await lab.get(f"experts/{expert['id']}"))["moves"] == []
    assert (await lab.post(f"experts/{expert['id']}/relist", expect=409))["code"] == "move_not_open"


# --- 双报到 ------------------------------------------------------------------------------------------------------


async def test_a_member_reports_in_and_leaves_again(lab: Partnership) -> None:
    body = {"place": lab.place, "unit_name": "示例银行", "capabilities": ["法律咨询"], "hours": 4}
    made = await lab.post("report-ins", body, lab.resident, expect=201)
    assert (made["step"], made["person_id"]) == ("reported", str(lab.people[0]))
    await lab.post("report-ins", body, lab.resident, expect=409)
    assert await lab.get(f"places/{lab.place}/report-ins") == {"members": 0, "units": 0, "hours": 0}
    await lab.post(f"report-ins/{made['id']}/confirm", {}, lab.resident, expect=403)
    await lab.post(f"report-ins/{made['id']}/confirm", {}, lab.elsewhere, expect=404)
    await lab.post(f"report-ins/{made['id']}/confirm")
    assert await lab.get(f"places/{lab.place}/report-ins", lab.staff) == {"members": 1, "units": 0, "hours": 4}
    await lab.post(f"report-ins/{made['id']}/edit", {"hours": 6}, lab.resident)
    [mine] = (await lab.get("report-ins/mine", lab.resident))["items"]
    assert (mine["hours"], mine["moves"]) == (6, ["edit", "deregister"])
    await lab.post(f"report-ins/{made['id']}/deregister", {"reason": "工作调动"}, lab.resident)
    assert (await lab.get(f"places/{lab.place}/report-ins"))["members"] == 0
    await lab.post("report-ins", body, lab.resident, expect=201)  # and may come again


async def test_a_whole_unit_reports_in_by_the_staff(lab: Partnership) -> None:
    unit = await lab.organisation("partner", "示例银行")
    body = {"place": lab.place, "whole_unit": True, "unit": unit, "unit_name": "示例银行"}
    await lab.post("report-ins", body, lab.resident, expect=403)
    made = await lab.post("report-ins", body, expect=201)
    await lab.post("report-ins", body, expect=409)
    await lab.post(f"report-ins/{made['id']}/confirm")
    assert (await lab.get(f"places/{lab.place}/report-ins"))["units"] == 1
    other = {"place": lab.place, "unit_name": "示例银行", "person": str(lab.people[2])}
    await lab.post("report-ins", other, lab.resident, expect=403)
    assert len((await lab.get("report-ins", unit=unit))["items"]) == 1
    await lab.get("report-ins", lab.resident, expect=403)


async def test_where_an_erased_member_works_is_forgotten(lab: Partnership) -> None:
    body = {"place": lab.place, "unit_name": "示例银行", "capabilities": ["法律咨询"]}
    made = await lab.post("report-ins", body, lab.resident, expect=201)
    async with loader(lab.service, lab.district) as work:
        await work.begin()
        await report_ins.forget(work, lab.people[0])
    shown = await lab.get(f"report-ins/{made['id']}")
    assert (shown["unit_name"], shown["capabilities"], shown["step"]) == ("", [], "ended")


async def test_two_who_want_the_last_seat(lab: Partnership) -> None:
    code = await council(lab)
    bodies = [{"seat": "seat_police", "person": str(lab.people[n])} for n in (1, 3, 5)]
    answers = await asyncio.gather(
        *(lab.api.post(f"bodies/{code}/seats", json=body, headers=lab.staff.writes()) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await lab.get(f"bodies/{code}"))["filled"] == 1


async def at_once(lab: Partnership, code: str, first: Seating, second: dict[str, Any]) -> int:
    """What the second one is answered, who asks while the first one has not yet been written down."""
    async with moving(lab.service, lab.district) as work:
        await bodies.seat(work, code, first)
        asked = asyncio.create_task(lab.api.post(f"bodies/{code}/seats", json=second, headers=lab.staff.writes()))
        await asyncio.sleep(0.1)
        assert not asked.done()
    return (await asked).status_code


async def test_one_who_asks_twice_at_once_has_one_seat(lab: Partnership) -> None:
    """Of three seats of the kind two are free all the time: only that the body is held keeps the second one out."""
    code = await council(lab)
    body = {"seat": "seat_resident", "person": str(lab.people[1]), "source": "推选"}
    assert await at_once(lab, code, Seating.model_validate(body), body) == 409
    assert (await lab.get(f"bodies/{code}"))["filled"] == 1


async def test_a_seat_is_one_post_by_whichever_door_one_comes(lab: Partnership) -> None:
    """Who fills it as a post holds the post, not the body; and who is to begin next month is in the way today."""
    code = await council(lab)
    seat = {"seat": "seat_police", "person": str(lab.people[1])}
    async with moving(lab.service, lab.district) as work:
        there = await seats.in_organisations(work, [code], work.today)
        [post] = [one for one in there if one["kind"] == "seat_police"]
        await appointments.hold_post(work, post["post_id"])
        asked = asyncio.create_task(lab.api.post(f"bodies/{code}/seats", json=seat, headers=lab.staff.writes()))
        await asyncio.sleep(0.1)
        assert not asked.done()
        term = {"since": work.today + timedelta(days=30), "source": "任命", "term_ends": None}
        await seats.appoint(work, post, lab.people[3], **term)
    answer = await asked
    if answer.json()["code"] == "request_in_progress":  # on a slow machine it waits no longer for the lock
        answer = await lab.api.post(f"bodies/{code}/seats", json=seat, headers=lab.staff.writes())
    assert answer.json()["code"] == "no_seat_free"
    assert (await lab.get(f"bodies/{code}"))["filled"] == 0
