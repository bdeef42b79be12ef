"""Seats of councils in time: fewer of them, another charter, terms that end, seats that are left and handed over."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.dissolution import service as dissolution
from services.hierarchy.dissolution.inputs import OrganisationClosing
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.appointing import DAY, TODAY, Scene, at, town
from tests.hierarchy.partnership import Partnership, found
from tests.hierarchy.small import loader
from tests.hierarchy.test_places_move import moving
from tests.support.insisting import insist
from tests.support.world import somebody

__all__ = ["town"]


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


def seats(number: int, key: str = "seat_a", **quorum: Any) -> dict[str, Any]:
    return {"charter": {"seats": [{"key": key, "label": "代表", "seats": number}], "quorum": quorum}}


async def council(lab: Partnership, number: int, **quorum: Any) -> str:
    code = await lab.organisation("council", "议事会")
    await lab.post(f"bodies/{code}/charter", seats(number, **quorum))
    return code


async def sit(lab: Partnership, code: str, *people: int) -> list[int]:
    """What each of them is answered who wants a seat."""
    bodies = [{"seat": "seat_a", "person": str(lab.people[number])} for number in people]
    path = f"bodies/{code}/seats"
    return [(await lab.api.post(path, json=body, headers=lab.staff.writes())).status_code for body in bodies]


async def today(lab: Partnership) -> date:
    async with loader(lab.service, lab.district) as work:
        return work.today


async def days_pass(lab: Partnership, days: int = 1) -> None:
    """Bodies, seats and who sits in them are as old as if they had been made so many days ago."""
    for table, columns in (("body_charters", ("since",)), ("posts", ("since", "until")),
                           ("appointments", ("since", "until"))):  # fmt: skip
        for name in columns:
            await lab.sql(
                f"UPDATE hierarchy.{table} SET {name} = {name} - $2::int WHERE district = $1 AND {name} > '2026-01-01'",
                days,
            )


async def test_no_more_sit_than_the_charter_has_seats(lab: Partnership) -> None:
    """Five seats become two: the three that are too many are no vacancies any more, and nobody takes a third."""
    code = await council(lab, 5)
    await days_pass(lab)
    await lab.post(f"bodies/{code}/charter", seats(2))
    assert await sit(lab, code, 1, 2, 3) == [201, 201, 409]
    now = await lab.get(f"bodies/{code}")
    assert (now["filled"], now["seats"], len(now["seat_kinds"][0]["holders"])) == (2, 2, 2)
    yesterday = (await today(lab) - DAY).isoformat()
    then = await lab.get(f"bodies/{code}", on=yesterday)
    assert (then["seats"], len(then["seat_kinds"][0]["holders"])) == (5, 5)
    await lab.post(f"bodies/{code}/charter", seats(4))
    assert await sit(lab, code, 3, 4, 5) == [201, 201, 409]


async def test_a_kind_of_seat_in_which_somebody_sits_is_not_dropped(lab: Partnership) -> None:
    code = await council(lab, 2)
    await sit(lab, code, 1)
    refused = await lab.post(f"bodies/{code}/charter", seats(1, "seat_b"), expect=409)
    assert refused["code"] == "seats_held"
    [holder] = (await lab.get("appointments", person=str(lab.people[1])))["items"]
    await lab.sql("UPDATE hierarchy.appointments SET since = since + 7 WHERE district = $1 AND id = $2", holder["id"])
    assert (await lab.get(f"bodies/{code}"))["filled"] == 0
    refused = await lab.post(f"bodies/{code}/charter", seats(1, "seat_b"), expect=409)  # who is to sit there, too
    assert refused["code"] == "seats_held"
    assert (await lab.get(f"bodies/{code}"))["seat_kinds"][0]["key"] == "seat_a"
    other = await council(lab, 2)
    changed = await lab.post(f"bodies/{other}/charter", seats(1, "seat_b"))
    assert [kind["key"] for kind in changed["seat_kinds"]] == ["seat_b"]
    operator = somebody(lab.district, Role.OPERATOR)
    vacant = await lab.get("posts", operator, organisation=other)
    assert [post["kind"] for post in vacant["items"]] == ["seat_b"]


async def test_whether_they_could_decide_is_answered_by_the_charter_of_that_day(lab: Partnership) -> None:
    code = await council(lab, 3, count=2)
    await sit(lab, code, 1, 2, 3)
    await days_pass(lab, 5)
    day = await today(lab)
    asked = {"present": [str(lab.people[1]), str(lab.people[2])], "on": (day - 3 * DAY).isoformat()}
    then = await lab.post(f"bodies/{code}/quorum", asked)
    assert (then["quorate"], then["needed"]) == (True, 2)
    shown = await lab.get(f"bodies/{code}", on=asked["on"])
    listed = await lab.get("bodies", on=asked["on"])
    await lab.post(f"bodies/{code}/charter", seats(4, count=3))
    assert await lab.post(f"bodies/{code}/quorum", asked) == then
    after = await lab.get(f"bodies/{code}", on=asked["on"])
    assert {**after, "version": 0} == {**shown, "version": 0}
    assert await lab.get("bodies", on=asked["on"]) == listed
    now = await lab.post(f"bodies/{code}/quorum", {**asked, "on": None})
    assert (now["quorate"], now["needed"]) == (False, 3)
    before = {**asked, "on": (day - 6 * DAY).isoformat()}  # there was no body yet
    await lab.post(f"bodies/{code}/quorum", before, expect=404)
    await lab.get(f"bodies/{code}", on=before["on"], expect=404)
    assert code not in [one["organisation"] for one in (await lab.get("bodies", on=before["on"]))["items"]]


async def test_a_body_that_is_closed_leaves_no_vacancies(lab: Partnership) -> None:
    code, operator = await council(lab, 2), somebody(lab.district, Role.OPERATOR)
    assert len((await lab.get("posts", operator, organisation=code, vacant=True))["items"]) == 2
    await lab.post(f"organisations/{code}/close", {"reason": "撤销"})
    assert (await lab.get("posts", operator, organisation=code))["items"] == []
    tomorrow = (await today(lab) + DAY).isoformat()
    assert (await lab.get(f"bodies/{code}", on=tomorrow))["faults_zh"] == []
    assert code not in [one["organisation"] for one in (await lab.get("bodies", on=tomorrow))["items"]]


async def test_seats_that_a_charter_makes_and_gives_up_are_journaled(lab: Partnership) -> None:
    """Whoever follows the posts by the change feed learns of them."""
    code = await council(lab, 2)
    await lab.post(f"bodies/{code}/charter", seats(1))
    async with lab.service.db.connection() as connection:
        rows = await connection.fetch(
            "SELECT event, data->>'post' AS post FROM hierarchy.journal "
            "WHERE district = $1 AND subject_kind = 'post' ORDER BY at, event",
            lab.district,
        )  # fmt: skip
    one, two = f"{code}-seat_a-1", f"{code}-seat_a-2"
    assert sorted(row["post"] for row in rows if row["event"] == "post.add") == [one, two]
    assert [row["post"] for row in rows if row["event"] == "post.end"] == [two]


async def test_a_body_stays_open_for_who_is_to_sit_there_next_week(lab: Partnership) -> None:
    code = await council(lab, 1)
    await sit(lab, code, 1)
    await lab.sql("UPDATE hierarchy.appointments SET since = since + 7 WHERE district = $1 AND person_id = $2",
                  lab.people[1])  # fmt: skip
    refused = await lab.post(f"organisations/{code}/close", {"reason": "撤销"}, expect=409)
    assert refused["code"] == "still_holds"


async def test_nobody_takes_a_seat_of_a_body_that_is_just_being_closed(lab: Partnership) -> None:
    code = await council(lab, 1)
    async with moving(lab.service, lab.district) as work:
        await dissolution.close(work, code, OrganisationClosing(reason="撤销"), None)
        body = {"seat": "seat_a", "person": str(lab.people[1])}
        door = f"bodies/{code}/seats"
        asked = asyncio.create_task(insist(lambda: lab.api.post(door, json=body, headers=lab.staff.writes())))
        await asyncio.sleep(0.1)
        assert not asked.done()
    assert (await asked).json()["code"] == "organisation_closed"
    assert (await lab.get(f"bodies/{code}"))["filled"] == 0


# --- terms, leaving, handing over --------------------------------------------------------------------------------


async def body_of(town: Scene, number: int = 1, **kind: Any) -> str:
    """A council of the small district; its code."""
    given = {"kind": "owners_committee", "name": "业委会", "place": f"{town.district}100001"}
    code = (await town.done("organisations", given, status=201))["code"]
    charter = {"seats": [{"key": "seat_a", "label": "委员", "seats": number} | kind]}
    await town.done(f"bodies/{code}/charter", {"charter": charter})
    return str(code)


async def seated(town: Scene, code: str, name: str, **more: Any) -> dict[str, Any]:
    """Somebody takes a seat; the appointment."""
    body = {"seat": "seat_a", "person": str(town.people[name])} | more
    await town.done(f"bodies/{code}/seats", body, status=201)
    listed = await town.read("appointments", person=str(town.people[name]))
    return dict(next(one for one in listed["items"] if one["organisation"] == code))


async def sitting(town: Scene, code: str, on: date) -> list[str]:
    names = {str(id_): name for name, id_ in town.people.items()}
    [kind] = (await town.read(f"bodies/{code}", on=on.isoformat()))["seat_kinds"]
    return [names[holder["person_id"]] for holder in kind["holders"] if holder["person_id"]]


async def test_a_term_in_a_body_ends_with_its_day(town: Scene) -> None:
    code = await body_of(town)
    held = await seated(town, code, "anna", term_ends=(TODAY + DAY).isoformat())
    await town.run_jobs(TODAY + DAY)
    assert await sitting(town, code, TODAY + DAY) == ["anna"]
    await town.run_jobs(TODAY + 2 * DAY)
    assert await sitting(town, code, TODAY + 2 * DAY) == []
    ended = await town.read(f"appointments/{held['id']}")
    assert (ended["step"], ended["until"]) == ("ended", (TODAY + DAY).isoformat())


async def test_a_term_in_a_body_is_not_over_before_it_begins(town: Scene) -> None:
    code = await body_of(town)
    body = {"seat": "seat_a", "person": str(town.people["anna"]), "term_ends": (TODAY - DAY).isoformat()}
    refused = await town.done(f"bodies/{code}/seats", body, status=422)
    assert (refused["code"], refused["since"]) == ("term_over", TODAY.isoformat())
    assert await sitting(town, code, TODAY) == []


async def test_a_seat_is_left_by_those_who_run_organisations(town: Scene) -> None:
    """Whoever may give a seat may take note that somebody leaves it; who sits there leaves it to others."""
    code = await body_of(town)
    held = await seated(town, code, "anna")
    path = f"appointments/{held['id']}"
    assert (await town.read(path))["moves"] == ["renew", "end", "hand_over"]
    for who in (town.somebody("anna"), town.somebody("boris"), town.somebody("clara", Role.POST_HOLDER)):
        assert (await town.ask(f"{path}/end", {"reason": "辞去"}, who)).status_code in (403, 404)
    await town.done(f"{path}/end", {"reason": "辞去委员", "last_day": (TODAY - DAY).isoformat()})
    assert await sitting(town, code, TODAY) == []
    await seated(town, code, "boris")
    assert await sitting(town, code, TODAY) == ["boris"]


async def test_a_seat_is_handed_over_to_somebody_it_is_for(town: Scene) -> None:
    code = await body_of(town, number=2, holds="building_head")
    held = await seated(town, code, "head")
    path = f"appointments/{held['id']}/hand_over"
    anna = {"successor": str(town.people["anna"]), "reason": "换届"}
    refused = await town.done(path, anna, status=409)
    assert refused["code"] == "not_for_this_seat"
    charter = {"seats": [{"key": "seat_a", "label": "委员", "seats": 2, "party": True}]}
    await town.done(f"bodies/{code}/charter", {"charter": charter})
    assert (await town.done(path, anna | {"term_ends": "2025-12-31"}, status=422))["code"] == "term_over"
    await town.done(path, anna | {"term_ends": str(TODAY + timedelta(days=30))})
    assert await sitting(town, code, TODAY) == ["head"]
    assert await sitting(town, code, TODAY + DAY) == ["anna"]
    [after] = (await town.read("appointments", person=str(town.people["anna"])))["items"]
    assert (after["organisation"], after["source"], after["step"]) == (code, "交接", "serving")
    await town.run_jobs(TODAY + timedelta(days=31))
    assert await sitting(town, code, TODAY + timedelta(days=31)) == []


async def test_who_is_to_have_a_seat_next_week_takes_no_other_one_now(town: Scene) -> None:
    code = await body_of(town, number=2)
    held = await seated(town, code, "head")
    later = {"successor": str(town.people["anna"]), "reason": "换届", "last_day": str(TODAY + 7 * DAY)}
    await town.done(f"appointments/{held['id']}/hand_over", later)
    body = {"seat": "seat_a", "person": str(town.people["anna"])}
    assert (await town.done(f"bodies/{code}/seats", body, status=409))["code"] == "already_done"
    await seated(town, code, "boris")


async def test_a_post_that_is_added_to_a_body_makes_no_seat_of_its_charter(town: Scene) -> None:
    await town.structure()
    code, key = await body_of(town), "building_head"
    await town.done(f"bodies/{code}/charter", {"charter": {"seats": [{"key": key, "label": "楼栋长"}]}})
    post = {"kind": key, "place": f"{town.district}100001-B01", "organisation": code}
    await town.done("posts", post, town.operator, 201)
    bodies = [{"seat": key, "person": str(town.people[name])} for name in ("anna", "boris")]
    await town.done(f"bodies/{code}/seats", bodies[0], status=201)
    assert (await town.done(f"bodies/{code}/seats", bodies[1], status=409))["code"] == "no_seat_free"


async def test_a_seat_of_a_body_is_no_post_to_stand_for(town: Scene) -> None:
    """Only the charter says for whom it is, so nobody comes to it by a candidacy."""
    code = await body_of(town)
    candidacy = await town.reviewed("anna", f"{code}-seat_a-1")
    refused = await town.done(f"candidacies/{candidacy}/appoint", {}, town.operator, 403)
    assert refused["code"] == "not_appointed"


async def test_seats_of_a_closed_branch_answer_for_nothing_and_nobody_stands_for_them(town: Scene) -> None:
    await town.structure()
    place = f"{town.district}100001"
    body = {"kind": "party_branch", "name": "支部", "place": place}
    branch = (await town.done("organisations", body, status=201))["code"]
    given = {"kind": "building_head", "place": f"{place}-B01", "organisation": branch}
    post = (await town.done("posts", given, town.operator, 201))["code"]
    town.set_clock(at(TODAY + DAY))

    async def chain(on: date) -> list[str]:
        asked: dict[str, Any] = {"place": f"{place}-B01", "category": "JC01", "on": on.isoformat()}
        return [link["post_code"] for link in (await town.read("responsibility", town.operator, **asked))["chain"]]

    then = await chain(TODAY)
    assert post in then
    await town.done(f"organisations/{branch}/close", {"reason": "撤销"})
    assert post not in await chain(TODAY + DAY)
    assert await chain(TODAY) == then
    asked = {"post": post, "origin": "recruited", "person": str(town.people["anna"])}
    assert (await town.done("candidacies", asked, status=422))["code"] == "unknown_seat"
