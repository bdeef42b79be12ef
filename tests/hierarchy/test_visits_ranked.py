"""Ranked lists page by page while people go on visiting; and whose door does not count."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from shared.runtime.web.pages import encode
from tests.hierarchy.households_scene import BUILDING, Register, code, open_register
from tests.hierarchy.keeping import still
from tests.hierarchy.test_households import joined
from tests.hierarchy.test_visits import visit, with_members
from tests.support.world import somebody


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    made = await open_register(hierarchy, api, district, 7)
    for number in range(1, 8):
        await made.household(number)
    return made


async def page(register: Register, path: str, **asked: Any) -> dict[str, Any]:
    answer = await register.get(path, place=f"{register.district}100001", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def visited(register: Register, number: int, days_ago: int, **more: Any) -> None:
    when = (register.service.db.now() - timedelta(days=days_ago)).isoformat()
    made = await register.post("visits", visit(register, number, visited_at=when, **more))
    assert made.status_code == 201, made.text


def doors(found: dict[str, Any]) -> list[int]:
    return [int(one["place"][-1]) for one in found["items"]]


async def test_who_is_seen_between_two_pages_makes_nobody_be_passed_over(register: Register) -> None:
    """Not the last of the page either, behind whom the next one begins."""
    for number, days_ago in ((5, 40), (6, 30), (7, 20)):
        await visited(register, number, days_ago)
    first = await page(register, "visits/unseen", limit=3)
    assert (doors(first), first["households"]) == ([1, 2, 3], 7)
    await visited(register, 1, 1)
    await visited(register, 3, 1)
    second = await page(register, "visits/unseen", limit=2, cursor=first["next"])
    assert doors(second) == [4, 5]
    await visited(register, 4, 0)
    await visited(register, 6, 0)  # seen before it was shown: it waits at the end again
    third = await page(register, "visits/unseen", limit=3, cursor=second["next"])
    assert (doors(third)[:3], third["households"], third["never"]) == ([7, 1, 3], 7, 1)
    last = await page(register, "visits/unseen", limit=3, cursor=third["next"])
    assert (sorted(doors(last)), last["next"]) == ([4, 6], None)


async def test_midnight_between_two_pages_makes_nobody_be_passed_over(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who should have been seen by yesterday comes first from today on; the list that was begun goes on as it was."""
    now = still(monkeypatch, register.service)
    for number in range(1, 8):
        await visited(register, number, 20 - number, next_on=now.date().isoformat())
    first = await page(register, "visits/unseen", limit=3)
    assert (doors(first), first["overdue"]) == ([1, 2, 3], 0)
    later = now + timedelta(days=1)
    monkeypatch.setattr(register.service.db, "now", lambda: later)
    second = await page(register, "visits/unseen", limit=3, cursor=first["next"])
    assert (doors(second), second["overdue"]) == ([4, 5, 6], 7)
    assert doors(await page(register, "visits/unseen", cursor=second["next"])) == [7]
    assert doors(await page(register, "visits/unseen", limit=2)) == [1, 2]


async def test_who_meets_the_floor_between_two_pages_makes_nobody_be_passed_over(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = still(monkeypatch, register.service)
    ids = sorted(await with_members(register, 5))
    members = [somebody(register.district, Role.POST_HOLDER, BUILDING, id=one) for one in ids]
    asked = {"month": now.strftime("%Y-%m"), "limit": 2}

    async def sees(who: int, *numbers: int) -> None:
        for number in numbers:
            assert (await register.post("visits", visit(register, number), members[who])).status_code == 201

    first = await page(register, "visits/due", **asked)
    assert [one["person_id"] for one in first["items"]] == [str(one) for one in ids[:2]]
    await sees(1, 1, 2, 3)
    second = await page(register, "visits/due", cursor=first["next"], **asked)
    assert [one["person_id"] for one in second["items"]] == [str(one) for one in ids[2:4]]
    await sees(4, 1)
    third = await page(register, "visits/due", cursor=second["next"], **asked)
    assert [(one["person_id"], one["missing"]) for one in third["items"]] == [(str(ids[4]), 2), (str(ids[1]), 0)]
    assert third["next"] is None


@pytest.mark.parametrize("path", ["visits/unseen", "visits/due"])
async def test_a_cursor_of_another_list_is_refused(register: Register, path: str) -> None:
    await with_members(register, 1)
    for cursor in ("x", encode("2026-11-22"), encode(register.head.id), encode(1, 2, 3, 4)):
        asked = {"place": f"{register.district}100001", "month": "2026-11", "cursor": cursor}
        assert code(await register.get(path, **asked)) == (400, "cursor_invalid")


# --- one's own home --------------------------------------------------------------------------------------------------


async def test_ones_own_home_is_no_visit(register: Register) -> None:
    """The floor is about others; where one lived before, one may come as a visitor."""
    household = (await register.get("households", place=register.home(1))).json()["items"][0]["id"]
    member = (await joined(register, household)).json()["people"][0]
    me = somebody(register.district, Role.POST_HOLDER, BUILDING, id=member["person_id"])
    for more in ({}, {"form": "phone"}, {"visited_at": (register.service.db.now() - timedelta(days=9)).isoformat()}):
        refused = await register.post("visits", visit(register, 1, **more), me)
        assert code(refused) == (422, "own_home"), refused.text
    assert "诉求" in refused.json()["detail_zh"]
    assert (await register.post("visits", visit(register, 2), me)).status_code == 201
    assert (await register.post("visits", visit(register, 1), register.head)).status_code == 201
    today = register.service.db.now().astimezone(CHINA).date()
    left = {"on": (today - timedelta(days=3)).isoformat()}
    assert (await register.post(f"households/{household}/members/{member['id']}/leave", left)).status_code == 200
    before = (register.service.db.now() - timedelta(days=9)).isoformat()
    assert code(await register.post("visits", visit(register, 1, visited_at=before), me)) == (422, "own_home")
    assert (await register.post("visits", visit(register, 1), me)).status_code == 201


async def test_whoever_enters_it_for_somebody_cannot_count_their_own_door_either(register: Register) -> None:
    household = (await register.get("households", place=register.home(1))).json()["items"][0]["id"]
    await joined(register, household)
    mine = "UPDATE hierarchy.household_members SET person_id = $2 WHERE district = $1 RETURNING id"
    assert await register.rows(mine, register.head.id)
    for_head = visit(register, 1, visitor=str(register.head.id))
    assert code(await register.post("visits", for_head)) == (422, "own_home")
    assert (await register.post("visits", visit(register, 1))).status_code == 201
