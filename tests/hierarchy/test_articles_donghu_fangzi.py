"""东湖路「五微工作法」 and 坊子「睦邻党建」: what the two articles say of their organisation, row by row, over HTTP.

Each test names the rows of the articles that it shows. The communities are loaded and only read.
"""

import json
from collections import Counter
from typing import Any

import httpx
import pytest

from shared.kernel.rights import Role
from tests.support.world import somebody

pytestmark = pytest.mark.usefixtures("users")  # the five communities are there

DONGHU, FANGZI = "341702010005", "370704"
TRACTS = f"{FANGZI}003900"  # its first community
BOTH = pytest.mark.parametrize("place", [DONGHU, FANGZI])


async def get(api: httpx.AsyncClient, path: str, at: str, role: Role = Role.OPERATOR, **params: Any) -> Any:
    answer = await api.get(path, headers=somebody(at[:6], role).headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def every(api: httpx.AsyncClient, path: str, at: str, **params: Any) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await get(api, path, at, limit=100, **params, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def try_out(api: httpx.AsyncClient, at: str, **trial: Any) -> Any:
    answer = await api.post(
        "structures/what-if", json={"place": at, **trial}, headers=somebody(at[:6], Role.OPERATOR).headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def with_quota(api: httpx.AsyncClient, at: str, **quota: Any) -> Any:
    """What the structure in force would find with one rule more."""
    document = (await get(api, f"structures/{at}", at))["document"]
    more = document | {"quotas": [*document["quotas"], quota]}
    return await try_out(api, at, text=json.dumps(more), format="json")


# --- both ----------------------------------------------------------------------------------------------------------


@BOTH
async def test_every_figure_is_drilled_down_to_its_rows(api: httpx.AsyncClient, place: str) -> None:
    """§1.5: what the summary counts is what the lists hold; of posts also which are held."""
    figures = await get(api, f"places/{place}/summary", place)
    for row in figures["places"]:
        if row["kind"] != "household":
            assert len(await every(api, f"places/{place}/subtree", place, kind=row["kind"])) == row["count"]
    for table in ("organisations", "posts", "venues"):
        listed = Counter(one["kind"] for one in await every(api, table, place, place=place))
        assert listed == {row["kind"]: row["count"] for row in figures[table]}, table
    held = Counter(one["kind"] for one in await every(api, "posts", place, place=place, vacant=False))
    assert held == {row["kind"]: row["held"] for row in figures["posts"]}
    assert await every(api, "posts", place, place=place, vacant=True) == []
    people = await every(api, "people", place, place=place)
    assert Counter(one["listed_as"] for one in people) == {row["listed_as"]: row["count"] for row in figures["people"]}
    assert all(one["name"].endswith("*") for one in people)
    party = await every(api, "people", place, place=place, party=True, roll="building_head")
    heads = next(row for row in figures["people"] if row["listed_as"] == "building_head")
    assert len(party) == heads["party_members"]


# --- 东湖路 --------------------------------------------------------------------------------------------------------


async def test_sums_that_differ_from_a_unit_are_reported_through_every_level(api: httpx.AsyncClient) -> None:
    """Community profile: 8274 households and 22335 residents are the sums; a compound that says otherwise is named,
    also where the level in between has no figure of its own, as the areas have none of residents.
    """
    assert (await get(api, f"structures/{DONGHU}/linter", DONGHU, rule="sum"))["items"] == []
    wrong = {"op": "set_figures", "place": f"{DONGHU}-P01-X01", "residents": 2107, "households": 781}
    found = (await try_out(api, DONGHU, changes=[wrong]))["added"]
    assert {(one["rule"], one["subject"], one["found"]) for one in found} == {
        ("sum", DONGHU, 22336), ("sum", f"{DONGHU}-P01", 2911), ("sum", f"{DONGHU}-P01-X01", 780),
    }  # fmt: skip


async def test_the_ladder_as_it_is_told(api: httpx.AsyncClient) -> None:
    """Hierarchy as told: street, community, area, compound, building, household."""
    document = (await get(api, f"structures/{DONGHU}", DONGHU))["document"]
    assert [level["name"] for level in document["levels"]] == ["街道", "社区", "片", "小区", "楼栋", "户"]


async def test_one_police_officer_sits_in_all_fourteen_councils(api: httpx.AsyncClient) -> None:
    """Hierarchy as told: a person can hold several posts."""
    seats = await every(api, "appointments", DONGHU, place=DONGHU, kind="seat_police")
    [officer] = {one["person"] for one in seats}
    held = {one["post_kind"] for one in await every(api, "appointments", DONGHU, person=officer)}
    assert (len(seats), held) == (14, {"seat_police", "police_contact"})


async def test_how_many_households_a_head_has_and_which_estates_are_old(api: httpx.AsyncClient) -> None:
    """Difficulty profile: households per post-holder; the flag and the year of old estates."""
    figures = await get(api, f"places/{DONGHU}/summary", DONGHU)
    each = {row["kind"]: row["households_each"] for row in figures["posts"]}
    assert (each["building_head"], each["area_head"]) == (46.0, 2068.5)  # 8274 / 180, 8274 / 4
    compounds = await every(api, f"places/{DONGHU}/subtree", DONGHU, kind="compound")
    old = {one["attributes"]["built"] for one in compounds if one["zone_type"] == "old_estate"}
    assert old == {1992, 1996}


async def test_how_heads_of_buildings_were_found(api: httpx.AsyncClient) -> None:
    """楼栋长 selection: whoever is kind and fair, a party member or not, with how they were found and since when."""
    heads = await every(api, "appointments", DONGHU, place=DONGHU, kind="building_head")
    assert len(heads) == 180
    assert Counter(one["source"] for one in heads) == {"群众推荐": 60, "社区推荐": 60, "自荐": 60}
    assert Counter(one["party_member"] for one in heads) == {True: 108, False: 72}
    posts = {post["key"]: post for post in (await get(api, f"structures/{DONGHU}", DONGHU))["document"]["posts"]}
    assert posts["building_head"]["term_years"] == 3


async def test_what_a_head_of_a_building_is_for(api: httpx.AsyncClient) -> None:
    """楼栋长 four roles: duty tags on the post, for every resident to read."""
    head = await get(api, f"posts/{DONGHU}-P01-X01-B01-building_head", DONGHU, Role.RESIDENT)
    roles = ["民情民意联络员", "矛盾纠纷调解员", "帮困解难服务员", "邻里活动组织员"]
    assert (head["duties"], head["appointed_by"], head["held"]) == (roles, "社区党委", True)


async def test_the_red_alliance_of_every_compound(api: httpx.AsyncClient) -> None:
    """红色联盟: a branch as core and an owners' committee, both of every compound; one without is listed."""
    for compound in await every(api, f"places/{DONGHU}/subtree", DONGHU, kind="compound"):
        there = await every(api, "organisations", DONGHU, place=compound["code"])
        kinds = Counter(one["kind"] for one in there if one["place_code"] == compound["code"])
        assert kinds == {"party_branch": 1, "owners_committee": 1, "council": 1}
    lone = {"op": "add_place", "place": f"{DONGHU}-P01-X99", "kind": "compound", "parent": f"{DONGHU}-P01"}
    missing = [one for one in (await try_out(api, DONGHU, changes=[lone]))["added"] if one["about"] == "place"]
    assert {(one["rule"], one["subject"], one["zh"]) for one in missing} == {
        ("vacancy", f"{DONGHU}-P01-X99", f"应有{what}1个，现有0个")
        for what in ("小区党支部", "业委会", "小区协商议事群")
    }


async def test_a_seat_that_falls_vacant_in_one_of_fourteen_councils(api: httpx.AsyncClient) -> None:
    """小区协商议事群: six kinds of seats in fourteen councils; the vacancy check names the one."""
    seats = [one for one in await every(api, "posts", DONGHU, place=DONGHU) if one["kind"].startswith("seat_")]
    assert (len(seats), len({one["organisation"] for one in seats}), len({one["kind"] for one in seats})) == (84, 14, 6)
    gone = next(one for one in seats if one["kind"] == "seat_urban")
    [found] = (await try_out(api, DONGHU, changes=[{"op": "vacate_post", "post": gone["code"]}]))["added"]
    assert (found["rule"], found["subject"]) == ("vacancy", gone["organisation"])


async def test_what_the_units_of_the_great_committee_can_give(api: httpx.AsyncClient) -> None:
    """大党委: partner units with what they can give, found by what is wanted."""
    partners = {one["name"] for one in await every(api, "organisations", DONGHU, kind="partner")}
    assert {"市人大", "市委组织部", "市直工委", "市供排水公司", "市委党校"} <= partners
    listed = {(one["organisation_name"], one["title"]) for one in await every(api, "listings", DONGHU, kind="resource")}
    assert {("市人大", "结对帮扶困难家庭"), ("市委党校", "教育资源"), ("市委组织部", "指导")} <= listed
    wanted = {"tags": ["基础设施改造"], "place": f"{DONGHU}-P01-X02"}
    headers = somebody(DONGHU[:6], Role.OPERATOR).headers
    matched = (await api.post("capabilities/match", json=wanted, headers=headers)).json()
    assert {one["organisation_name"] for one in matched} >= {"市直工委", "市供排水公司"}


# --- 坊子 ----------------------------------------------------------------------------------------------------------


async def test_grids_that_have_outgrown_themselves(api: httpx.AsyncClient) -> None:
    """Grids: split criteria are a rule of the structure like others: who is too large or too small is listed."""
    found = (await with_quota(api, FANGZI, kind="size", place="grid", min=300, max=500, source="示例标准"))["added"]
    assert {one["rule"] for one in found} == {"size"}
    assert not any(one["hard"] for one in found)
    grids = {
        one["code"]: one["households"] for one in await every(api, f"places/{FANGZI}/subtree", FANGZI, kind="grid")
    }
    assert {one["subject"]: one["found"] for one in found} == {
        code: homes for code, homes in grids.items() if homes is not None and not 300 <= homes <= 500
    }
    assert {one["zh"].endswith("宜拆分") for one in found if one["found"] > 500} == {True}
    by_building = await with_quota(api, FANGZI, kind="size", place="compound", unit="building", max=7)
    assert {one["expected"] for one in by_building["added"]} <= {"0–7"}


async def test_the_party_tree_stands_beside_the_spatial_one(api: httpx.AsyncClient) -> None:
    """Four-level organisation: committees of communities, branches of grids, groups of courtyards."""
    tree = await get(api, f"places/{FANGZI}/organisations/tree", FANGZI, family="party")
    branches = [branch for root in tree["roots"] for branch in root["below"]]
    groups = [group for branch in branches for group in branch["below"]]
    assert (len(tree["roots"]), len(branches), len(groups), tree["complete"]) == (19, 172, 206, True)
    assert {one["kind"] for one in tree["roots"]} == {"party_committee"}


async def test_grid_workers_are_found_in_three_ways_and_managed_by_the_committee(api: httpx.AsyncClient) -> None:
    """专职网格员 and Recruiting: one per grid; source and managing unit; tasks on the post."""
    workers = await every(api, "appointments", FANGZI, place=FANGZI, kind="grid_worker")
    assert len({one["person"] for one in workers}) == 172
    assert set(Counter(one["source"] for one in workers)) == {"社会化招聘", "购买服务", "优秀楼长推荐"}
    committees = {one["code"] for one in await every(api, "organisations", FANGZI, kind="party_committee")}
    assert {one["organisation"] for one in workers} == committees
    post = await get(api, f"posts/{TRACTS}001-grid_worker", FANGZI, Role.RESIDENT)
    assert post["duties"] == ["政策上传下达", "党建宣传", "信息采集", "社情民意收集", "疫情防控"]
    assert post["full_time"]


async def test_officials_among_the_secretaries(api: httpx.AsyncClient) -> None:
    """小区党支部书记: officials of section rank and above go first; every secretary says how they were found."""
    heads = await every(api, "appointments", FANGZI, place=FANGZI, kind="branch_secretary")
    assert Counter(one["source"] for one in heads) == {"区街科级以上党员干部": 86, "选举": 86}
    officials = await every(api, "appointments", FANGZI, kind="branch_secretary", source="区街科级以上党员干部")
    assert {one["id"] for one in officials} == {one["id"] for one in heads if one["source"] != "选举"}
    assert {one["party_member"] for one in heads} == {True}


async def test_what_hangs_in_a_stairwell(api: httpx.AsyncClient) -> None:
    """便民服务电话一览表 and 标识公示: public numbers, the head, and households that show their honours."""
    sheet = await get(api, f"places/{TRACTS}001-X01-B01/contact-sheet", FANGZI, Role.RESIDENT)
    assert sheet["title"] == "便民服务电话一览表"
    assert {"物业报修", "急救"} <= {line["label"] for line in sheet["lines"]}
    assert sheet["entries"][0]["post_name"] == "楼长"
    assert Counter(one["label"] for one in sheet["honours"]) == {"党员户": 4, "军人家庭": 4, "文明家庭": 4}
    staff = somebody(FANGZI, Role.OPERATOR).headers
    printed = (await api.get(f"places/{TRACTS}001-X01-B01/contact-sheet/page", headers=staff)).text
    assert all(word in printed for word in ("便民服务电话一览表", "门前荣誉", "军人家庭", "火警"))
    scanned = (await api.get(f"contact-sheets/{FANGZI}/{TRACTS}001-X01-B01")).text  # open to the whole world
    assert "便民服务电话一览表" in scanned
    assert "军人家庭" not in scanned
    assert (await get(api, f"places/{TRACTS}001/contact-sheet", FANGZI, Role.RESIDENT))["honours"] == []


async def test_a_parlour_per_branch(api: httpx.AsyncClient) -> None:
    """睦邻客厅: 130 with their functions, no branch has two; were one asked of each, 42 would be missing."""
    parlours = await every(api, "venues", FANGZI, kind="parlour")
    assert len({one["place_code"] for one in parlours}) == 130
    assert {tuple(one["functions"]) for one in parlours} == {("党员活动", "议事", "问题收集", "纠纷化解", "红色代办")}
    asked = {"kind": "present", "place": "grid", "venue": "parlour", "name": "客厅", "min": 1, "max": 1}
    missing = (await with_quota(api, FANGZI, **asked))["added"]
    assert (len(missing), {one["rule"] for one in missing}) == (172 - 130, {"vacancy"})
    assert {one["subject"] for one in missing}.isdisjoint(one["place_code"] for one in parlours)
    two = {"op": "merge_places", "place": f"{TRACTS}002", "into": f"{TRACTS}001"}
    added = (await try_out(api, FANGZI, changes=[two]))["added"]
    assert "应有睦邻客厅0–1个，现有2个" in {one["zh"] for one in added}


async def test_members_of_the_councils_are_heads_of_buildings(api: httpx.AsyncClient) -> None:
    """睦邻议事会: 509 members, each a 楼长 too; whoever sits there says so."""
    councils = [one for one in await every(api, "bodies", FANGZI) if one["kind"] == "council"]
    assert sum(one["filled"] for one in councils) == 509
    for one in councils:
        shown = await get(api, f"bodies/{one['organisation']}", FANGZI, Role.RESIDENT)
        assert all("楼长" in seat["also"] for kind in shown["seat_kinds"] for seat in kind["holders"])
    lost = {"op": "fill_post", "post": f"{TRACTS}001-council_member", "holder": "nobody-s-head"}
    assert [one["rule"] for one in (await try_out(api, FANGZI, changes=[lost]))["added"]] == ["holds"]


async def test_red_owners_committees_and_who_sits_in_the_branch_too(api: httpx.AsyncClient) -> None:
    """红色业委会: thirteen, each at least 60 % party members; 双向进入、交叉任职 is seen seat by seat."""
    bodies = [one for one in await every(api, "bodies", FANGZI) if one["kind"] == "owners_committee"]
    assert len(bodies) == 13
    for one in bodies:
        shown = await get(api, f"bodies/{one['organisation']}", FANGZI)
        seats = [seat for kind in shown["seat_kinds"] for seat in kind["holders"]]
        assert sum(seat["party_member"] for seat in seats) * 100 >= 60 * len(seats)
        assert [seat["also"] for seat in seats if seat["also"]] == [["网格党支部委员"]]


async def test_social_organisations_are_units(api: httpx.AsyncClient) -> None:
    """社会组织培育发展中心、社工站: a centre, and a station of every street."""
    found = [one["name"] for one in await every(api, "organisations", FANGZI, kind="social_organisation")]
    assert (len(found), sum(name.endswith("社工站") for name in found)) == (8, 7)
