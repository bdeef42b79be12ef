"""Who answered for a place on a day gone by does not change by a data file that is loaded today.

A model of a few lines, a day per file: what each organisation answers for, and until when. Every file is loaded twice,
and the second time writes nothing.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from services.hierarchy.appointments import service as appointments
from services.hierarchy.organisations import service as organisations
from services.hierarchy.places import history
from services.hierarchy.places import service as places
from services.hierarchy.responsibility import mandates
from services.hierarchy.responsibility import service as responsibility
from services.hierarchy.responsibility.inputs import MandateEnd
from services.hierarchy.responsibility.rules import asked_for
from services.hierarchy.structures.loading import load
from services.hierarchy.structures.rows import AppointmentRow, OrganisationRow, PostRow, ResponsibilityRow
from shared.runtime.db import Row
from shared.runtime.work import Work
from tests.hierarchy.appointing import DAY, TODAY, at, town
from tests.hierarchy.appointing import Scene as Town
from tests.hierarchy.small import SINCE, load_small, loader, small
from tests.hierarchy.small import place as small_place
from tests.hierarchy.test_places_move import moving
from tests.hierarchy.tree_scene import Scene, planted
from tests.support.world import fresh_district

__all__ = ["town"]
FIRST = date(2025, 1, 1)
OFFICES, PLACES, ASKED = ("甲站", "乙站"), ("001001", "001001001"), ("JC05", "KN01", "WY01")
SAID = [["*"], ["JC"], ["KN"], ["JC05", "WY"]]


class Now(NamedTuple):
    """What an organisation answers for at a place, from a day on, and perhaps its last day."""

    categories: list[str]
    since: date
    until: date | None = None


Key = tuple[str, str]
keys = st.tuples(st.sampled_from(PLACES), st.sampled_from(OFFICES))
file = st.dictionaries(keys, st.tuples(st.sampled_from(SAID), st.integers(1, 2)), max_size=4)
ending = st.tuples(keys, st.integers(-1, 1))


async def bodies(scene: Scene) -> dict[str, UUID]:
    async with loader(scene.service, scene.district) as work:
        await work.begin()
        rows: list[dict[str, Any]] = [
            {"code": f"{scene.district}-{name}", "kind": "department", "name": name, "parent": None, "path": "0001",
             "since": str(FIRST), "invented": True, "attributes": {}} for name in OFFICES
        ]  # fmt: skip
        made, _ = await organisations.put(work, rows)
    return {name: made[f"{scene.district}-{name}"].id for name in OFFICES}


async def load_file(scene: Scene, made: dict[str, UUID], said: dict[Key, tuple[list[str], int]], *, later: bool) -> int:
    async with loader(scene.service, scene.district) as work:
        await work.begin()
        found = await places.by_codes(work, [scene.code(place) for place in PLACES])
        rows: list[dict[str, Any]] = [
            {"path": found[scene.code(place)]["path"], "held_by": f"{scene.district}-{name}", "post_id": None,
             "organisation_id": str(made[name]), "categories": categories, "position": position, "since": FIRST,
             "until": None} for (place, name), (categories, position) in said.items()
        ]  # fmt: skip
        return await responsibility.put(work, rows, later=later)


async def end(scene: Scene, made: dict[str, UUID], key: Key, last: date) -> bool:
    """By the door, with a day."""
    async with moving(scene.service, scene.district) as work:
        await work.begin()
        place = await places.by_code(work, scene.code(key[0]))
        assert place is not None
        for row in await mandates.ahead(work, made[key[1]], work.today):
            if row["path"] == place["path"] and row["until"] is None and row["since"] <= last:
                await mandates.end(work, row["id"], MandateEnd(last_day=last, reason="示例"))
                return True
    return False


async def answers(scene: Scene, on: date) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Who answers on a day, for each place and category: for which place, and who."""
    found = dict[tuple[str, str], set[tuple[str, str]]]()
    async with moving(scene.service, scene.district) as work:
        for place in PLACES:
            for category in ASKED:
                chain = (await responsibility.chain(work, scene.service.vault, scene.code(place), category, on)).chain
                assert [link.order for link in chain] == list(range(1, len(chain) + 1))
                whom = {(link.place.code.removeprefix(scene.district), link.post_name) for link in chain}
                assert len(whom) == len(chain)
                found[place, category] = whom
    return found


def expected(model: dict[Key, list[Now]], on: date) -> dict[tuple[str, str], set[tuple[str, str]]]:
    return {
        (place, category): {
            (where, name)
            for (where, name), states in model.items()
            for state in states
            if place.startswith(where)
            and state.since <= on
            and (state.until is None or on <= state.until)
            and set(asked_for(category)) & set(state.categories)
        }
        for place in PLACES
        for category in ASKED
    }


def told(model: dict[Key, list[Now]], key: Key, categories: list[str], today: date, *, later: bool) -> None:
    """A file says it: from today on, unless it is the first one; one that has ended stays so."""
    states = model.setdefault(key, [])
    if not states:
        states.append(Now(categories, today if later else FIRST))
    elif states[-1].until is None or states[-1].until >= today:
        last = states.pop()
        if last.since < today:
            states.append(last._replace(until=today - DAY))
        states.append(Now(categories, max(last.since, today), last.until))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(days=st.lists(st.tuples(file, st.lists(ending, max_size=1), st.integers(0, 2)), min_size=2, max_size=6))
async def test_the_past_is_answered_as_it_was(
    town: Town, days: list[tuple[dict[Key, tuple[list[str], int]], list[tuple[Key, int]], int]]
) -> None:
    set_clock: Callable[[datetime], None] = town.set_clock
    set_clock(at(TODAY))
    scene = await planted(town.api, town.service, fresh_district())
    made, model, today = await bodies(scene), dict[Key, list[Now]](), TODAY
    for number, (said, ends, nights) in enumerate(days):
        set_clock(at(today))
        await load_file(scene, made, said, later=number > 0)
        for key, (categories, _) in said.items():
            told(model, key, categories, today, later=number > 0)
        assert await load_file(scene, made, said, later=True) == 0
        for key, day in ends:
            if await end(scene, made, key, today + day * DAY):
                model[key].append(model[key].pop()._replace(until=today + day * DAY))
        for on in [FIRST, *(TODAY + n * DAY for n in range(-1, (today - TODAY).days + 3))]:
            assert await answers(scene, on) == expected(model, on), (on, today)
        today += nights * DAY


async def test_yesterday_is_answered_while_the_place_moves(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves between two statements of the answer, which is of one moment all the same."""
    town.set_clock(at(TODAY))
    building, d = f"{town.district}100001-B01", town.district
    asked: dict[str, Any] = {"place": building, "category": "JC05", "on": str(TODAY - DAY)}

    async def moved(parent: str) -> None:
        await town.done(f"places/{building}/move", {"parent": parent}, town.operator)

    await moved(f"{d}100002")
    before = await town.read("responsibility", town.operator, **asked)
    assert [one["post_name"] for one in before["chain"]] == ["楼栋长", "书记"]
    looked_up, parents = history.today_of, iter([f"{d}100001", f"{d}100002"])

    async def interrupted(work: Work, ids: list[UUID]) -> dict[UUID, Row]:
        found = await looked_up(work, ids)
        await moved(next(parents))
        return found

    monkeypatch.setattr(history, "today_of", interrupted)
    assert [await town.read("responsibility", town.operator, **asked) for _ in range(2)] == [before, before]
    assert next(parents, None) is None


async def test_a_file_that_says_it_otherwise(town: Town) -> None:
    """The whole file: what the secretary answers for is another matter from today on, and only from then."""
    town.set_clock(at(TODAY))
    yesterday, place = TODAY - DAY, f"{town.district}100001"
    expansion = small(town.district)
    head, secretary, office = expansion.responsibilities
    changed = expansion._replace(responsibilities=[head, secretary._replace(categories=["RJ"]), office])

    async def chain(category: str, on: date) -> list[str]:
        found = await town.read("responsibility", town.operator, place=place, category=category, on=str(on))
        return [one["post_name"] for one in found["chain"]]

    before = [await chain(category, yesterday) for category in ("KN01", "RJ01")]
    async with loader(town.service, town.district) as work:
        loaded = await load(work, town.service.vault, changed)
    assert {table: n for table, n in loaded.figures.items() if n} == {"responsibilities": 1}
    assert [await chain(category, yesterday) for category in ("KN01", "RJ01")] == before == [["书记"], []]
    assert [await chain(category, TODAY) for category in ("KN01", "RJ01")] == [[], ["书记"]]
    assert (await load_small(town.service, town.district)).figures[
        "responsibilities"
    ] == 1  # as it was, on the same day
    assert [await chain(category, TODAY) for category in ("KN01", "RJ01")] == before


async def test_a_file_that_calls_a_post_otherwise(town: Town) -> None:
    """What the holder was called yesterday, in the chain and in the lists, is what everybody was told."""
    town.set_clock(at(TODAY))
    yesterday, place = str(TODAY - DAY), f"{town.district}100001"
    asked: list[tuple[str, dict[str, Any]]] = [
        ("responsibility", {"place": f"{place}-B01", "category": "JC05", "on": yesterday}),
        ("posts", {"place": place, "on": yesterday}),
        ("appointments", {"place": place, "on": yesterday}),
    ]
    before = [await town.read(path, town.operator, **params) for path, params in asked]
    assert before[0]["chain"][0]["post_name"] == "楼栋长"
    async with loader(town.service, town.district) as work:
        await work.begin()
        found = await appointments.post(work, town.post)
        assert found is not None
        row = {"code": town.post, "kind": "building_head", "label": "楼长", "name": "甲社区1号楼·楼长",
               "path": found["path"], "organisation": None, "role": "building_head"}  # fmt: skip
        assert [(await appointments.put_posts(work, [row]))[1] for _ in range(2)] == [1, 0]
    assert [await town.read(path, town.operator, **params) for path, params in asked] == before
    now = await town.read("responsibility", town.operator, place=f"{place}-B01", category="JC05", on=str(TODAY))
    assert now["chain"][0]["post_name"] == "楼长"


async def test_a_file_brings_back_nobody_and_sends_nobody_away_before_today(town: Town) -> None:
    """Who left by the door does not sit there again; who leaves by a file was there until yesterday."""
    town.set_clock(at(TODAY))
    async with loader(town.service, town.district) as work:
        post = await appointments.post(work, town.post)
    assert post is not None
    row: dict[str, Any] = {
        "post_id": str(post["id"]), "person_id": str(town.people["head"]), "since": "2024-01-01", "until": None,
        "source": "自荐",
    }  # fmt: skip

    async def put(until: date | None) -> int:
        async with loader(town.service, town.district) as work:
            await work.begin()
            return await appointments.put_appointments(work, [row | {"until": until and str(until)}])

    await town.done(f"appointments/{(await town.held_by_head())['id']}/end", {"last_day": str(TODAY), "reason": "迁居"})
    assert (await put(None), await put(TODAY + 9 * DAY)) == (0, 0)
    assert [await town.holders(day) for day in (TODAY, TODAY + DAY)] == [["head"], []]
    assert (await put(TODAY - 30 * DAY), await put(TODAY - 30 * DAY)) == (1, 0)
    assert [await town.holders(day) for day in (TODAY - DAY, TODAY)] == [["head"], []]


async def test_a_later_file_seats_nobody_where_somebody_sits(town: Town) -> None:
    """Unless it says that they leave: then who comes after them begins today."""
    town.set_clock(at(TODAY))
    async with loader(town.service, town.district) as work:
        post = await appointments.post(work, town.post)
    assert post is not None
    sits, comes = (
        {
            "post_id": str(post["id"]),
            "person_id": str(town.people[name]),
            "since": since,
            "until": None,
            "source": "自荐",
        }
        for name, since in (("head", "2024-01-01"), ("anna", "2025-01-01"))
    )

    async def put(*rows: dict[str, Any]) -> int:
        async with loader(town.service, town.district) as work:
            await work.begin()
            return await appointments.put_appointments(work, list(rows), later=True)

    assert await put(comes) == 0
    assert await town.holders(TODAY) == ["head"]
    leaves = sits | {"until": str(TODAY - DAY)}
    assert (await put(leaves, comes), await put(leaves, comes)) == (2, 0)
    assert [await town.holders(day) for day in (TODAY - DAY, TODAY)] == [["head"], ["anna"]]


async def test_what_a_later_file_adds_begins_with_the_day_on_which_it_is_loaded(town: Town) -> None:
    """An organisation, a seat, who sits there and what for: nobody was told of them before, whatever the file says."""
    town.set_clock(at(TODAY))
    yesterday, place, d = TODAY - DAY, f"{town.district}100001", town.district
    extra, more = f"{d}100002-building_head", small(d)
    more = more._replace(
        organisations=[*more.organisations, OrganisationRow(d, f"{d}-new", "council", "新会", None, place, True, {})],
        posts=[*more.posts, PostRow(d, extra, "building_head", "楼栋长", f"{d}100002", None, "building_head")],
        appointments=[*more.appointments, AppointmentRow(d, extra, f"{d}-head-0001", SINCE, None, "自荐")],
        responsibilities=[
            *more.responsibilities,
            ResponsibilityRow(d, extra, None, f"{d}100002", ["*"], 10, SINCE, None),
        ],
        structure=more.structure._replace(
            version=2, document={**more.structure.document, "name": "新架构", "version": 2, "in_force": "2025-01-01"}
        ),
    )

    async def said(on: date) -> list[Any]:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("organisations", {}), ("posts", {}), ("appointments", {}), ("bodies", {}),
            ("responsibility", {"place": f"{d}100002", "category": "JC05"}), (f"structures/{place}", {}),
            (f"structures/{place}/linter", {}),
        ]  # fmt: skip
        return [await town.read(path, town.operator, **params, on=str(on)) for path, params in asked]

    before = await said(yesterday)
    again = more._replace(places=[*more.places, small_place(d, f"{d}100003", f"{d}100", "community", "丙社区")])
    for file_, written in ((more, True), (more, False), (again, False)):
        async with loader(town.service, town.district) as work:
            figures = (await load(work, town.service.vault, file_)).figures
        assert any(n for table, n in figures.items() if table != "places") is written, figures
        assert await said(yesterday) == before
    now = await said(TODAY)
    assert [len(page["items"]) for page in now[:3]] == [len(page["items"]) + 1 for page in before[:3]]
    assert [one["post_code"] for one in now[4]["chain"]] == [extra]
    assert now[5]["document"]["name"] == "新架构"
