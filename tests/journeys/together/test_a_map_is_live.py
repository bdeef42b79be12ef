"""The map of grids counts what tickets has at this moment, and is shown without tickets too: it says what it lacks."""

from typing import Any

from tests.architecture.writes import APPEAL
from tests.support.together import FIRST, Story, Together, new_grid, until


async def open_by_grid(story: Story, who: Any = None) -> dict[str, int | None]:
    shown = await story.read("hierarchy", f"/places/{story.district}100001/map", who or story.staff)
    return {mark["id"]: mark["properties"]["open_tickets"] for mark in shown["features"]}


async def report(story: Story, place: str) -> str:
    return str((await story.ask("tickets", "/appeals", story.resident, APPEAL | {"place": place}))["id"])


async def test_the_counts_are_those_of_this_moment(story: Story) -> None:
    first, second = [(await new_grid(story, name))["code"] for name in ("第一网格", "第二网格")]
    assert await open_by_grid(story) == {first: 0, second: 0}
    appeals = [await report(story, first) for _ in range(3)]
    await report(story, f"{story.district}100001-B01")  # in no grid
    assert await open_by_grid(story) == {first: 3, second: 0}
    await story.ask("tickets", f"/appeals/{appeals[0]}/withdraw", story.resident)
    assert await open_by_grid(story) == {first: 2, second: 0}
    body = {"into": second}
    await story.ask("hierarchy", f"/places/{first}/merge", story.operator, body)
    await story.at_rest()
    assert await open_by_grid(story) == {second: 2}


async def test_without_tickets_the_map_is_shown_and_says_what_it_lacks(story: Story, together: Together) -> None:
    grid = (await new_grid(story))["code"]
    await report(story, grid)
    async with together.without_api("tickets"):
        shown = await story.read("hierarchy", f"/places/{story.district}100001/map", story.staff)
        [mark] = shown["features"]
        assert (mark["id"], mark["properties"]["open_tickets"], mark["properties"]["path"][:12]) == (grid, None, FIRST)
    # Its circuit closes again by itself.
    await until(lambda: open_by_grid(story), lambda counts: counts == {grid: 1})
