"""Swaps: one asks, the other agrees, and both shifts have changed hands; or nothing has."""

import asyncio
from typing import Any

import httpx
import pytest

from services.hierarchy.swaps.workflow import SWAP, Party
from shared.kernel.errors import MoveNotOpen, NotYourMove
from shared.runtime.service import Service
from tests.hierarchy.keeping import open_station
from tests.hierarchy.test_rosters import Crew, begin_now, crew_of
from tests.support.steps import run_due


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


@pytest.mark.parametrize("step", SWAP.steps)
@pytest.mark.parametrize("move", SWAP.moves())
@pytest.mark.parametrize("party", Party)
def test_the_table_as_a_whole(step: str, move: str, party: Party) -> None:
    allowed = {
        "accept": Party.ASKED, "decline": Party.ASKED, "withdraw": Party.ASKER, "lapse": Party.CLOCK
    }  # fmt: skip
    if step == "asked" and allowed[move] is party:
        assert SWAP.apply(step, move, {party}).entered
    else:
        with pytest.raises((MoveNotOpen, NotYourMove)):
            SWAP.apply(step, move, {party})
