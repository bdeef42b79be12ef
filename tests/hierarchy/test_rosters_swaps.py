"""Swaps: one asks, the other agrees, and both shifts have changed hands; or nothing has."""

import asyncio
from typing import Any

import httpx
import pytest

from services.hierarchy.swaps.workflow import SWAP, Party
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import COMMUNITY, open_station
from tests.hierarchy.test_rosters import Crew, begin_now, crew_of
from tests.support.insisting import insist
from tests.support.steps import run_due
from tests.support.world import Somebody


@pytest.fixture
async def crew(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Crew:
    made = await crew_of(await open_station(api, hierarchy, district))
    for who, begin, end in ((0, "08:00", "14:30"), (1, "14:30", "21:00")):
        assert (await made.shift(who, begin, end)).status_code == 201
    assert (await made.publish()).status_code == 200
    return made


async def shifts(crew: Crew) -> list[dict[str, Any]]:
    page = await crew.station.get(f"rosters/{crew.roster}/shifts", since=str(crew.day))
    found: list[dict[str, Any]] = page["items"]
    return found


async def ask(crew: Crew, *, asked: int = 1, takes: bool = True, gives: int = 0, asker: int = 0) -> httpx.Response:
    now = await shifts(crew)
    body = {"asked": str(crew.people[asked].id), "takes": now[1]["id"] if takes else None, "note": "要陪老人看病"}
    return await crew.station.post(f"shifts/{now[gives]['id']}/swaps", body, crew.people[asker])


async def holders(crew: Crew) -> list[int]:
    people = [str(one.id) for one in crew.people]
    return [people.index(one["person_id"]) for one in await shifts(crew)]


async def test_both_agree_and_both_shifts_change_hands(crew: Crew) -> None:
    swap = (await ask(crew)).json()
    assert (swap["step"], swap["moves"]) == ("asked", ["withdraw"])
    assert await holders(crew) == [0, 1]
    [waiting] = (await crew.station.get("swaps/mine", crew.people[1]))["items"]
    assert waiting["moves"] == ["accept", "decline"]
    done = await crew.station.done(f"swaps/{swap['id']}/accept", {}, crew.people[1])
    assert (done["step"], done["step_label"], done["moves"]) == ("agreed", "已换班", [])
    assert await holders(crew) == [1, 0]
    assert (await crew.check())["clashes"] == []
    [row] = await crew.station.journal("swap.accept")
    assert row["actor"] == str(crew.people[1].id)


async def test_a_plain_favour(crew: Crew) -> None:
    swap = (await ask(crew, asked=2, takes=False)).json()
    assert swap["takes"] is None
    await crew.station.done(f"swaps/{swap['id']}/accept", {}, crew.people[2])
    assert await holders(crew) == [2, 1]


@pytest.mark.parametrize(("move", "who", "step"), [("decline", 1, "declined"), ("withdraw", 0, "withdrawn")])
async def test_no_is_no(crew: Crew, move: str, who: int, step: str) -> None:
    swap = (await ask(crew)).json()
    assert (await crew.station.done(f"swaps/{swap['id']}/{move}", {}, crew.people[who]))["step"] == step
    assert await holders(crew) == [0, 1]
    assert (await ask(crew)).status_code == 201


async def test_who_decides_what(crew: Crew) -> None:
    swap = (await ask(crew)).json()
    path = f"swaps/{swap['id']}"
    assert (await crew.station.post(f"{path}/accept", {}, crew.people[0])).status_code == 403
    assert (await crew.station.post(f"{path}/accept", {}, crew.station.staff)).status_code == 403
    assert (await crew.station.post(f"{path}/withdraw", {}, crew.people[1])).status_code == 403
    assert [await crew.station.status(path, who) for who in (*crew.people[:2], crew.station.staff)] == [200] * 3
    assert await crew.station.status(path, crew.station.head) == 404
    again = await ask(crew, asked=2, takes=False)
    assert (again.status_code, again.json()["code"]) == (409, "already_done")


async def test_what_cannot_be_swapped(crew: Crew) -> None:
    cases = [
        (await ask(crew, asked=0, takes=False), "with_yourself"),
        (await ask(crew, asked=2), "not_theirs"),
    ]
    assert [(answer.status_code, answer.json()["why"]) for answer, _ in cases] == [(409, why) for _, why in cases]
    assert (await ask(crew, asker=2)).status_code == 404
    outsider = {"asked": str(crew.station.head.id), "takes": None}
    first = (await shifts(crew))[0]["id"]
    answer = await crew.station.post(f"shifts/{first}/swaps", outsider, crew.people[0])
    assert answer.json()["code"] == "not_a_member"
    await begin_now(crew, first)
    favour = {"asked": str(crew.people[2].id)}
    answer = await crew.station.post(f"shifts/{first}/swaps", favour, crew.people[0])
    assert (answer.status_code, answer.json()["why"]) == (409, "begun")


async def test_what_changed_meanwhile_is_not_swapped(crew: Crew) -> None:
    """The shift was given to a third person by the staff: saying yes changes nothing."""
    swap = (await ask(crew)).json()
    first = (await shifts(crew))[0]["id"]
    await crew.station.done(f"shifts/{first}/reassign", {"person": str(crew.people[2].id)})
    answer = await crew.station.post(f"swaps/{swap['id']}/accept", {}, crew.people[1])
    assert (answer.status_code, answer.json()["why"]) == (409, "not_yours")
    assert await holders(crew) == [2, 1]
    assert (await crew.station.get(f"swaps/{swap['id']}", crew.people[1]))["step"] == "asked"


async def test_who_takes_it_must_be_free(crew: Crew) -> None:
    swap = (await ask(crew, asked=2, takes=False)).json()
    other = await crew.station.done("rosters", {"name": "大厅", "place": f"{crew.station.district}100001"})
    await crew.station.done(f"rosters/{other['id']}/members", {"person": str(crew.people[2].id), "label": "社工"})
    assert (await crew.shift(2, "09:00", "10:00", other["id"])).status_code == 201
    answer = await crew.station.post(f"swaps/{swap['id']}/accept", {}, crew.people[2])
    assert (answer.status_code, answer.json()["code"]) == (409, "two_places_at_once")
    assert await holders(crew) == [0, 1]


async def test_two_say_yes_at_once_and_it_happens_once(crew: Crew) -> None:
    swap = (await ask(crew)).json()
    answers = await asyncio.gather(
        *(crew.station.post(f"swaps/{swap['id']}/accept", {}, crew.people[1]) for _ in range(6))
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    assert await holders(crew) == [1, 0]
    assert len(await crew.station.journal("swap.accept")) == 1


async def test_an_unanswered_question_lapses(crew: Crew) -> None:
    swap = (await ask(crew)).json()
    sql = "UPDATE hierarchy.{} = now() - interval '1 minute' WHERE district = $1"
    for column in ("swaps SET lapses_at", "jobs SET due_at"):
        await crew.station.sql(sql.format(column), crew.station.district)
    assert await run_due(crew.station.service, crew.station.district) == 1
    assert (await crew.station.get(f"swaps/{swap['id']}", crew.people[0]))["step"] == "lapsed"
    late = await crew.station.post(f"swaps/{swap['id']}/accept", {}, crew.people[1])
    assert late.json()["code"] == "move_not_open"


# --- where those who plan have the last word -------------------------------------------------------------------------


@pytest.fixture
async def strict(crew: Crew) -> Crew:
    edited = await crew.station.done(f"rosters/{crew.roster}/edit", {"swaps_need_approval": True})
    assert edited["swaps_need_approval"] is True
    return crew


async def consented(crew: Crew, **how: Any) -> str:
    """A swap that the two have agreed on."""
    swap = (await ask(crew, **how)).json()
    asked = crew.people[how.get("asked", 1)]
    shown = await crew.station.get(f"swaps/{swap['id']}", asked)
    assert shown["moves"] == ["consent", "decline"]
    waits = await crew.station.done(f"swaps/{swap['id']}/consent", {}, asked)
    assert (waits["step"], waits["step_label"], waits["moves"]) == ("waiting", "待批准", ["withdraw"])
    return str(swap["id"])


async def test_a_swap_waits_for_those_who_plan(strict: Crew) -> None:
    swap = await consented(strict)
    assert await holders(strict) == [0, 1]
    [waiting] = (await strict.station.get(f"rosters/{strict.roster}/swaps", step="waiting"))["items"]
    assert (waiting["id"], waiting["moves"]) == (swap, ["approve", "refuse"])
    for person in strict.people[:2]:
        assert (await strict.station.post(f"swaps/{swap}/approve", {}, person)).status_code == 403
    done = await strict.station.done(f"swaps/{swap}/approve", {"note": "同意"})
    assert (done["step"], done["moves"]) == ("agreed", [])
    assert await holders(strict) == [1, 0]
    check = await strict.check()
    assert (check["gaps"], check["clashes"], check["covered_hours"]) == ([], [], 13.0)
    [row] = await strict.station.journal("swap.approve")
    assert row["actor"] == str(strict.station.staff.id)
    assert (await strict.station.get(f"rosters/{strict.roster}/swaps", step="waiting"))["items"] == []


async def test_a_planner_does_not_approve_a_swap_of_their_own(strict: Crew) -> None:
    station, planner = strict.station, strict.people[1]
    swap = await consented(strict)
    promoted = Somebody(station.district, ((Role.COMMUNITY_STAFF, COMMUNITY),), planner.id)
    assert (await station.get(f"swaps/{swap}", promoted))["moves"] == ["withdraw"]
    assert (await station.post(f"swaps/{swap}/approve", {}, promoted)).status_code == 403
    assert await holders(strict) == [0, 1]


@pytest.mark.parametrize(("move", "who"), [("refuse", None), ("withdraw", 0), ("withdraw", 1)])
async def test_nothing_changes_hands_without_approval(strict: Crew, move: str, who: int | None) -> None:
    swap = await consented(strict)
    given = {"reason": "当晚须有两委委员在岗"} if move == "refuse" else {}
    by = strict.station.staff if who is None else strict.people[who]
    assert (await strict.station.done(f"swaps/{swap}/{move}", given, by))["step"] in ("refused", "withdrawn")
    assert await holders(strict) == [0, 1]
    late = await strict.station.post(f"swaps/{swap}/approve", {})
    assert late.json()["code"] == "move_not_open"
    assert (await ask(strict)).status_code == 201


async def test_what_happened_while_it_waited_counts(strict: Crew) -> None:
    """Whoever takes the shift has got another one meanwhile: nobody is in two places, approved or not."""
    swap = await consented(strict, asked=2, takes=False)
    other = await strict.station.done("rosters", {"name": "大厅", "place": f"{strict.station.district}100001"})
    await strict.station.done(f"rosters/{other['id']}/members", {"person": str(strict.people[2].id), "label": "社工"})
    assert (await strict.shift(2, "09:00", "10:00", other["id"])).status_code == 201
    answer = await strict.station.post(f"swaps/{swap}/approve", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "two_places_at_once")
    assert await holders(strict) == [0, 1]
    assert (await strict.station.get(f"swaps/{swap}"))["step"] == "waiting"


async def test_who_cannot_take_it_cannot_consent(strict: Crew) -> None:
    swap = (await ask(strict)).json()
    await strict.station.done(
        f"shifts/{(await shifts(strict))[0]['id']}/reassign", {"person": str(strict.people[2].id)}
    )
    answer = await strict.station.post(f"swaps/{swap['id']}/consent", {}, strict.people[1])
    assert (answer.status_code, answer.json()["why"]) == (409, "not_yours")


async def test_one_that_nobody_approved_lapses(strict: Crew) -> None:
    swap = await consented(strict)
    sql = "UPDATE hierarchy.{} = now() - interval '1 minute' WHERE district = $1"
    for column in ("swaps SET lapses_at", "jobs SET due_at"):
        await strict.station.sql(sql.format(column), strict.station.district)
    assert await run_due(strict.station.service, strict.station.district) == 1
    assert (await strict.station.get(f"swaps/{swap}"))["step"] == "lapsed"


@pytest.mark.parametrize("approval", [False, True])
async def test_two_swaps_of_one_shift_and_it_changes_hands_once(crew: Crew, *, approval: bool) -> None:
    """The first shift was offered to the third person, and the second person was promised it in return for theirs."""
    await crew.station.done(f"rosters/{crew.roster}/edit", {"swaps_need_approval": approval})
    given = (await ask(crew, asked=2, takes=False)).json()["id"]
    first, second = [one["id"] for one in await shifts(crew)]
    body = {"asked": str(crew.people[0].id), "takes": first}
    wanted = (await crew.station.done(f"shifts/{second}/swaps", body, crew.people[1]))["id"]
    ends = [(given, crew.people[2]), (wanted, crew.people[0])]
    if approval:
        for swap, who in ends:
            await crew.station.done(f"swaps/{swap}/consent", {}, who)
        ends = [(swap, crew.station.staff) for swap, _ in ends]
    move = "approve" if approval else "accept"

    async def settle(swap: str, who: Somebody) -> httpx.Response:
        return await insist(lambda: crew.station.post(f"swaps/{swap}/{move}", {}, who))

    answers = await asyncio.gather(*(settle(*one) for one in ends))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["cannot_swap"]
    assert await holders(crew) == ([2, 1] if answers[0].status_code == 200 else [1, 0])
    check = await crew.check()
    assert (check["gaps"], check["clashes"]) == ([], [])


@pytest.mark.parametrize("step", SWAP.steps)
@pytest.mark.parametrize("move", SWAP.moves())
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("facts", [(), ("needs_approval",)])
def test_the_table_as_a_whole(step: str, move: str, party: Party, facts: tuple[str, ...]) -> None:
    asker, asked, staff, clock = Party
    agree = "consent" if facts else "accept"
    allowed = {
        ("asked", agree): {asked}, ("asked", "decline"): {asked}, ("asked", "withdraw"): {asker},
        ("asked", "lapse"): {clock}, ("waiting", "approve"): {staff}, ("waiting", "refuse"): {staff},
        ("waiting", "withdraw"): {asker, asked}, ("waiting", "lapse"): {clock},
    }  # fmt: skip
    if party in allowed.get((step, move), ()):
        assert SWAP.apply(step, move, {party}, facts).entered
    else:
        with pytest.raises((MoveNotOpen, NotYourMove)):
            SWAP.apply(step, move, {party}, facts)
