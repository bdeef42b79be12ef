"""Posts are left, handed over, renewed and run out; nothing that hangs on one is left behind."""

import asyncio
import time as clock
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.hierarchy.appointments import service as appointments
from services.hierarchy.rosters import service as rosters
from shared.kernel.periods import CHINA
from shared.kernel.rights import Grant, Role
from shared.runtime.ids import new_id
from tests.hierarchy.appointing import BUILDING, DAY, TODAY, Scene, town
from tests.hierarchy.small import loader
from tests.support.stand_in import impatient
from tests.support.world import somebody

__all__ = ["town"]
TOMORROW, YESTERDAY = TODAY + DAY, TODAY - DAY


async def grants(town: Scene, name: str, on: date) -> list[Grant]:
    """What the next token of one of the people will say that day."""
    async with loader(town.service, town.district) as work:
        return await appointments.grants(work, town.people[name], on)


async def test_an_end_takes_the_post_and_its_rights_with_the_day(town: Scene) -> None:
    held = await town.held_by_head()
    assert (held["step"], held["moves"]) == ("serving", ["renew", "end", "hand_over"])
    left = await town.done(f"appointments/{held['id']}/end", {"reason": "工作调动"})
    assert (left["step"], left["until"]) == ("leaving", TODAY.isoformat())
    assert (await grants(town, "head", TODAY), await grants(town, "head", TOMORROW)) == (
        [Grant(Role.BUILDING_HEAD, BUILDING)],
        [],
    )
    assert await town.run_jobs() == 0  # not before the day is over
    await town.run_jobs(TOMORROW)
    over = await town.read(f"appointments/{held['id']}")
    assert (over["step"], over["moves"]) == ("ended", [])
    assert await town.events(held["id"]) == ["appointment.end", "appointment.settle"]
    assert town.tickets.handed_over == []


async def test_nobody_leaves_while_appeals_wait(town: Scene) -> None:
    held = await town.held_by_head()
    town.tickets.caseloads[str(town.people["head"])] = 3
    refused = await town.ask(f"appointments/{held['id']}/end", {"reason": "工作调动"})
    assert (refused.status_code, refused.json()["code"]) == (409, "still_needed")
    assert {name: refused.json()[name] for name in ("appeals", "shifts", "households")} == {
        "appeals": 3, "shifts": 0, "households": 0
    }  # fmt: skip
    assert (await town.held_by_head())["until"] is None
    town.tickets.caseloads.clear()
    await town.done(f"appointments/{held['id']}/end", {"reason": "工作调动"})


@pytest.mark.parametrize("mood", ["down", "hung"])
async def test_while_tickets_cannot_be_asked_nobody_leaves(town: Scene, mood: str) -> None:
    """It may be that nothing hangs on it, but nobody knows: 503, and nothing is half done."""
    held = await town.held_by_head()
    town.tickets.mood = mood
    impatient(town.service)
    refused = await town.ask(f"appointments/{held['id']}/end", {"reason": "工作调动"})
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert (await town.held_by_head())["step"] == "serving"
    handed = {"successor": str(town.people["anna"]), "reason": "换届"}
    await town.done(f"appointments/{held['id']}/hand_over", handed)  # asks nobody: whatever hangs on it goes along


async def roster(town: Scene, person: str) -> None:
    """A roster of the community in which somebody has a shift tomorrow."""
    async with town.service.db.connection() as connection:
        made = new_id()
        begin = datetime.combine(TOMORROW, time(9), CHINA)
        columns = {
            "rosters": {"district": town.district, "id": made, "code": f"{town.district}-r", "path": BUILDING[:12]},
            "roster_members": {"district": town.district, "id": new_id(), "roster_id": made,
                               "person_id": town.people[person], "since": TODAY},
            "shifts": {"district": town.district, "id": new_id(), "roster_id": made,
                       "person_id": town.people[person], "begins_at": begin, "ends_at": begin.replace(hour=12)},
        }  # fmt: skip
        for table, values in columns.items():
            await fill(connection, table, values)


async def fill(connection: Any, table: str, values: dict[str, Any]) -> None:
    """Inserts a row, with something in every column that must not be empty."""
    rows = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'hierarchy' "
        "AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL", table,
    )  # fmt: skip
    made: dict[str, Any] = {"text": "示例", "integer": 1, "boolean": True, "jsonb": "{}", "ARRAY": []}
    values = {row["column_name"]: made.get(row["data_type"]) for row in rows} | values
    if table == "shifts":
        values["step"] = "published"
    if table == "rosters":
        values["step"] = "active"
    names = ", ".join(values)
    marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO hierarchy.{table} ({names}) VALUES ({marks})", *values.values())


async def test_shifts_hang_on_the_last_post_and_go_with_it(town: Scene) -> None:
    await roster(town, "head")
    held = await town.held_by_head()
    refused = await town.ask(f"appointments/{held['id']}/end", {"reason": "工作调动"})
    assert (refused.json()["code"], refused.json()["shifts"]) == ("still_needed", 1)
    handed = {"successor": str(town.people["anna"]), "reason": "换届"}
    await town.done(f"appointments/{held['id']}/hand_over", handed)
    await town.run_jobs(TOMORROW)
    async with loader(town.service, town.district) as work:
        assert await rosters.shifts_of(work, town.people["head"], TODAY) == []
        assert len(await rosters.shifts_of(work, town.people["anna"], TODAY)) == 1


async def test_households_hang_on_the_seat(town: Scene) -> None:
    """They stay with it, and so with whoever holds it next; a seat that would be left empty keeps its holder."""
    held = await town.held_by_head()
    async with town.service.db.connection() as connection:
        post = await connection.fetchval(
            "SELECT id FROM hierarchy.posts WHERE district = $1 AND code = $2", town.district, town.post
        )
        link = {"district": town.district, "id": new_id(), "household_id": new_id(), "household": "H1",
                "path": "0001", "post_id": post, "since": YESTERDAY}  # fmt: skip
        await fill(connection, "household_links", link)
    refused = await town.ask(f"appointments/{held['id']}/end", {"reason": "工作调动"})
    assert (refused.json()["code"], refused.json()["households"]) == ("still_needed", 1)
    only_the_work = {"successor": str(town.people["anna"]), "reason": "暂代", "takes_post": False}
    refused = await town.ask(f"appointments/{held['id']}/hand_over", only_the_work)
    assert (refused.json()["code"], refused.json()["households"]) == ("still_needed", 1)
    await town.done(f"appointments/{held['id']}/hand_over", only_the_work | {"takes_post": True})


async def test_a_hand_over_leaves_no_day_without_a_holder_and_none_with_two(town: Scene) -> None:
    held = await town.held_by_head()
    last = TODAY + 5 * DAY
    handed = {"successor": str(town.people["anna"]), "last_day": last.isoformat(), "reason": "换届"}
    left = await town.done(f"appointments/{held['id']}/hand_over", handed)
    assert (left["step"], left["successor"]) == ("leaving", str(town.people["anna"]))
    days = [TODAY + n * DAY for n in range(-2, 9)]
    assert [await town.holders(day) for day in days] == [["head"] if day <= last else ["anna"] for day in days]
    assert [await grants(town, "anna", day) for day in (last, last + DAY)] == [
        [],
        [Grant(Role.BUILDING_HEAD, BUILDING)],
    ]
    [following] = (await town.read("appointments", person=str(town.people["anna"])))["items"]
    assert (following["source"], following["since"]) == ("交接", (last + DAY).isoformat())

    await town.run_jobs(last)
    assert town.tickets.handed_over == []
    await town.run_jobs(last + DAY)
    assert town.tickets.handed_over == [
        {"person_id": str(town.people["head"]), "successor_id": str(town.people["anna"]), "posts": [town.post]}
    ]
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "ended"


async def test_a_hand_over_waits_for_tickets_and_loses_nothing(town: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await town.held_by_head()
    handed = {"successor": str(town.people["anna"]), "reason": "换届"}
    await town.done(f"appointments/{held['id']}/hand_over", handed)
    town.tickets.mood = "down"
    await town.run_jobs(TOMORROW)
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "leaving"
    assert await town.holders(TOMORROW) == ["anna"]  # who holds the post does not wait
    town.tickets.mood = "well"
    async with town.service.db.connection() as connection:
        await connection.execute("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1", town.district)
    later = SimpleNamespace(time=lambda: clock.time() + 6)  # the circuit closes again
    monkeypatch.setattr("purgatory.domain.model.time", later)
    await town.run_jobs()
    assert len(town.tickets.handed_over) == 1
    assert (await town.read(f"appointments/{held['id']}"))["step"] == "ended"


async def test_a_term_runs_out_when_nobody_needs_it_any_more(town: Scene) -> None:
    term = await town.appoint("anna", town.secretary, term_ends=TODAY.isoformat())
    town.tickets.caseloads[str(town.people["anna"])] = 1
    for day in (TOMORROW, TOMORROW + DAY):  # asked anew every day
        await town.run_jobs(day)
        assert (await town.read(f"appointments/{term['id']}", town.operator))["step"] == "serving"
    linted = await town.read(f"structures/{town.district}100001/linter", on=(TOMORROW + DAY).isoformat())
    assert linted["counts"].get("term") == 1
    town.tickets.caseloads.clear()
    await town.run_jobs(TOMORROW + 2 * DAY)
    over = await town.read(f"appointments/{term['id']}", town.operator)
    assert (over["step"], over["until"]) == ("ended", (TOMORROW + DAY).isoformat())
    assert await town.events(term["id"]) == [
        "appointment.appoint", "appointment.still_needed", "appointment.still_needed", "appointment.expire"
    ]  # fmt: skip


async def test_a_renewed_term_does_not_run_out(town: Scene) -> None:
    term = await town.appoint("anna", town.secretary, term_ends=TODAY.isoformat())
    later = TODAY.replace(year=TODAY.year + 1)
    body = {"term_ends": later.isoformat(), "reason": "居民代表会议通过"}
    renewed = await town.done(f"appointments/{term['id']}/renew", body, town.operator)
    assert (renewed["term_ends"], renewed["step"]) == (later.isoformat(), "serving")
    await town.run_jobs(TOMORROW)
    assert (await town.read(f"appointments/{term['id']}", town.operator))["step"] == "serving"
    await town.run_jobs(later + DAY)
    assert (await town.read(f"appointments/{term['id']}", town.operator))["until"] == later.isoformat()


async def test_days_gone_by_are_not_touched(town: Scene) -> None:
    held = await town.held_by_head()
    for move in ("end", "hand_over"):
        body = {"successor": str(town.people["anna"])} if move == "hand_over" else {}
        body |= {"last_day": (TODAY - 2 * DAY).isoformat(), "reason": "补录"}
        refused = await town.ask(f"appointments/{held['id']}/{move}", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "day_over")
    await town.done(f"appointments/{held['id']}/end", {"last_day": YESTERDAY.isoformat(), "reason": "即日停职"})
    assert (await town.holders(YESTERDAY), await town.holders(TODAY)) == (["head"], [])


@pytest.mark.parametrize(
    ("successor", "code"), [("head", "unknown_successor"), (None, "unknown_successor"), ("staff", "unknown_successor")]
)
async def test_a_successor_is_somebody_else_who_is_there(town: Scene, successor: str | None, code: str) -> None:
    held = await town.held_by_head()
    person = town.people.get(successor or "", new_id())
    refused = await town.ask(f"appointments/{held['id']}/hand_over", {"successor": str(person), "reason": "换届"})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_nobody_from_elsewhere_is_named_by_a_hand_over(town: Scene) -> None:
    """Whom the caller may not read, and who holds no post nearby, is as good as nobody."""
    held = await town.held_by_head()
    async with town.service.db.connection() as connection:
        sql = "UPDATE hierarchy.people SET path = '000100010002' WHERE district = $1 AND id = $2"
        await connection.execute(sql, town.district, town.people["anna"])
    body = {"successor": str(town.people["anna"]), "reason": "换届"}
    refused = await town.ask(f"appointments/{held['id']}/hand_over", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_successor")
    assert (await town.ask(f"appointments/{held['id']}/hand_over", body, town.operator)).is_success


async def test_who_may_end_what(town: Scene) -> None:
    held = await town.held_by_head()
    path, body = f"appointments/{held['id']}/end", {"reason": "工作调动"}
    own = town.somebody("head", Role.COMMUNITY_STAFF)
    assert (await town.ask(path, body, own)).json()["code"] == "not_your_move"  # nobody ends their own
    assert (await town.read(f"appointments/{held['id']}", own))["moves"] == []
    assert (await town.ask(path, body, town.somebody("anna"))).status_code == 403
    elsewhere = somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")
    assert (await town.ask(path, body, elsewhere)).status_code == 404
    secretary = await town.appoint("anna", town.secretary)
    refused = await town.ask(f"appointments/{secretary['id']}/end", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_move")
    await town.done(f"appointments/{secretary['id']}/end", body, town.operator)


async def test_a_term_that_was_ended_before_it_began_can_be_given_again(town: Scene) -> None:
    since: dict[str, Any] = {"since": TOMORROW.isoformat()}
    first = await town.appoint("anna", town.secretary, **since)
    ended = await town.done(f"appointments/{first['id']}/end", {"reason": "改期"}, town.operator)
    assert ended["until"] == TODAY.isoformat()
    assert await town.holders(TOMORROW, town.secretary) == []
    again = await town.appoint("anna", town.secretary, **since)
    assert (again["step"], again["until"], again["version"]) == ("serving", None, 1)
    assert await town.holders(TOMORROW, town.secretary) == ["anna"]
    assert await town.holders(TODAY, town.secretary) == []
    await town.run_jobs(TOMORROW)  # what was due for the first one finds nothing
    assert await town.holders(TOMORROW + DAY, town.secretary) == ["anna"]


async def test_a_repeated_hand_over_is_one_and_a_stale_one_none(town: Scene) -> None:
    held = await town.held_by_head()
    path = f"appointments/{held['id']}/hand_over"
    body = {"successor": str(town.people["anna"]), "reason": "换届"}
    stale = await town.ask(path, body, seen=9)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    headers = town.staff.writes()
    answers = [await town.api.post(path, json=body, headers=headers) for _ in range(3)]
    assert [(one.status_code, one.json()["step"]) for one in answers] == [(200, "leaving")] * 3
    assert await town.holders(TOMORROW) == ["anna"]
    twins = await asyncio.gather(*(town.ask(path, body) for _ in range(3)))
    assert {answer.status_code for answer in twins} == {409}


async def test_several_posts_and_their_history_per_person_and_per_post(town: Scene) -> None:
    await town.appoint("head", town.secretary)
    mine = await town.read("appointments/mine", town.somebody("head"))
    assert [one["post_code"] for one in mine["items"]] == [town.post, town.secretary]
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/hand_over", {"successor": str(town.people["anna"]), "reason": "换届"})
    history = await town.read("appointments", post=town.post)
    assert [(one["person"], one["since"]) for one in history["items"]] == [
        (str(town.people["head"]), "2024-01-01"),
        (str(town.people["anna"]), TOMORROW.isoformat()),
    ]
    kinds = await town.read("appointments", kind="secretary", place=f"{town.district}100001", on=TODAY.isoformat())
    assert [one["person"] for one in kinds["items"]] == [str(town.people["head"])]
    page = await town.read("appointments", limit=2)
    rest = await town.read("appointments", limit=2, cursor=page["next"])
    assert len({one["id"] for one in [*page["items"], *rest["items"]]}) == 3
    assert rest["next"] is None


async def test_a_new_seat_answers_for_its_place_as_its_kind_does(town: Scene) -> None:
    await town.structure()
    place = f"{town.district}100001"
    made = await town.done("posts", {"kind": "building_head", "place": place}, status=201)
    assert (made["code"], made["role"], made["held"]) == (f"{place}-building_head", "building_head", False)
    second = await town.done("posts", {"kind": "building_head", "place": place}, status=201)
    assert second["code"] == f"{place}-building_head-2"
    await town.appoint("anna", made["code"])
    chain = await town.read("responsibility", place=place, category="RJ02")
    assert str(town.people["anna"]) in [link["person_id"] for link in chain["chain"]]
    for body, code in (
        ({"kind": "king", "place": place}, "unknown_post_kind"),
        ({"kind": "building_head", "place": f"{town.district}100002"}, "unknown_place"),
        ({"kind": "building_head", "place": place, "organisation": "nobody"}, "invalid"),
    ):
        refused = await town.ask("posts", body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await town.ask("posts", {"kind": "secretary", "place": place})).json()["code"] == "not_appointed"


async def test_one_that_was_loaded_with_its_last_day_ends_with_it_and_nobody_sweeps(town: Scene) -> None:
    """From a data file: no job ends it. Its rights, its seat, its step and every list go by the day that is asked."""
    held = await town.held_by_head()
    async with town.service.db.connection() as connection:
        await connection.execute(
            "UPDATE hierarchy.appointments SET until = $3 WHERE district = $1 AND id = $2",
            town.district, UUID(held["id"]), YESTERDAY,
        )  # fmt: skip
    assert await grants(town, "head", TODAY) == []
    assert await grants(town, "head", YESTERDAY) != []
    listed = {step: (await town.read("appointments", step=step))["items"] for step in ("serving", "ended")}
    assert {step: [one["id"] for one in items] for step, items in listed.items()} == {
        "serving": [], "ended": [held["id"]]
    }  # fmt: skip
    assert (listed["ended"][0]["step"], listed["ended"][0]["moves"]) == ("ended", [])
    await town.appoint("anna")
    assert (await town.holders(YESTERDAY), await town.holders(TODAY)) == (["head"], ["anna"])
