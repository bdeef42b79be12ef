"""Whatever is done to appointments, from whatever day: who held a post on a day gone by is answered as it was then."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hierarchy.appointing import DAY, TODAY, Scene, at, scene, town
from tests.support.world import fresh_district

__all__ = ["town"]
PEOPLE = ("anna", "boris", "clara", "head")


class Doing(NamedTuple):
    """After so many days: what is done to the post, with whom, and which day it is about (from today)."""

    wait: int
    what: str
    who: str
    day: int


DOINGS = st.lists(
    st.builds(
        Doing,
        st.integers(0, 3),
        st.sampled_from(["end", "hand_over", "appoint", "end", "hand_over", "renew"]),
        st.sampled_from(PEOPLE),
        st.integers(-4, 3),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(DOINGS)
async def test_the_past_is_answered_as_it_was(town: Scene, doings: Sequence[Doing]) -> None:
    fresh = await scene(town.service, town.api, town.tickets, fresh_district(), town.set_clock)
    fresh.set_clock(at(TODAY))
    now, known = TODAY, dict[date, list[str]]()
    for doing in doings:
        now += doing.wait * DAY
        await fresh.run_jobs(now)
        known |= {day: await fresh.holders(day) for day in (now - DAY, now - 2 * DAY) if day not in known}
        await do(fresh, doing, now)
        assert {day: await fresh.holders(day) for day in known} == known
    days = [TODAY - 3 * DAY + n * DAY for n in range((now - TODAY).days + 10)]
    assert max([len(await fresh.holders(day)) for day in days]) <= 1  # never two in one seat
    await in_order(fresh)


async def do(town: Scene, doing: Doing, now: date) -> None:
    """Some of it is refused, which is as well; none of it may be a 500."""
    day = (now + doing.day * DAY).isoformat()
    person = str(town.people[doing.who])
    serving = (await town.read("appointments", post=town.post, step="serving"))["items"]
    if doing.what == "appoint":
        candidacy = await town.ask("candidacies", {"post": town.post, "origin": "recruited", "person": person})
        if candidacy.status_code == 201:
            path = f"candidacies/{candidacy.json()['id']}"
            await town.done(f"{path}/review", {})
            answer = await town.ask(f"{path}/appoint", {"since": day})
            assert answer.status_code < 500, answer.text
            if answer.status_code != 200:
                await town.done(f"{path}/reject", {"reason": "岗位有人"})
        return
    if not serving:
        return
    body = {
        "end": {"last_day": day},
        "hand_over": {"last_day": day, "successor": person},
        "renew": {"term_ends": day},
    }[doing.what]
    answer = await town.ask(f"appointments/{serving[-1]['id']}/{doing.what}", body | {"reason": "示例"})
    assert answer.status_code < 500, answer.text


async def in_order(town: Scene) -> None:
    """The rows of the post follow one another without an overlap."""
    history = (await town.read("appointments", post=town.post, limit=100))["items"]
    terms = sorted(
        (one["since"], one["until"] or "9999") for one in history if (one["until"] or "9999") >= one["since"]
    )
    assert all(earlier[1] < later[0] for earlier, later in pairwise(terms))


async def test_who_held_what_in_a_place_from_which_a_building_has_gone(town: Scene) -> None:
    """A list, the seats and the figures of a day gone by are of the place as it was then, not as it is now."""
    community, before = f"{town.district}100001", str(TODAY - DAY)
    there: dict[str, Any] = {"place": community, "on": before}
    asked = [("appointments", there), ("posts", there), (f"places/{community}/summary", {"on": before})]
    then = [await town.read(path, town.operator, **params) for path, params in asked]
    assert [one["post_code"] for one in then[0]["items"]] == [town.post]
    other = f"{town.district}100002"
    beside = await town.read("posts", town.operator, place=other, on=before)
    await town.done(f"places/{community}-B01/move", {"parent": other}, town.operator)
    after = [await town.read(path, town.operator, **params) for path, params in asked]
    assert [one["id"] for one in after[0]["items"]] == [one["id"] for one in then[0]["items"]]
    assert (after[1], after[2]["posts"]) == (then[1], then[2]["posts"])
    assert await town.read("posts", town.operator, place=other, on=before) == beside
    now = await town.read("posts", town.operator, place=community)
    assert town.post not in [one["code"] for one in now["items"]]
