"""书院路 (article 2), 西南街 (3) and 人民西路 (4): what the rows of the articles ask of ORG, at the public doors.

Each test names its row. The figures alone are in `test_figures.py`; what a row shares with other communities (spans,
rosters, loans, agreements) is told where that is tested.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from tests.hierarchy.appointing import town
from tests.support.world import somebody

__all__ = ["town"]
SHUYUAN, SOUTHWEST, RENMIN = "430304004", "141021100002", "620421103015"
_TODAY = datetime.now(CHINA).date()
# Within the four weeks that are planned as the communities are loaded, whichever side of midnight that was; and beyond.
PLANNED, UNPLANNED = _TODAY + timedelta(days=7), _TODAY + timedelta(days=200)
communities = pytest.mark.usefixtures("users")  # the five communities are there, to be read


async def read(api: httpx.AsyncClient, path: str, at: str, role: Role = Role.OPERATOR, **params: Any) -> Any:
    answer = await api.get(path, params=params, headers=somebody(at[:6], role).headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def ladder(api: httpx.AsyncClient, at: str) -> list[dict[str, Any]]:
    levels: list[dict[str, Any]] = (await read(api, f"structures/{at}/linter", at))["levels"]
    return levels


# --- article 2 -------------------------------------------------------------------------------------------------------


@communities
async def test_2_five_levels_with_six_names(api: httpx.AsyncClient) -> None:
    """Five-level system: the number of levels is data, and whether the residents are one is said in the structure."""
    levels = await ladder(api, SHUYUAN)
    assert [level["name"] for level in levels] == ["街道", "社区", "片", "组", "邻", "联户群众"]
    assert [level["counted"] for level in levels] == [True, True, True, True, True, False]


@communities
async def test_2_how_many_groups_an_area_has_and_neighbours_a_group(api: httpx.AsyncClient) -> None:
    """三长: 51, 217, 1112; 4.3 groups to an area, 5.1 neighbours to a group."""
    levels = {level["name"]: level for level in await ladder(api, SHUYUAN)}
    assert [levels[name]["count"] for name in ("社区", "片", "组", "邻")] == [5, 51, 217, 1112]
    assert (levels["组"]["average"], levels["邻"]["average"]) == (4.3, 5.1)
    assert (levels["组"]["smallest"], levels["组"]["largest"]) == (4, 5)
    assert levels["街道"]["average"] is None
    homes = levels["联户群众"]  # by the figures of their places, not one by one
    assert (homes["smallest"], homes["largest"]) == (5, 15)
    assert 5560 <= homes["count"] <= 16680


@communities
async def test_2_the_council_of_five_sides(api: httpx.AsyncClient) -> None:
    """Monthly council: five seats, and whether those present can decide says which sides are missing."""
    bodies = (await read(api, "bodies", SHUYUAN, place=SHUYUAN, limit=100))["items"]
    councils = [body for body in bodies if body["kind"] == "council"]
    assert [(council["seats"], council["kinds"]) for council in councils] == [(5, 5)] * 5
    who = somebody("430304", Role.OPERATOR)
    answer = await api.post(f"bodies/{councils[0]['organisation']}/quorum", json={"present": []}, headers=who.headers)
    verdict = answer.json()
    assert verdict["quorate"] is False
    sides = ["小区管理单位", "物业", "社区", "邻长", "业主"]
    assert [side for side in sides if any(side in missing for missing in verdict["missing_zh"])] == sides


@communities
async def test_2_the_badge_with_its_four_duties(api: httpx.AsyncClient) -> None:
    """Honour and equip: a digital badge with the four duties, for the holder and those who may read people there."""
    found = await read(api, "appointments", SHUYUAN, place="430304004001", kind="neighbour_head", limit=1)
    held = found["items"][0]
    badge = await read(api, f"appointments/{held['id']}/badge", SHUYUAN)
    assert badge["duties"] == ["宣传教育", "民情收集", "化解风险", "文明示范"]
    assert (badge["post_label"], badge["name"], badge["valid"]) == ("邻长", held["person_name"], True)
    assert badge["check_url"].endswith(f"/contact-sheets/430304/{badge['place']['code']}")
    page = await api.get(badge["check_url"].partition("/v1/")[2])  # for anybody, without signing in
    assert (page.status_code, badge["name"] in page.text) == (200, True)
    resident = somebody("430304")
    hidden = await api.get(f"appointments/{held['id']}/badge", headers=resident.headers)
    assert hidden.status_code in (403, 404)


# --- article 3 -------------------------------------------------------------------------------------------------------


@communities
async def test_3_five_levels_with_their_other_names(api: httpx.AsyncClient) -> None:
    """Five levels: 党总支 — 分支(片) — 网格(居民组、小区) — 党员中心户(微网格) — 居民户; the building head is none."""
    levels = await ladder(api, SOUTHWEST)
    assert sum(level["counted"] for level in levels) == 5
    assert {level["name"]: level["aliases"] for level in levels} == {
        "党总支": ["社区"], "分支": ["片", "片区"], "网格": ["居民组", "小区"], "党员中心户": ["微网格"], "楼栋": [],
        "居民户": [],
    }  # fmt: skip
    assert [level["count"] for level in levels][:5] == [1, 3, 26, 287, 144]
    assert [level["average"] for level in levels][:4] == [None, 3.0, 8.7, 11.0]


@communities
async def test_3_287_posts_are_held_by_187_members_at_most(api: httpx.AsyncClient) -> None:
    """Size: 287 > 187: 党员中心户 do not require a member each."""
    held: list[str] = []
    asked: dict[str, Any] = {"place": SOUTHWEST, "kind": "centre_household", "limit": 100}
    while True:
        page = await read(api, "appointments", SOUTHWEST, **asked)
        held += [one["person"] for one in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert (len(held), len(set(held))) == (287, 187)


@communities
async def test_3_the_screen_in_the_service_centre(api: httpx.AsyncClient) -> None:
    """Screen 网格分布图: the 26 grids as GeoJSON, each with its posts and the appeals that are open now."""
    found = await read(api, f"places/{SOUTHWEST}/map", SOUTHWEST, kind="grid", limit=100)
    assert (found["type"], len(found["features"])) == ("FeatureCollection", 26)
    properties = found["features"][0]["properties"]
    assert {"households", "residents", "posts", "open_tickets"} <= set(properties)
    assert ("网格长", 1, 0) in [(one["post"], one["held"], one["vacant"]) for one in properties["posts"]]


@communities
async def test_3_the_stations(api: httpx.AsyncClient) -> None:
    """党群服务驿站: 12, 6 of them staffed; umbrellas and chargers; 8:00-21:00; 2000 came to one of them since March."""
    stations = (await read(api, "venues", SOUTHWEST, place=SOUTHWEST, kind="station", limit=100))["items"]
    assert Counter(station["resident"] for station in stations) == {"social_worker": 3, "grid_worker": 3, None: 6}
    assert {tuple(station["amenities"]) for station in stations} == {("饮水机", "充电器", "爱心雨伞")}
    assert {station["hours_in_words"] for station in stations} == {"每天 8:00–21:00"}
    first = next(station for station in stations if station["name"] == "贡院西街驿站")
    span: dict[str, Any] = {"since": "2025-03-01", "until": "2025-06-30", "by": "month"}
    assert (await read(api, f"venues/{first['id']}/visits", SOUTHWEST, **span))["total"] == 2000
    corner = await read(api, "venues", SOUTHWEST, place=SOUTHWEST, function="民情恳谈角", limit=100)
    assert len(corner["items"]) == 12


@communities
async def test_3_the_roster_is_156_hours_a_day(api: httpx.AsyncClient) -> None:
    """Duty roster and station cover: 13 hours × 12, and a gap is seen (before anybody plans, all of it is one)."""
    for day, covered in ((PLANNED, 156.0), (UNPLANNED, 0.0)):
        cover = await read(api, f"places/{SOUTHWEST}/duty-cover", SOUTHWEST, since=str(day))
        assert (cover["rosters"], cover["needed_hours"], cover["covered_hours"]) == (12, 156.0, covered)


# --- article 4 -------------------------------------------------------------------------------------------------------


@communities
async def test_4_the_profile_with_percentages_worked_out(api: httpx.AsyncClient) -> None:
    """Profile: 5 小区, 2 公寓楼, 119 商铺; 18 %, 5 % and 20.02 % of 6779 people."""
    shown = await read(api, f"places/{RENMIN}/summary", RENMIN)
    assert [(one["label"], one["count"], one["percent"]) for one in shown["demographics"]] == [
        ("老年人", 1220, 18.0), ("独居", 339, 5.0), ("外出务工", 1357, 20.02),
    ]  # fmt: skip
    assert not [name for name in shown["place"]["attributes"] if "percent" in name]


@communities
async def test_4_levels_that_are_roles(api: httpx.AsyncClient) -> None:
    """Five levels: 社区党组织 — 网格员 — 楼栋长 — 党员 — 居民, counted by who holds them."""
    levels = await ladder(api, RENMIN)
    assert {level["kind"] for level in levels} == {"role"}
    assert [(level["name"], level["count"]) for level in levels] == [
        ("社区党组织", 1), ("网格员", 5), ("楼栋长", 55), ("党员", 55), ("居民", 6779),
    ]  # fmt: skip


@communities
async def test_4_what_is_looked_at_in_each_of_the_three_quarters(api: httpx.AsyncClient) -> None:
    """三区: the list of the quarter holds for every building in it; outside the quarters there is none."""
    for place, listed in (
        (f"{RENMIN}-P01", ["人房联动", "隐患排查"]), (f"{RENMIN}003-X01-B01", ["情感融入", "政策衔接"]),
        (f"{RENMIN}004-X01", ["自治赋能", "协商共治"]),
    ):  # fmt: skip
        assert (await read(api, f"places/{place}/checklist", RENMIN))["checklist"] == listed
    staff = somebody(RENMIN[:6], Role.OPERATOR)
    assert (await api.get(f"places/{RENMIN}/checklist", headers=staff.headers)).status_code == 404


@communities
async def test_4_the_think_tank_is_asked_by_field(api: httpx.AsyncClient) -> None:
    """智囊团: retired cadres, teachers, lawyers, engineers; who knows about parking is found by it."""
    assert len((await read(api, "experts", RENMIN, place=RENMIN))["items"]) == 4
    [engineer] = (await read(api, "experts", RENMIN, place=RENMIN, field="停车位规划"))["items"]
    held = await read(api, "appointments", RENMIN, person=engineer["person_id"])
    assert [(one["post_label"], one["source"]) for one in held["items"]] == [("智囊团成员", "工程师")]


@communities
async def test_4_posts_of_the_vanguard_and_of_hard_cases(api: httpx.AsyncClient) -> None:
    """党员先锋岗, 难题攻坚岗: kinds of posts; whoever appoints makes the seats (`POST /posts`)."""
    posts = (await read(api, f"structures/{RENMIN}", RENMIN))["document"]["posts"]
    assert {"党员先锋岗", "难题攻坚岗"} <= {post["name"] for post in posts}


@communities
async def test_4_the_window_its_services_and_its_daily_duty(api: httpx.AsyncClient) -> None:
    """一站式窗口: what one can do there, found by service; its roster names who takes turns."""
    [window] = (await read(api, "venues", RENMIN, place=RENMIN, function="证明开具"))["items"]
    assert window["functions"] == ["社保查询", "证明开具", "政策咨询", "事务代办"]
    [roster] = (await read(api, "rosters", RENMIN, venue=window["id"]))["items"]
    assert len((await read(api, f"rosters/{roster['id']}", RENMIN))["members"]) == 4
    for day, missing in ((PLANNED, []), (UNPLANNED, [1])):  # where nobody is planned yet, it is seen
        checked = await read(api, f"rosters/{roster['id']}/check", RENMIN, since=str(day))
        assert [gap["missing"] for gap in checked["gaps"]] == missing


@communities
async def test_4_committees_and_self_governing_bodies(api: httpx.AsyncClient) -> None:
    """业委会 3; 楼栋自治组织 6, of community, property manager, members and residents."""
    bodies = (await read(api, "bodies", RENMIN, place=RENMIN, limit=100))["items"]
    kinds = [body["kind"] for body in bodies]
    assert (kinds.count("owners_committee"), kinds.count("building_autonomy")) == (3, 6)
    body = next(body for body in bodies if body["kind"] == "building_autonomy")
    seats = (await read(api, f"bodies/{body['organisation']}", RENMIN))["seat_kinds"]
    assert {"社区", "物业", "党员", "热心居民"} <= {seat["label"] for seat in seats}


@communities
async def test_4_one_household_in_every_tree(api: httpx.AsyncClient) -> None:
    """Parallel trees (§3): the party's, the residents' own, partners' and departments' bodies serve one household."""
    home = f"{RENMIN}001-X01-B01-H0001"
    found = (await read(api, "organisations", RENMIN, around=home, limit=100))["items"]
    assert {one["family"] for one in found} == {"party", "self_governance", "partner", "department"}
    assert {one["place_code"] for one in found} <= {"620421103", RENMIN, f"{RENMIN}001-X01"}
    nowhere = await api.get("organisations", params={"around": home}, headers=somebody("430304").headers)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_place")  # as a `place` that is not there


@communities
async def test_4_partners_of_agreements_and_what_they_give(api: httpx.AsyncClient) -> None:
    """党建共建协议: 机关, 企业, 医院 are partners here, and a need for a free clinic finds the hospital."""
    partners = await read(api, "organisations", RENMIN, place=RENMIN, kind="partner")
    assert {one["name"] for one in partners["items"]} == {"示例机关", "示例企业", "示例医院"}
    asked = await read(api, "listings", RENMIN, place=RENMIN, kind="resource", tag="义诊义剪")
    assert [one["organisation_name"] for one in asked["items"]] == ["示例医院"]
