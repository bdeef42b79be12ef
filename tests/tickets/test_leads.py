"""Who was asked by name has the appeal only while a post still reaches it; what they leave behind finds its next."""

import pytest

from shared.kernel.paths import child
from shared.kernel.rights import Role
from tests.support.world import Somebody, somebody
from tests.tickets.conftest import COMMUNITY, ELSEWHERE, RESULT, Cast, problem

GRID = child(COMMUNITY, 1)


def with_post(who: Somebody, *grants: tuple[Role, str]) -> Somebody:
    """The same person with the token of another day."""
    return Somebody(who.district, grants, who.id)


async def test_whose_post_has_ended_has_lost_what_was_handed_to_them(cast: Cast) -> None:
    appeal = await cast.assigned()
    await cast.walk(appeal, ("sign", cast.head, {}))
    for left in (
        with_post(cast.head),
        with_post(cast.head, (Role.RESIDENT, COMMUNITY)),
        with_post(cast.head, (Role.BUILDING_HEAD, ELSEWHERE)),
        with_post(cast.head, (Role.HOTLINE, COMMUNITY), (Role.AUDITOR, COMMUNITY)),
    ):
        for path in ("", "/timeline", "/callbacks"):
            assert problem(await cast.get(f"/appeals/{appeal}{path}", left)) == (404, "not_found")
        assert problem(await cast.move(appeal, "resolve", left, RESULT)) == (404, "not_found")
        assert await cast.listed(left, "/inbox") == []
    assert await cast.listed(cast.head, "/inbox") == [appeal]
    assert (await cast.move(appeal, "resolve", cast.head, RESULT)).status_code == 200


@pytest.mark.parametrize("role", [Role.PARTNER, Role.DEPARTMENT])
async def test_a_unit_is_asked_wherever_it_is_needed(cast: Cast, role: Role) -> None:
    company = Somebody(cast.district, ((role, ELSEWHERE),))
    cast.hierarchy.chain.clear()
    cast.hierarchy.link("联络员", company.id, cast.hierarchy.places["C1"], role)
    appeal = await cast.assigned()
    assert await cast.listed(company, "/inbox") == [appeal]
    assert (await cast.move(appeal, "sign", company)).status_code == 200
    gone = with_post(company, (Role.RESIDENT, ELSEWHERE))
    assert problem(await cast.get(f"/appeals/{appeal}", gone)) == (404, "not_found")
    assert await cast.listed(gone, "/inbox") == []


async def test_a_dispatcher_hands_on_what_was_left_behind(cast: Cast) -> None:
    """改派: without it, an appeal whose lead has gone would stand at `handle` for ever."""
    appeal = await cast.assigned()
    await cast.walk(appeal, ("sign", cast.head, {}), ("suspend", cast.head, {"reason": "等待配件"}))
    successor = somebody(cast.district, Role.BUILDING_HEAD, COMMUNITY)
    cast.hierarchy.chain[0] = cast.hierarchy.chain[0].model_copy(update={"person_id": successor.id})
    assert problem(await cast.move(appeal, "assign", cast.grid_worker)) == (403, "not_your_move")
    handed = await cast.move(appeal, "assign", cast.staff)
    assert (handed.status_code, handed.json()["step"], handed.json()["suspended"]) == (200, "assign", False)
    assert handed.json()["step_due"] is not None
    timeline = (await cast.get(f"/appeals/{appeal}/timeline", cast.staff)).json()
    assert [item["label"] for item in timeline if item["event"] == "assign"] == ["交办", "改派"]
    await cast.walk(appeal, ("sign", successor, {}), ("resolve", successor, RESULT))
    assert await cast.listed(successor, "/inbox") == [appeal]


async def test_what_comes_back_goes_to_who_holds_the_post_by_then(cast: Cast) -> None:
    appeal = await cast.answered()
    successor = somebody(cast.district, Role.BUILDING_HEAD, COMMUNITY)
    cast.hierarchy.chain[0] = cast.hierarchy.chain[0].model_copy(update={"person_id": successor.id})
    back = await cast.move(appeal, "rework", cast.resident, {"reason": "又不热了"})
    assert (back.status_code, back.json()["step"]) == (200, "assign")
    await cast.work()
    assert problem(await cast.move(appeal, "sign", with_post(cast.head))) == (404, "not_found")
    assert (await cast.move(appeal, "sign", successor)).json()["lead_name"] == "楼栋长"


async def test_what_comes_back_to_a_vacant_post_goes_to_the_next(cast: Cast) -> None:
    appeal = await cast.answered()
    cast.hierarchy.chain[0] = cast.hierarchy.chain[0].model_copy(update={"person_id": None})
    await cast.move(appeal, "rework", cast.resident, {"reason": "又不热了"})
    await cast.work()
    assert await cast.listed(cast.grid_worker, "/inbox") == [appeal]


async def test_what_comes_back_to_the_same_holder_is_not_handed_out_again(cast: Cast) -> None:
    appeal = await cast.answered()
    await cast.move(appeal, "rework", cast.resident, {"reason": "又不热了"})
    await cast.work()
    assert (await cast.events(appeal)).count("assign") == 1
    assert (await cast.move(appeal, "sign", cast.head)).status_code == 200


async def test_an_appeal_follows_its_place_when_it_is_handed_out(cast: Cast) -> None:
    """The place has moved to another community since; its head's new token holds nothing at the old path."""
    appeal = await cast.assigned()
    cast.hierarchy.place("C1", ELSEWHERE)
    cast.hierarchy.chain[0] = cast.hierarchy.chain[0].model_copy(update={"place": cast.hierarchy.places["C1"]})
    moved = with_post(cast.head, (Role.BUILDING_HEAD, ELSEWHERE))
    assert problem(await cast.get(f"/appeals/{appeal}", moved)) == (404, "not_found")
    assert (await cast.move(appeal, "assign", cast.staff)).status_code == 200
    assert (await cast.move(appeal, "sign", moved)).status_code == 200
    assert problem(await cast.get(f"/appeals/{appeal}", cast.staff)) == (404, "not_found")


# --- what was written down for another ---


async def test_who_wrote_it_down_follows_it_while_a_post_is_theirs(cast: Cast) -> None:
    taken = (await cast.report(cast.head, on_behalf_of={"name": "虚构邻居"})).json()["id"]
    at_another_place = with_post(cast.head, (Role.BUILDING_HEAD, ELSEWHERE))
    assert (await cast.get(f"/appeals/{taken}", at_another_place)).status_code == 200
    for left in (with_post(cast.head), with_post(cast.head, (Role.RESIDENT, COMMUNITY))):
        assert problem(await cast.get(f"/appeals/{taken}", left)) == (404, "not_found")


async def test_a_caller_for_another_needs_a_post_at_the_very_place(cast: Cast) -> None:
    cast.hierarchy.place("G1", GRID, "grid", "第一网格")
    worker = somebody(cast.district, Role.GRID_WORKER, GRID)
    for place, status in (("G1", 201), ("C1", 403), ("C2", 403)):
        answer = await cast.report(worker, on_behalf_of={"name": "虚构邻居"}, place=place)
        assert answer.status_code == status, place
    for role in (Role.RESIDENT, Role.PARTNER, Role.MEDIATOR, Role.AUDITOR, Role.SECURITY_ADMIN):
        who = somebody(cast.district, role, COMMUNITY)
        assert problem(await cast.report(who, on_behalf_of={"name": "虚构邻居"}))[0] == 403


async def test_what_one_reported_stays_ones_own(cast: Cast) -> None:
    """Moving away ends a resident's grant, not what they asked for."""
    appeal = (await cast.report()).json()["id"]
    away = with_post(cast.resident)
    assert (await cast.get(f"/appeals/{appeal}", away)).status_code == 200
    assert await cast.listed(away, "/appeals/mine") == [appeal]
    assert problem(await cast.report(away)) == (403, "forbidden")
