"""Which seats there were at a place on a day gone by, and who sat there, does not change by what is done today.

A model of a few lines is changed along with the database, a day per change: which place a seat is of. Before and after
each change some day gone by is asked about, by every list that selects seats by where they are; in the end all of them.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from services.hierarchy.appointments import service as appointments
from services.hierarchy.places import history
from services.hierarchy.places import service as places
from services.hierarchy.structures import linting
from services.hierarchy.structures import service as structures
from services.hierarchy.succession import seats
from services.hierarchy.succession import service as succession
from shared.kernel.errors import NotFound, PlaceGone, UnknownPlace
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.test_places_history import NAMES, Model, Node, apply
from tests.hierarchy.test_places_move import moving
from tests.hierarchy.tree_scene import TREE, Scene, days_pass, nights_pass, planted
from tests.support.world import Somebody, fresh_district, somebody

KIND = "示例岗"
numbers = st.integers(0, 1000)
change = st.tuples(
    st.sampled_from(["move", "merge", "merge", "split", "file"]), numbers, numbers, st.sampled_from(NAMES)
)
questions = st.lists(st.tuples(numbers, numbers), max_size=2)


async def seated(scene: Scene, homes: dict[str, str], since: str = "2025-01-01") -> None:
    """Seats at places, as a data file has them; every second one is held."""
    async with moving(scene.service, scene.district) as work:
        await work.begin()
        found = await places.by_codes(work, set(homes.values()))
        ids, _ = await appointments.put_posts(
            work,
            [{"code": post, "kind": KIND, "label": KIND, "name": post, "path": found[home]["path"],
              "organisation": None, "role": "building_head", "since": since} for post, home in homes.items()],
        )  # fmt: skip
        rows: list[dict[str, Any]] = [
            {"post_id": str(id_), "person_id": str(UUID(int=number)), "since": since, "until": None, "source": "示例"}
            for number, id_ in enumerate(ids[post] for post in sorted(ids))
            if number % 2
        ]
        await appointments.put_appointments(work, rows)


Lists = tuple[list[tuple[str, str | None, bool]], list[str], int | None]
Facts = tuple[set[tuple[str, str, str | None]], set[tuple[str, str]]]


async def listed(scene: Scene, place: str, on: date) -> Lists:
    """The seats of a place on a day, with the places they were of; those held; and how many there were."""
    common: dict[str, Any] = {"place": place, "cursor": None, "limit": 100, "on": on}
    async with moving(scene.service, scene.district) as work:
        try:
            there = (await seats.page(work, vacant=None, **common)).items
            held = (await succession.page(work, scene.service.vault, mine=False, **common)).items
        except UnknownPlace:
            return [], [], 0
    async with moving(scene.service, scene.district) as work:
        try:
            counted = (await structures.summary(work, place, on)).posts
        except (NotFound, PlaceGone):
            return ordered(there), sorted(one.post_code for one in held), None
    return ordered(there), sorted(one.post_code for one in held), sum(one.count for one in counted)


def ordered(there: list[Any]) -> list[tuple[str, str | None, bool]]:
    return [(one.code, one.place_code, one.held) for one in there]


async def facts(scene: Scene, place: str, on: date) -> Facts:
    """What the linter holds a structure against: places with where they lay, and seats with whose they were."""
    async with moving(scene.service, scene.district) as work:
        row = await places.by_code(work, place) or await history.gone(work, place)
        assert row is not None
        found = await linting.facts_at(work, row["path"], on)
    lay = {(one.code, one.kind, one.parent) for one in found.places}
    return lay, {(one.code, one.place) for one in found.posts}


def facts_expected(model: Model, place: str) -> Facts:
    there = [code for code in model.nodes if place in model.nodes and place in model.line(code)]
    nodes = {code: model.nodes[code] for code in there}
    lay = {(code, node.kind, node.parent if node.parent in nodes else None) for code, node in nodes.items()}
    return lay, {(post, model.homes[post]) for post in model.within(place)}


def expected(model: Model, place: str, held: set[str]) -> Lists:
    within = model.within(place)
    return [(post, model.homes[post], post in held) for post in within], [p for p in within if p in held], len(within)


async def by_file(scene: Scene, model: Model, one: int, other: int) -> None:
    """A data file says that a seat is of another place."""
    posts, there = sorted(model.homes), sorted(model.nodes)
    post = posts[one % len(posts)]
    model.homes[post] = there[other % len(there)]
    await seated(scene, {post: model.homes[post]})


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # six steps can be read; to shorten them takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(change, questions), min_size=1, max_size=6))
async def test_the_seats_of_a_day_gone_by(
    api: httpx.AsyncClient,
    hierarchy: Service,
    steps: list[tuple[tuple[str, int, int, str], list[tuple[int, int]]]],
) -> None:
    scene = await planted(api, hierarchy, fresh_district())
    district = scene.district
    model = Model(
        {district + code: Node(name, kind, None if up is None else district + up) for code, name, kind, up in TREE}
    )
    model.homes = {f"{code}-post": code for code in model.nodes}
    await seated(scene, model.homes)
    held = set(sorted(model.homes)[1::2])
    evenings: list[Model] = []

    async def stands(code: str, evening: int) -> None:
        async with moving(hierarchy, district) as work:
            on = work.today - timedelta(days=len(evenings) - evening)
        was, answer = expected(evenings[evening], code, held), await listed(scene, code, on)
        assert answer[:2] == was[:2], (code, evening)
        assert answer[2] in (None, was[2]), (code, evening)
        assert await facts(scene, code, on) == facts_expected(evenings[evening], code), (code, evening)

    async def night() -> None:
        evenings.append(model.copy())
        await nights_pass(scene)
        await days_pass(scene)

    await night()
    for step, asking in steps:
        codes = sorted({*model.nodes, *model.gone})
        asked = [(codes[one % len(codes)], other % len(evenings)) for one, other in asking]
        for code, evening in asked:
            await stands(code, evening)
        if step[0] == "file":
            await by_file(scene, model, *step[1:3])
        else:
            await apply(scene, model, step)
        for code, evening in asked:
            await stands(code, evening)
        await night()
    for code in sorted({*model.nodes, *model.gone}):
        for evening in range(len(evenings)):
            await stands(code, evening)


# --- told -----------------------------------------------------------------------------------------------------------


async def answered(scene: Scene, asked: list[tuple[str, Somebody, dict[str, str]]]) -> list[Any]:
    found = []
    for path, who, params in asked:
        answer = await scene.get(path, who, **params)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
    return found


async def test_the_grid_that_took_another_in(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    """Its lists of the day before do not show the other's seats, and those of the other go on answering."""
    scene = await planted(api, hierarchy, district)
    gone, heir = scene.code("001001001"), scene.code("001001002")
    await seated(scene, {f"{gone}-post": gone, f"{heir}-post": heir})
    await nights_pass(scene)
    async with moving(hierarchy, district) as work:
        on = {"on": str(work.today - timedelta(days=1))}
    path = (await scene.place("001001002"))["path"]
    staff = somebody(district, Role.COMMUNITY_STAFF, path)  # of the heir alone
    asked = [("posts", scene.operator, {"place": grid} | on) for grid in (gone, heir)]
    asked += [("appointments", scene.operator, {"place": grid} | on) for grid in (gone, heir)]
    asked += [("posts", staff, on), ("appointments", staff, on)]
    asked += [("posts", scene.operator, on | {"place": scene.code("001001"), "vacant": "true"})]
    before, counted = await answered(scene, asked), await scene.place("001001002/summary", **on)
    assert [[one["place_code"] for one in page["items"]] for page in before[:2]] == [[gone], [heir]]
    assert [len(page["items"]) for page in before] == [1, 1, 0, 1, 1, 1, 1]
    await scene.do("POST", f"places/{gone}/merge", {"into": heir})
    after = await answered(scene, asked)
    for page, was in zip(after[2:4] + after[5:6], before[2:4] + before[5:6], strict=True):
        assert [one["id"] for one in page["items"]] == [one["id"] for one in was["items"]]
    assert (after[:2], after[4], after[6]) == (before[:2], before[4], before[6])
    assert (await scene.place("001001002/summary", **on))["posts"] == counted["posts"]
    [now] = await answered(scene, [("posts", staff, {})])
    assert [one["place_code"] for one in now["items"]] == [heir, heir]


async def test_a_body_of_a_day_gone_by(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    """Its organisation is renamed, and the grid where it is at home becomes part of another."""
    scene = await planted(api, hierarchy, district)
    gone, heir = scene.code("001001001"), scene.code("001001002")
    made = await scene.do("POST", "organisations", {"kind": "council", "name": "议事会", "place": gone})
    charter = {"charter": {"seats": [{"key": "seat", "label": "代表", "seats": 2}], "quorum": {"percent": 50}}}
    await scene.do("POST", f"bodies/{made['code']}/charter", charter)
    await nights_pass(scene, 2)
    await days_pass(scene, 2)
    await scene.rows("UPDATE hierarchy.body_charters SET since = since - 2 WHERE district = $1 RETURNING since")
    async with moving(hierarchy, district) as work:
        on = {"on": str(work.today - timedelta(days=1))}
    asked = [("bodies", scene.operator, {"place": place} | on) for place in (gone, heir, scene.code("001001"))]
    asked.append((f"bodies/{made['code']}", scene.operator, on))
    before = await answered(scene, asked)
    assert [[(one["name"], one["place_code"], one["seats"]) for one in page["items"]] for page in before[:3]] == [
        [("议事会", gone, 2)], [], [("议事会", gone, 2)],
    ]  # fmt: skip
    await scene.do("POST", f"organisations/{made['code']}/edit", {"name": "联席议事会"})
    await scene.do("POST", f"places/{gone}/merge", {"into": heir})
    after = await answered(scene, asked)
    assert after == before
    [now] = await answered(scene, [("bodies", scene.operator, {"place": heir})])
    assert [(one["name"], one["place_code"]) for one in now["items"]] == [("联席议事会", heir)]
