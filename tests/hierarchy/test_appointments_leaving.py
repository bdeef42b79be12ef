"""Between the day on which an end is agreed and the last day: what comes to hang on who leaves, and who declines."""

from datetime import date, timedelta
from typing import Any

from services.hierarchy.rosters import service as rosters
from tests.hierarchy.appointing import DAY, TODAY, Scene, at, town
from tests.hierarchy.small import loader
from tests.hierarchy.workbooks_scene import Desk, book

__all__ = ["town"]
LAST = TODAY + 3 * DAY


async def leaving(town: Scene, **more: Any) -> str:
    """The head leaves in three days; the path of the appointment."""
    path = f"appointments/{(await town.held_by_head())['id']}"
    move = "hand_over" if "successor" in more else "end"
    await town.done(f"{path}/{move}", {"reason": "换届", "last_day": str(LAST)} | more)
    return path


async def roster(town: Scene, *names: str, **more: Any) -> str:
    """A roster and who takes turns in it."""
    body = {"name": "值守", "place": f"{town.district}100001", "needed": 1}
    path = f"rosters/{(await town.done('rosters', body, status=201))['id']}"
    for name in names:
        await town.done(f"{path}/members", {"person": str(town.people[name]), "label": "楼栋长"} | more)
    return path


async def shifts(town: Scene, name: str, since: date) -> int:
    async with loader(town.service, town.district) as work:
        return len(await rosters.shifts_of(work, town.people[name], since))


async def members(town: Scene, path: str) -> list[str]:
    names = {str(id_): name for name, id_ in town.people.items()}
    return [names[one["person_id"]] for one in (await town.read(path))["members"]]


async def test_appeals_that_come_after_the_end_was_agreed(town: Scene) -> None:
    """Nothing hung on the head when the end was agreed; now two appeals do, and it is not ended in silence."""
    path = await leaving(town)
    town.tickets.caseloads[str(town.people["head"])] = 2
    await town.run_jobs(LAST + DAY)
    assert (await town.read(path))["step"] == "leaving"
    assert await town.holders(LAST + DAY) == []  # whom they cannot keep in office
    assert (await town.events(path.split("/")[1]))[-1] == "appointment.still_needed"
    town.tickets.caseloads.clear()
    await town.run_jobs(LAST + 2 * DAY)
    assert (await town.read(path))["step"] == "ended"


async def test_shifts_that_come_after_the_end_was_agreed(town: Scene) -> None:
    made = await roster(town, "head", post=town.post)
    path = await leaving(town)
    day = LAST + 2 * DAY
    times = {"begins_at": at(day, 9).isoformat(), "ends_at": at(day, 12).isoformat()}
    await town.done(f"{made}/shifts", {"person": str(town.people["head"])} | times, status=201)
    await town.run_jobs(LAST + DAY)
    assert (await town.read(path))["step"] == "leaving"
    assert await members(town, made) == []  # and nothing more is planned for them
    await town.run_jobs(day + DAY)
    assert (await town.read(path))["step"] == "ended"


async def test_what_hangs_on_one_whose_last_day_came_with_a_workbook(town: Scene) -> None:
    """It ends as if it had been agreed by hand: not in silence."""
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任", "last_day": str(TODAY - DAY)})
    desk = Desk(town.service, town.api, town.district, *([town.staff] * 3))
    titles = ["岗位编码", "人员编码", "任职日期", "卸任日期"]
    rows = [titles, [town.post, f"{town.district}-anna", str(TODAY), str(LAST)]]
    assert (await desk.imported(book(rows), "appointments", who=town.operator))["added"] == 1
    [hers] = (await town.read("appointments", person=str(town.people["anna"])))["items"]
    town.tickets.caseloads[str(town.people["anna"])] = 2
    await town.run_jobs(LAST + DAY)
    assert await town.events(hers["id"]) == ["appointment.appoint", "appointment.still_needed"]
    town.tickets.caseloads.clear()
    await town.run_jobs(LAST + 2 * DAY)
    assert (await town.events(hers["id"]))[-1] == "appointment.settle"
    assert (await town.read(f"appointments/{hers['id']}"))["step"] == "ended"


async def test_a_new_holder_has_the_households_of_the_seat(town: Scene) -> None:
    """What hangs on the seat keeps nobody who has left it, once somebody else sits there."""
    path = await leaving(town)
    home = {"parent": f"{town.district}100001-B01", "kind": "household", "name": "1室"}
    home["place"] = (await town.done("places", home, town.operator, 201))["code"]
    await town.done("households", {"place": home["place"]}, status=201)
    await town.done(f"posts/{town.post}/households", {"households": [home["place"]]})
    await town.run_jobs(LAST + DAY)
    assert (await town.read(path))["step"] == "leaving"
    await town.appoint("anna", since=str(LAST + DAY))
    await town.run_jobs(LAST + 2 * DAY)
    assert (await town.read(path))["step"] == "ended"


async def test_who_left_the_post_takes_no_turns_by_it(town: Scene) -> None:
    """A turn that somebody takes by a post ends with the post; those taken otherwise do not."""
    made, other = await roster(town, "head", post=town.post), await roster(town, "head", "anna")
    await town.done(f"{made}/members", {"person": str(town.people["anna"]), "label": "社工"})
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任", "last_day": str(TODAY - DAY)})
    await town.run_jobs(TODAY)
    assert await members(town, made) == ["anna"]
    assert sorted(await members(town, other)) == ["anna", "head"]
    await town.done(f"{made}/rotate", {"since": str(TODAY + 2 * DAY), "until": str(TODAY + 5 * DAY)})
    assert await shifts(town, "head", TODAY) == 0


async def test_a_successor_takes_the_turns_of_the_post(town: Scene) -> None:
    made = await roster(town, "head", post=town.post)
    await leaving(town, successor=str(town.people["anna"]))
    assert await members(town, made) == ["head"]
    await town.run_jobs(LAST + DAY)
    assert await members(town, made) == ["anna"]


async def test_turns_by_a_post_end_with_its_term(town: Scene) -> None:
    made = await roster(town, "head", post=town.post)
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/renew", {"term_ends": str(LAST), "reason": "续任"})
    await town.run_jobs(LAST + DAY)
    assert await town.holders(LAST + DAY) == []
    assert await members(town, made) == []


async def test_a_successor_who_declines_is_replaced(town: Scene) -> None:
    """Nobody is left with appeals who never held the post: who was named to take over names somebody else."""
    await leaving(town, successor=str(town.people["anna"]))
    [hers] = (await town.read("appointments", person=str(town.people["anna"])))["items"]
    path = f"appointments/{hers['id']}"
    refused = await town.done(f"{path}/end", {"reason": "本人不愿接任"}, status=409)
    assert (refused["code"], refused["since"]) == ("successor_named", str(LAST + DAY))
    body = {"reason": "本人不愿接任", "successor": str(town.people["boris"]), "last_day": str(TODAY)}
    await town.done(f"{path}/hand_over", body)
    assert await town.holders(LAST) == ["head"]
    await town.run_jobs(LAST + DAY)
    assert {one["successor_id"] for one in town.tickets.handed_over} == {str(town.people["boris"])}


async def test_a_successor_who_has_begun_ends_as_everybody_does(town: Scene) -> None:
    await leaving(town, successor=str(town.people["anna"]))
    await town.run_jobs(LAST + DAY)
    [hers] = (await town.read("appointments", person=str(town.people["anna"])))["items"]
    await town.done(f"appointments/{hers['id']}/end", {"reason": "调动"})
    await town.run_jobs(LAST + timedelta(days=2))
    assert await town.holders(LAST + timedelta(days=2)) == []
