"""Links lie where their households do: scope is theirs, they go where those go, and a last day needs no sweep."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.paths import child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import BUILDING, COMMUNITY, Register, code, open_register
from tests.hierarchy.small import loader
from tests.support.world import Somebody, somebody


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    opened = await open_register(hierarchy, api, district, 2)
    for number in (1, 2):
        await opened.household(number)
    return opened


def head_of(register: Register) -> str:
    return f"posts/{register.district}100001-B01-building_head/households"


async def linked(register: Register, *numbers: int, post: str | None = None) -> dict[str, Any]:
    body = {"households": [register.home(number) for number in numbers]}
    answer = await register.post(post or head_of(register), body)
    assert answer.is_success, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def day(register: Register) -> date:
    async with loader(register.service, register.district) as work:
        return work.today


async def test_who_may_read_one_door_reads_its_links_alone(register: Register) -> None:
    """The post is within reach of both; each household only of whoever may read it there."""
    page = await linked(register, 1, 2)
    whole = {one["household"]: one["id"] for one in page["items"]}
    assert len(whole) == 2
    first, away = child(BUILDING, 1), child(COMMUNITY, 9)
    of_one = somebody(register.district, Role.COMMUNITY_STAFF, first)
    assert code(await register.get(head_of(register), of_one)) == (404, "not_found")
    # Of another grid: reads the post, whose seat is there, and none of the households, which are not.
    async with register.service.db.connection() as connection:
        await connection.execute(
            "UPDATE hierarchy.posts SET path = $2 WHERE district = $1 AND code LIKE '%B01-building_head'",
            register.district, away,
        )  # fmt: skip
    other = somebody(register.district, Role.COMMUNITY_STAFF, away)
    assert (await register.get(head_of(register), other)).json()["items"] == []
    both = Somebody(register.district, ((Role.COMMUNITY_STAFF, away), (Role.COMMUNITY_STAFF, first)))
    shown = (await register.get(head_of(register), both)).json()["items"]
    assert [one["household"] for one in shown] == [register.home(1)]
    for number in (1, 2):
        link = whole[register.home(number)]
        assert code(await register.post(f"household-links/{link}/end", {}, other)) == (404, "not_found")
    assert len((await register.get(head_of(register))).json()["items"]) == 2


async def test_links_follow_a_move(register: Register) -> None:
    """Their building goes to the next community: its staff see them there, and those it left do not."""
    page = await linked(register, 1)
    household = page["items"][0]["household_id"]
    operator = somebody(register.district, Role.OPERATOR)
    body = {"parent": f"{register.district}100002"}
    moved = await register.post(f"places/{register.district}100001-B01/move", body, operator)
    assert moved.status_code == 200, moved.text
    [row] = await register.rows(
        "SELECT l.path, h.path AS home FROM hierarchy.household_links l JOIN hierarchy.households h "
        "ON (h.district, h.id) = (l.district, l.household_id) WHERE l.district = $1"
    )
    assert row["path"] == row["home"]
    assert code(await register.get(head_of(register))) == (404, "not_found")
    assert len((await register.get(head_of(register), register.stranger)).json()["items"]) == 1
    [link] = (await register.get(f"households/{household}/links", register.stranger)).json()
    assert link["post_code"].endswith("B01-building_head")


async def test_a_last_day_is_the_last_one_and_nobody_sweeps(register: Register) -> None:
    """Every question asks for the day: a link whose last day is past is over, one that has still to come is not."""
    page = await linked(register, 1)
    today, link = await day(register), page["items"][0]
    await register.rows(
        "UPDATE hierarchy.household_links SET since = $2, until = $3 WHERE district = $1",
        today - timedelta(days=9), today,
    )  # fmt: skip
    assert len((await register.get(head_of(register))).json()["items"]) == 1
    again = await linked(register, 1)  # it is looked after already: nothing is added
    assert again["span"]["count"] == 1
    await register.rows(
        "UPDATE hierarchy.household_links SET until = $2 WHERE district = $1", today - timedelta(days=1)
    )
    assert (await register.get(head_of(register))).json()["span"]["count"] == 0
    assert (await register.get(f"households/{link['household_id']}/links")).json() == []
    fresh = await linked(register, 1)  # and is given anew
    assert (fresh["span"]["count"], fresh["items"][0]["since"]) == (1, today.isoformat())


async def test_one_that_was_to_last_longer_ends_sooner(register: Register) -> None:
    page = await linked(register, 1)
    today, address = await day(register), f"household-links/{page['items'][0]['id']}/end"
    await register.rows(
        "UPDATE hierarchy.household_links SET until = $2 WHERE district = $1", today + timedelta(days=30)
    )
    assert (await register.post(address, {})).json()["until"] == today.isoformat()
    assert code(await register.post(address, {})) == (409, "already_done")
