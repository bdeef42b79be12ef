"""The way to a post: stand, be recommended, recruited or bought in; scores; review; appointment."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

import pytest

from services.hierarchy.structures import linting
from shared.kernel.rights import Role
from tests.hierarchy.appointing import CRITERIA, DAY, TODAY, Scene, town
from tests.support.insisting import insist
from tests.support.world import Somebody, somebody

__all__ = ["town"]

FIRST = {"criteria": CRITERIA, "origins": ["self", "recommended"], "term_years": 3}


async def test_a_neighbour_stands_is_scored_reviewed_and_appointed(town: Scene) -> None:
    await town.structure(**FIRST)
    await end_head(town)
    anna = town.somebody("anna")
    made = await town.done("candidacies", {"post": town.post, "origin": "self", "statement": "热心"}, anna, 201)
    assert (made["step"], made["criteria"], made["moves"]) == ("nominated", CRITERIA, ["withdraw"])
    path = f"candidacies/{made['id']}"

    assert (await town.ask(f"{path}/review", {})).json()["code"] == "move_not_open"  # not scored yet
    for points in (80, 91):
        scorer = somebody(town.district, Role.COMMUNITY_STAFF, town.staff.grants[0][1])
        await town.done(f"{path}/score", {"scores": dict.fromkeys(CRITERIA, points)}, scorer)
    scored = await town.read(path)
    assert (scored["means"], scored["overall"], scored["scorers"]) == (dict.fromkeys(CRITERIA, 85.5), 85.5, 2)
    await town.done(f"{path}/review", {})
    tomorrow = TODAY + DAY
    done = await town.done(f"{path}/appoint", {"since": tomorrow.isoformat()})
    assert done["step"] == "appointed"
    term = await town.read(f"appointments/{done['appointment']}")
    assert (term["person"], term["source"], term["step"]) == (str(anna.id), "自荐", "serving")
    assert term["term_ends"] == (tomorrow.replace(year=tomorrow.year + 3) - DAY).isoformat()
    assert await town.holders(tomorrow) == ["anna"]
    assert await town.events(done["appointment"]) == ["appointment.appoint"]
    assert await town.events(made["id"]) == [
        "candidacy.begin", "candidacy.score", "candidacy.score", "candidacy.review", "candidacy.appoint"
    ]  # fmt: skip


async def end_head(town: Scene) -> None:
    """The post becomes free with today."""
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任"})


async def test_whoever_is_recommended_is_asked_first(town: Scene) -> None:
    boris = town.somebody("boris")
    body = {"post": town.post, "origin": "recommended", "person": str(town.people["head"]), "statement": "公道"}
    made = await town.done("candidacies", body, boris, 201)
    assert (made["step"], made["recommender"]) == ("proposed", str(boris.id))
    path = f"candidacies/{made['id']}"
    assert (await town.ask(f"{path}/score", {"scores": {}})).status_code == 409
    assert (await town.ask(f"{path}/agree", {}, boris)).json()["code"] == "not_your_move"
    assert (await town.done(f"{path}/agree", {}, town.somebody("head")))["step"] == "nominated"
    seen = await town.read("candidacies/mine", boris)
    assert [one["id"] for one in seen["items"]] == [made["id"]]
    assert await town.read(path, town.somebody("clara"), 404)


async def test_an_id_tells_nothing_about_neighbours_to_whoever_names_them(town: Scene) -> None:
    """Who holds a post is known to all; of everybody else only those hear who may read people there."""
    boris, nobody = town.somebody("boris"), "00000000-0000-7000-8000-000000000001"
    body = {"post": town.post, "origin": "recommended", "statement": "公道"}
    refused = [
        await town.ask("candidacies", body | {"person": who}, boris) for who in (str(town.people["anna"]), nobody)
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "unknown_person")] * 2
    await town.done("candidacies", body | {"person": str(town.people["anna"])}, status=201)


async def test_nobody_weighs_or_appoints_themself(town: Scene) -> None:
    """Staff who stand are candidates like others, whatever else they may do."""
    anna = town.somebody("anna", Role.COMMUNITY_STAFF)
    made = await town.done("candidacies", {"post": town.post, "origin": "self"}, anna, 201)
    path = f"candidacies/{made['id']}"
    refused = await town.ask(f"{path}/score", {"scores": {}}, anna)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_move")
    await town.done(f"{path}/review", {})
    assert (await town.ask(f"{path}/appoint", {}, anna)).json()["code"] == "not_your_move"


async def test_the_criteria_of_the_post_are_scored_all_of_them(town: Scene) -> None:
    await town.structure(criteria=CRITERIA)
    made = await town.stand("anna")
    for scores in ({}, {CRITERIA[0]: 80}, {CRITERIA[0]: 80, "颜值": 100}):
        refused = await town.ask(f"candidacies/{made['id']}/score", {"scores": scores})
        assert (refused.status_code, refused.json()["code"]) == (422, "criteria_differ")
    refused = await town.ask(f"candidacies/{made['id']}/score", {"scores": dict.fromkeys(CRITERIA, 101)})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_a_post_is_filled_in_the_ways_that_its_structure_names(town: Scene) -> None:
    await town.structure(origins=["self", "recommended"])
    body = {"post": town.post, "origin": "recruited", "person": str(town.people["anna"])}
    assert (await town.ask("candidacies", body)).json()["code"] == "origin_not_taken"
    office = f"{town.district}100001-office"
    bought = body | {"origin": "service_purchase", "employer": office, "post": town.secretary}
    assert (await town.done("candidacies", bought, status=201))["employer"] == office
    assert (await town.ask("candidacies", bought | {"employer": "nobody"})).json()["code"] == "unknown_employer"
    assert (await town.ask("candidacies", bought, town.somebody("boris"))).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"post": "nowhere", "origin": "self"}, "unknown_seat"),
        ({"origin": "self"}, "invalid"),
        ({"post": "x", "origin": "self", "person": "00000000-0000-0000-0000-000000000001"}, "invalid"),
        ({"post": "x", "origin": "recommended"}, "invalid"),
        ({"post": "x", "origin": "election"}, "invalid"),
    ],
)
async def test_what_makes_no_sense_is_refused(town: Scene, body: dict[str, str], code: str) -> None:
    answer = await town.ask("candidacies", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_one_stands_once_for_a_post_and_again_when_that_is_over(town: Scene) -> None:
    made = await town.stand("anna")
    body = {"post": town.post, "origin": "recruited", "person": str(town.people["anna"])}
    assert (await town.ask("candidacies", body)).json()["code"] == "already_done"
    await town.done(f"candidacies/{made['id']}/withdraw", {"reason": "家中有事"}, town.somebody("anna"))
    assert (await town.stand("anna"))["id"] != made["id"]


async def test_staff_and_departments_are_appointed_by_whoever_runs_the_structures(town: Scene) -> None:
    """A post gives rights: the community's own staff cannot make more of themselves."""
    candidacy = await town.reviewed("anna", town.secretary)
    refused = await town.ask(f"candidacies/{candidacy}/appoint", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_appointed")
    assert (await town.read(f"candidacies/{candidacy}"))["step"] == "reviewed"
    await town.done(f"candidacies/{candidacy}/appoint", {}, town.operator)


async def test_a_breach_of_the_structure_is_accepted_with_a_reason_or_not_at_all(town: Scene) -> None:
    await town.structure()  # nobody heads two buildings
    made = await town.done("posts", {"kind": "building_head", "place": f"{town.district}100001"}, status=201)
    candidacy = await town.reviewed("head", made["code"])
    refused = await town.ask(f"candidacies/{candidacy}/appoint", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "would_breach")
    assert [one["rule"] for one in refused.json()["errors"]] == ["limit"]
    accepted = {"accept_violations": True, "reason": "新楼交付前暂时兼任"}
    assert (await town.done(f"candidacies/{candidacy}/appoint", accepted))["step"] == "appointed"


def appointing(town: Scene, candidacy: str, body: dict[str, Any], who: Somebody | None = None) -> Awaitable[Any]:
    return insist(lambda: town.ask(f"candidacies/{candidacy}/appoint", body, who))


async def test_two_candidates_for_one_seat_at_the_same_moment_are_one_appointment(town: Scene) -> None:
    await end_head(town)
    candidacies = [await town.reviewed(name) for name in ("anna", "boris", "clara")]
    since = {"since": (TODAY + DAY).isoformat()}
    answers = await asyncio.gather(*(appointing(town, one, since) for one in candidacies))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "post_held"}
    assert len(await town.holders(TODAY + DAY)) == 1
    left = [(await town.read(f"candidacies/{one}"))["step"] for one in candidacies]
    assert sorted(left) == ["appointed", "reviewed", "reviewed"]


async def test_two_appointments_at_the_same_moment_that_only_fit_alone(
    town: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody heads two buildings: whoever counts that holds the structure, and the second one counts the first."""
    await town.structure()
    new = {"kind": "building_head", "place": f"{town.district}100001"}
    seats = [(await town.done("posts", new, status=201))["code"] for _ in range(2)]
    candidacies = [await town.reviewed("anna", seat) for seat in seats]
    both_counted, check = asyncio.Barrier(2), linting.check

    async def count(*args: Any, **more: Any) -> Any:
        found = await check(*args, **more)
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(0.1):  # the other one waits for what this one holds
                await both_counted.wait()
        return found

    with monkeypatch.context() as slowly:
        slowly.setattr(linting, "check", count)
        answers = await asyncio.gather(*(appointing(town, one, {}, town.operator) for one in candidacies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "would_breach"}


async def test_a_repeated_appointment_is_one(town: Scene) -> None:
    await end_head(town)
    path = f"candidacies/{await town.reviewed('anna')}/appoint"
    headers, since = town.staff.writes(), {"since": (TODAY + DAY).isoformat()}
    answers = [await town.api.post(path, json=since, headers=headers) for _ in range(3)]
    assert [(one.status_code, one.json()["step"]) for one in answers] == [(200, "appointed")] * 3
    assert len({one.json()["appointment"] for one in answers}) == 1


async def test_a_day_gone_by_gets_no_new_holder(town: Scene) -> None:
    candidacy = await town.reviewed("anna", town.secretary)
    yesterday = {"since": (TODAY - DAY).isoformat()}
    refused = await town.ask(f"candidacies/{candidacy}/appoint", yesterday, town.operator)
    assert (refused.status_code, refused.json()["code"]) == (422, "day_over")
    assert (await town.read(f"candidacies/{candidacy}"))["step"] == "reviewed"


async def test_the_list_is_for_those_who_appoint_there(town: Scene) -> None:
    made = await town.stand("anna")
    listed = await town.read("candidacies", place=f"{town.district}100001", step="nominated")
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert (await town.read("candidacies", post=town.secretary))["items"] == []
    assert await town.read("candidacies", town.somebody("anna"), 403)
    elsewhere = somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")
    assert (await town.read("candidacies", elsewhere))["items"] == []
    assert await town.read(f"candidacies/{made['id']}", elsewhere, 404)
    assert "*" in made["person_name"]
