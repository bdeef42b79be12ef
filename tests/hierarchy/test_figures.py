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
        ("341702010005", "organisations", {"council": 14, "party_branch": 14}),
        (
            "341702010005",
            "posts",
            {f"seat_{seat}": 14 for seat in ("branch", "police", "urban", "owners", "property", "building")},
        ),
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


async def pages(api: httpx.AsyncClient, code: str, kind: str) -> list[dict[str, Any]]:
    """All places of a kind below one."""
    found, cursor = [], None
    headers = somebody(code[:6], Role.AUDITOR).headers
    while True:
        params: dict[str, Any] = {"kind": kind, "limit": 100} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(f"places/{code}/subtree", headers=headers, params=params)).json()
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found


async def linted(api: httpx.AsyncClient, code: str) -> dict[str, Any]:
    answer = await api.get(f"structures/{code}/linter", headers=somebody(code[:6], Role.OPERATOR).headers)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


async def test_169_grids_and_3_of_their_own(api: httpx.AsyncClient) -> None:
    grids = await pages(api, "370704", "grid")
    kinds = [grid["attributes"]["grid_kind"] for grid in grids]
    assert (kinds.count("base"), kinds.count("exclusive")) == (169, 3)


async def test_the_quotas_of_fangzi_hold(api: httpx.AsyncClient) -> None:
    """344 = 2 × 172; 172 different full-time workers; 509 ⊂ 1373; 13 committees with 60 % each; 30–50 households."""
    shown = await linted(api, "370704")
    assert {rule for rule, count in shown["counts"].items() if count} <= {"term"}  # terms end as time goes by
    [heads] = shown["spans"]
    assert (heads["holders"], heads["smallest"], heads["largest"]) == (1373, 30, 50)
    assert heads["average"] == pytest.approx(40, abs=0.5)


async def test_1112_neighbour_heads_reach_5560_to_16680_households(api: httpx.AsyncClient) -> None:
    [neighbours] = (await linted(api, "430304004"))["spans"]
    assert (neighbours["holders"], neighbours["smallest"], neighbours["largest"]) == (1112, 5, 15)
    assert (neighbours["reach_min"], neighbours["reach_max"]) == (5560, 16680)
    assert 5560 <= neighbours["total"] <= 16680


async def test_the_people_of_renmin_west_road(api: httpx.AsyncClient) -> None:
    place = (await summary(api, "620421103015"))["place"]
    figures = place["attributes"]
    assert (figures["elderly"], figures["living_alone"], figures["working_away"]) == (1220, 339, 1357)
    assert place["area_km2"] == 1.3
    zones = [area["zone_type"] for area in await pages(api, "620421103015", "area")]
    assert sorted(zones) == ["commodity_housing", "rental_housing", "resettlement"]
    homes = await pages(api, "620421103015", "building")
    assert [home["attributes"].get("form") for home in homes].count("apartment") == 2


async def test_every_post_is_held(api: httpx.AsyncClient) -> None:
    for code in ("341702", "370704", "430304", "141021", "620421"):
        shown = await summary(api, code)
        assert counts(shown, "posts") == counts(shown, "posts", figure="held")


async def test_187_members_hold_287_centre_households(api: httpx.AsyncClient) -> None:
    shown = await summary(api, "141021100002")
    members = next(row for row in shown["people"] if row["listed_as"] == "member")
    assert (members["count"], members["party_members"]) == (187, 187)
    assert counts(shown, "venues", figure="staffed")["station"] == 6


async def test_before_there_were_posts(api: httpx.AsyncClient) -> None:
    headers = somebody("141021").headers
    shown = (await api.get("places/141021100002/summary?on=2020-01-01", headers=headers)).json()
    assert shown["posts"] == []


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
