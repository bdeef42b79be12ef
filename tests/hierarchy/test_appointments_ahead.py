"""Appointments and days to come: what would breach the structure next week, and terms over before they begin."""

from datetime import timedelta
from typing import Any

from tests.hierarchy.appointing import DAY, TODAY, Scene, town

__all__ = ["town"]
WEEK = timedelta(days=7)


async def two_seats(town: Scene) -> tuple[str, str]:
    """Two more posts of building heads, of which one person may hold one."""
    await town.structure()
    body = {"kind": "building_head", "place": f"{town.district}100001-B01"}
    one, two = [(await town.done("posts", body, town.operator, 201))["code"] for _ in range(2)]
    return one, two


async def limits(town: Scene, days: timedelta) -> list[dict[str, Any]]:
    """What the linter finds about one person in two posts."""
    path = f"structures/{town.district}100001/linter"
    found = await town.read(path, town.operator, on=str(TODAY + days), rule="limit")
    return list(found["items"])


async def test_nobody_holds_two_posts_from_next_week_on(town: Scene) -> None:
    """At most one post of the kind: also from the day on which an appointment begins that was made before."""
    one, two = await two_seats(town)
    await town.appoint("anna", one, since=str(TODAY + WEEK))
    candidacy = await town.reviewed("anna", two)
    refused = await town.done(f"candidacies/{candidacy}/appoint", {}, town.operator, 409)
    assert (refused["code"], [one["rule"] for one in refused["errors"]]) == ("would_breach", ["limit"])
    assert await limits(town, WEEK + DAY) == []
    accepted = {"accept_violations": True, "reason": "过渡期兼任"}
    await town.done(f"candidacies/{candidacy}/appoint", accepted, town.operator)
    assert len(await limits(town, WEEK)) == 1
    assert await limits(town, DAY) == []


async def test_nor_where_the_later_one_is_made_later(town: Scene) -> None:
    one, two = await two_seats(town)
    await town.appoint("anna", one)
    refused = await town.appoint("anna", two, 409, since=str(TODAY + WEEK))
    assert refused["code"] == "would_breach"


async def test_nobody_is_handed_a_second_post(town: Scene) -> None:
    one, _ = await two_seats(town)
    await town.appoint("anna", one, since=str(TODAY + WEEK))
    held = await town.held_by_head()
    body = {"successor": str(town.people["anna"]), "reason": "换届"}
    refused = await town.done(f"appointments/{held['id']}/hand_over", body, status=409)
    assert refused["code"] == "would_breach"
    assert await town.holders(TODAY + DAY) == ["head"]


async def test_a_term_that_was_over_before_it_began(town: Scene) -> None:
    """The first day is today where none is named: a term that ended last year is refused, not taken back at night."""
    held = await town.held_by_head()
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任", "last_day": str(TODAY - DAY)})
    candidacy = await town.reviewed("anna")
    path = f"candidacies/{candidacy}/appoint"
    refused = await town.done(path, {"term_ends": str(TODAY - DAY)}, town.operator, 422)
    assert (refused["code"], refused["since"]) == ("term_over", str(TODAY))
    assert (await town.read(f"candidacies/{candidacy}"))["step"] == "reviewed"
    await town.done(path, {"term_ends": str(TODAY)}, town.operator)
    await town.run_jobs(TODAY)
    assert await town.holders(TODAY) == ["anna"]
    await town.run_jobs(TODAY + DAY)
    assert await town.holders(TODAY + DAY) == []


async def test_a_successors_term_that_is_over(town: Scene) -> None:
    held = await town.held_by_head()
    path = f"appointments/{held['id']}/hand_over"
    body = {"successor": str(town.people["anna"]), "reason": "换届"}
    refused = await town.done(path, body | {"term_ends": str(TODAY)}, status=422)
    assert (refused["code"], refused["since"]) == ("term_over", str(TODAY + DAY))
    assert (await town.held_by_head())["step"] == "serving"
    await town.done(path, body | {"term_ends": str(TODAY + DAY)})
    await town.run_jobs(TODAY + DAY)
    assert await town.holders(TODAY + DAY) == ["anna"]


async def test_no_term_is_renewed_to_a_day_before_it_begins(town: Scene) -> None:
    one, _ = await two_seats(town)
    held = await town.appoint("anna", one, since=str(TODAY + WEEK))
    path = f"appointments/{held['id']}/renew"
    refused = await town.done(path, {"term_ends": str(TODAY + DAY), "reason": "续任"}, status=422)
    assert (refused["code"], refused["earliest"]) == ("day_over", str(TODAY + WEEK))


async def test_a_seat_that_is_made_today_was_no_vacancy_before(town: Scene) -> None:
    """What was answered about a day gone by stays: how many posts there were, and what the linter said."""
    await town.structure()
    place, before = f"{town.district}100001", str(TODAY - 30 * DAY)
    asked = (f"places/{place}/summary", f"structures/{place}/linter")
    summary, lint = [await town.read(path, town.operator, on=before) for path in asked]
    listed = await town.read("posts", town.operator, place=place, on=before)
    made = await town.done("posts", {"kind": "building_head", "place": f"{place}-B01"}, town.operator, 201)
    then = [await town.read(path, town.operator, on=before) for path in asked]
    assert (then[0]["posts"], then[1]) == (summary["posts"], lint)
    assert await town.read("posts", town.operator, place=place, on=before) == listed
    now = await town.read("posts", town.operator, place=place, vacant=True)
    assert made["code"] in [one["code"] for one in now["items"]]
