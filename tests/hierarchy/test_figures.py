"""The articles' figures, counted through the public summary."""

from typing import Any

import httpx
import pytest

from shared.kernel.rights import Role
from tests.support.world import somebody

pytestmark = pytest.mark.usefixtures("users")  # the five communities are there


async def summary(api: httpx.AsyncClient, code: str) -> dict[str, Any]:
    answer = await api.get(f"places/{code}/summary", headers=somebody(code[:6], Role.AUDITOR).headers)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


def counts(shown: dict[str, Any], table: str, key: str = "kind", figure: str = "count") -> dict[str, int]:
    return {row[key]: row[figure] for row in shown[table]}


@pytest.mark.parametrize(
    ("code", "table", "expected"),
    [
        ("341702010005", "places", {"compound": 14}),
        ("341702010005", "organisations", {"council": 14}),
        ("370704", "places", {"grid": 172, "building": 1373}),
        ("370704", "organisations", {"party_branch": 172, "party_group": 206, "owners_committee": 13}),
        (
            "370704",
            "posts",
            {
                "building_head": 1373,
                "branch_secretary": 172,
                "branch_member": 344,
                "grid_worker": 172,
                "council_member": 509,
            },
        ),
        ("370704", "venues", {"parlour": 130}),
        ("430304004", "places", {"area": 51, "group": 217, "neighbour_group": 1112}),
        ("430304004", "posts", {"area_head": 51, "group_head": 217, "neighbour_head": 1112}),
        ("141021100002", "places", {"area": 3, "grid": 26, "micro_grid": 287}),
        ("141021100002", "posts", {"centre_household": 287, "grid_head": 26}),
        ("141021100002", "venues", {"station": 12}),
        ("620421103015", "places", {"compound": 5, "shop": 119}),
        ("620421103015", "organisations", {"owners_committee": 3, "building_autonomy": 6}),
    ],
)
async def test_counts(api: httpx.AsyncClient, code: str, table: str, expected: dict[str, int]) -> None:
    found = counts(await summary(api, code), table)
    assert {kind: found.get(kind) for kind in expected} == expected


async def test_households_and_residents(api: httpx.AsyncClient) -> None:
    donghu = await summary(api, "341702010005")
    assert (donghu["place"]["households"], donghu["place"]["residents"]) == (8274, 22335)
    compounds = next(row for row in donghu["places"] if row["kind"] == "compound")
    assert (compounds["households"], compounds["residents"]) == (8274, 22335)
    renmin = await summary(api, "620421103015")
    assert (renmin["place"]["households"], renmin["place"]["residents"]) == (2395, 6779)


async def test_every_post_is_held(api: httpx.AsyncClient) -> None:
    for code in ("341702", "370704", "430304", "141021", "620421"):
        shown = await summary(api, code)
        assert counts(shown, "posts") == counts(shown, "posts", figure="held")


async def test_187_members_hold_287_centre_households(api: httpx.AsyncClient) -> None:
    shown = await summary(api, "141021100002")
    members = next(row for row in shown["people"] if row["listed_as"] == "member")
    assert (members["count"], members["party_members"]) == (187, 187)
    assert counts(shown, "venues", figure="staffed")["station"] == 6


async def test_before_the_posts_were_held(api: httpx.AsyncClient) -> None:
    headers = somebody("141021").headers
    shown = (await api.get("places/141021100002/summary?on=2020-01-01", headers=headers)).json()
    assert set(counts(shown, "posts", figure="held").values()) == {0}


async def test_structure(api: httpx.AsyncClient) -> None:
    headers = somebody("141021").headers
    own = await api.get("structures/141021100002", headers=headers)
    below = await api.get("structures/141021100002001", headers=headers)
    assert own.status_code == 200
    assert own.json() == below.json()
    assert own.json()["document"]["name"] == "五级管理"
    assert own.json()["place"]["code"] == "141021100002"
    assert (await api.get("structures/141021", headers=headers)).status_code == 404
    assert (await api.get("structures/141021100002?on=2020-01-01", headers=headers)).status_code == 404
    assert (await api.get("structures/141021100002")).status_code == 401
    hotline = somebody("141021", Role.HOTLINE)
    assert (await api.get("structures/141021100002", headers=hotline.headers)).status_code == 403
