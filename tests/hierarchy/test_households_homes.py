"""Homes that become one, are parted, or are pulled down: what becomes of the register, of links and of visits."""

from typing import Any

import httpx
import pytest

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import BUILDING, Register, code, open_register
from tests.hierarchy.test_households import joined, post_of
from tests.hierarchy.test_visits import visit, with_members
from tests.support.world import Somebody, somebody


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    return await open_register(hierarchy, api, district)


def operator(register: Register) -> Somebody:
    return somebody(register.district, Role.OPERATOR)


async def merge(register: Register, number: int, into: int) -> None:
    merged = await register.post(
        f"places/{register.home(number)}/merge", {"into": register.home(into)}, operator(register)
    )
    assert merged.status_code == 200, merged.text


async def listed(register: Register) -> dict[str, dict[str, Any]]:
    found = (await register.get("households", place=f"{register.district}100001")).json()["items"]
    return {one["code"]: one for one in found}


async def test_two_homes_that_became_one_are_one_household(register: Register) -> None:
    """Everybody of the two lives there now, with the tags of both; under the code that is gone there is nobody."""
    gone, heir = [(await register.household(number))["id"] for number in (1, 2)]
    both = {"name": "虚构两头住", "phone": "10066660003", "relation": "child"}
    await joined(register, gone)
    await joined(register, gone, **both)
    away = (await joined(register, gone, name="虚构迁出", phone="10066660004", relation="tenant")).json()["people"]
    tenant = next(one for one in away if one["relation"] == "tenant")
    await register.post(f"households/{gone}/members/{tenant['id']}/leave", {"on": "2026-01-01"})
    await joined(register, heir, name="虚构户主二", phone="10066660002")
    shown = (await joined(register, heir, **both)).json()
    twin = next(one for one in shown["people"] if one["relation"] == "child")
    await register.post(f"households/{heir}/members/{twin['id']}/leave", {"on": "2026-01-01"})
    for home, tags in ((gone, ("disabled", "elderly")), (heir, ("elderly",))):
        for tag in tags:
            law = {"tag": tag, "basis": "statutory", "legal_basis": f"依据{home[-4:]}"}
            assert (await register.post(f"households/{home}/tags", law)).status_code == 200
    before = (await register.get(f"households/{heir}")).json()["version"]
    await merge(register, 1, 2)
    homes = await listed(register)
    assert list(homes) == [register.home(2)]
    now = (await register.get(f"households/{heir}")).json()
    assert (now["members"], sorted(now["tags"]), now["version"] > before) == (3, ["disabled", "elderly"], True)
    assert sum(one["relation"] == "child" and one["left_on"] is None for one in now["people"]) == 1
    assert code(await register.get(f"households/{gone}")) == (404, "not_found")
    events = await register.rows(
        "SELECT event FROM hierarchy.journal WHERE district = $1 AND event IN ('household.join', 'household.take_in')"
    )
    assert len(events) == 2
    refused = await register.post(f"places/{register.home(2)}/close", {}, operator(register))
    assert (refused.json()["code"], refused.json()["households"]) == ("place_still_needed", 1)


async def test_who_moves_into_a_home_that_nobody_registered_keeps_the_record(register: Register) -> None:
    """It goes on under the code of the home that is there; also where a home is parted."""
    household = (await register.household(1))["id"]
    shown = (await joined(register, household)).json()
    await register.post(f"posts/{post_of(register)}/households", {"households": [register.home(1)]})
    await merge(register, 1, 2)
    now = (await register.get(f"households/{household}")).json()
    assert (now["code"], now["people"]) == (register.home(2), shown["people"])
    page = (await register.get(f"posts/{post_of(register)}/households")).json()
    assert [one["household"] for one in page["items"]] == [register.home(2)]
    parts = {"parts": [{"name": "东户"}, {"name": "西户"}]}
    parted = await register.post(f"places/{register.home(2)}/split", parts, operator(register))
    assert parted.status_code == 200, parted.text
    assert (await register.get(f"households/{household}")).json()["code"] == parted.json()["code"]
    assert list(await listed(register)) == [parted.json()["code"]]


async def test_a_post_that_looks_after_both_looks_after_one(register: Register) -> None:
    for number in (1, 2):
        await register.household(number)
    path = f"posts/{post_of(register)}/households"
    await register.post(path, {"households": [register.home(1), register.home(2)]})
    await merge(register, 1, 2)
    page = (await register.get(path)).json()
    assert ([one["household"] for one in page["items"]], page["span"]["count"]) == ([register.home(2)], 1)
    [kept] = await register.rows("SELECT count(*) AS n FROM hierarchy.household_links WHERE district = $1")
    assert kept["n"] == 2


async def test_nobody_waits_for_a_visit_that_can_never_be_recorded(register: Register) -> None:
    """Who was seen at either door was seen; the month counts the doors as they were."""
    for number in (1, 2, 3):
        await register.household(number)
    [member, *_] = await with_members(register, 1)
    who = somebody(register.district, Role.POST_HOLDER, BUILDING, id=member)
    for number in (1, 2):
        assert (await register.post("visits", visit(register, number), who)).status_code == 201
    await merge(register, 2, 3)
    month = register.service.db.now().astimezone(CHINA).strftime("%Y-%m")
    place = f"{register.district}100001"
    unseen = (await register.get("visits/unseen", place=place)).json()
    assert (unseen["households"], unseen["never"]) == (2, 0)
    await merge(register, 1, 3)
    unseen = (await register.get("visits/unseen", place=place)).json()
    assert [(one["place"], one["last_seen_on"] is None) for one in unseen["items"]] == [(register.home(3), False)]
    [row] = (await register.get("visits/due", month=month, place=place)).json()["items"]
    assert row["done"] == 2
    heir = (await listed(register))[register.home(3)]["id"]
    assert len((await register.get("visits", household=heir)).json()["items"]) == 2


async def test_a_home_that_is_pulled_down_is_not_waited_for(register: Register) -> None:
    """Nobody lives there any more; who did is still told so in their copy."""
    household = (await register.household(1))["id"]
    await register.household(2)
    member = (await joined(register, household)).json()["people"][0]
    closing = f"places/{register.home(1)}/close"
    assert code(await register.post(closing, {}, operator(register))) == (409, "place_still_needed")
    await register.post(f"households/{household}/members/{member['id']}/leave", {"on": "2026-01-01"})
    assert (await register.post(closing, {}, operator(register))).status_code == 200
    assert list(await listed(register)) == [register.home(2)]
    unseen = (await register.get("visits/unseen", place=f"{register.district}100001")).json()
    assert [one["place"] for one in unseen["items"]] == [register.home(2)]
    copy = await register.get("me/data", somebody(register.district, id=member["person_id"]))
    assert [one["code"] for one in copy.json()["data"]["households"]] == [register.home(1)]
