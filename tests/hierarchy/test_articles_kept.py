"""东湖路 and 坊子, what is written down day by day: links and help, funds, groups, honours, services, old estates.

Each test names the row of the article that it shows, and writes in a district of its own.
"""

import json
from typing import Any

import pytest

from shared.kernel.paths import child
from shared.kernel.rights import Role
from tests.hierarchy.appointing import BUILDING, COMMUNITY, DAY, TODAY, Scene, town
from tests.hierarchy.households_scene import homes
from tests.hierarchy.small import load_small
from tests.support.world import somebody

__all__ = ["town"]


@pytest.fixture
async def estate(town: Scene) -> Scene:
    """Three homes, a partner of the community, and a structure in which partners have contacts."""
    await load_small(town.service, town.district, *homes(town.district, 3))
    place = f"{town.district}100001"
    posts = [("building_head", "楼栋长", "building_head"), ("secretary", "书记", "community_staff"),
             ("partner_contact", "共建单位联络员", "partner")]  # fmt: skip
    document = {
        "name": "示例架构", "version": 2, "in_force": TODAY.isoformat(), "place": place,
        "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
        "posts": [{"key": key, "name": name, "level": "community", "role": role, "appointed_by": "社区"}
                  for key, name, role in posts],
    }  # fmt: skip
    draft = await town.done("structures", {"text": json.dumps(document), "format": "json"}, town.operator, 201)
    await town.done(f"structures/versions/{draft['id']}/activate", {}, town.operator)
    return town


async def partner(estate: Scene, name: str = "市人大") -> str:
    body = {"kind": "partner", "name": name, "place": f"{estate.district}100001"}
    made = await estate.done("organisations", body, status=201)
    return str(made["code"])


async def household(estate: Scene, number: int) -> Any:
    return await estate.done("households", {"place": f"{estate.district}100001-B01-H{number:04}"}, status=201)


async def test_a_unit_is_paired_with_households_and_its_help_is_recorded(estate: Scene) -> None:
    """大党委: 结对 links to households through the unit's contact, and what was brought to them."""
    unit = await partner(estate)
    seat = {"kind": "partner_contact", "place": f"{estate.district}100001", "organisation": unit}
    post = await estate.done("posts", seat, status=201)
    assert (post["organisation"], post["held"]) == (unit, False)
    waiting = await estate.read("posts", estate.somebody("anna"), organisation=unit, vacant=True)
    assert [one["code"] for one in waiting["items"]] == [post["code"]]
    await estate.appoint("anna", post["code"])
    homes_ = [await household(estate, number) for number in (1, 2)]
    pair = {"households": [one["code"] for one in homes_]}
    linked = await estate.done(f"posts/{post['code']}/households", pair)
    assert linked["span"]["count"] == 2
    [link] = await estate.read(f"households/{homes_[0]['id']}/links")
    assert (link["post_code"], link["post_label"]) == (post["code"], "共建单位联络员")
    helped = {"place": homes_[0]["code"], "visitor": str(estate.people["anna"]), "cause": "care", "result": "normal",
              "note": "送去米面油。"}  # fmt: skip
    await estate.done("visits", helped, status=201)
    found = await estate.read("visits", visitor=str(estate.people["anna"]))
    assert [(one["cause_label"], one["note"]) for one in found["items"]] == [("关爱慰问", "送去米面油。")]


async def test_what_a_unit_that_reported_in_did_in_a_grid(estate: Scene) -> None:
    """双报到 units: the unit reports in at a grid (here a building), and each service stands beside it."""
    unit, place = await partner(estate, "潍坊银行坊子管辖行"), f"{estate.district}100001-B01"
    body = {"place": place, "whole_unit": True, "unit": unit, "unit_name": "潍坊银行坊子管辖行"}
    made = await estate.done("report-ins", body, status=201)
    await estate.done(f"report-ins/{made['id']}/confirm", {})
    assert (await estate.read(f"places/{place}/report-ins"))["units"] == 1
    done = {"kind": "service", "what": "飞线整治，出资并派人施工", "people": 6, "hours": 24, "served": 120}
    service = await estate.done("records", {"organisation": unit, "place": place, "content": done}, status=201)
    assert (service["kind_label"], service["place_code"], service["moves"]) == ("服务记录", place, ["strike"])
    [found] = (await estate.read("records", organisation=unit, kind="service"))["items"]
    assert (found["id"], found["content"]["hours"], found["organisation"]) == (service["id"], 24.0, unit)
    assert (await estate.read("records", organisation="another"))["items"] == []
    unknown = {"organisation": "nowhere", "place": place, "content": done}
    assert (await estate.ask("records", unknown)).json()["code"] == "unknown_organisation"


async def test_money_for_a_grid(estate: Scene) -> None:
    """Pay and funds: how much, from where and what for, per place; struck where it was a mistake."""
    place = f"{estate.district}100001-B01"
    content = {"kind": "fund", "amount": "20000.50", "source": "服务群众专项经费", "purpose": "网格工作经费"}
    made = await estate.done("records", {"place": place, "content": content}, status=201)
    assert (made["content"]["amount"], made["moves"]) == ("20000.50", ["strike"])
    [found] = (await estate.read("records", place=place, kind="fund"))["items"]
    assert (found["id"], found["place_code"], found["person"], found["post_code"]) == (made["id"], place, None, None)
    assert (await estate.read("records", place=f"{estate.district}100002", kind="fund"))["items"] == []
    for wrong in ({"amount": "0.00"}, {"amount": "1.234"}, {"amount": "NaN"}, {"amount": "-1"}, {"source": ""}):
        assert (await estate.ask("records", {"place": place, "content": content | wrong})).json()["code"] == "invalid"
    assert (await estate.ask("records", {"content": content})).json()["code"] == "about_nobody"
    beside = somebody(estate.district, Role.COMMUNITY_STAFF, "000100010002")
    assert (await estate.ask("records", {"place": place, "content": content}, beside)).json()["code"] == "unknown_place"


async def test_nobody_writes_about_people_elsewhere_by_naming_a_place_of_their_own(estate: Scene) -> None:
    """A record stands with its person, who sees it: it takes whoever keeps records where the person is."""
    beside = somebody(estate.district, Role.COMMUNITY_STAFF, "000100010002")
    body = {"place": f"{estate.district}100002", "person": str(estate.people["anna"])}
    honour = {"kind": "award", "title": "最美邻长", "by": "示例街道"}
    assert (await estate.ask("records", body | {"content": honour}, beside)).json()["code"] == "unknown_about"
    said = {"kind": "opinion", "matter": "20261122-7K3F9Q", "field": "停车", "opinion": "虚构意见"}
    await estate.done("records", body | {"content": said}, beside, 201)  # experts advise where they do not live


async def test_an_officer_shows_themself_in_the_group_of_a_compound(estate: Scene) -> None:
    """两委 in every WeChat group, 亮明身份: officer ↔ group, for every resident to read; out again when they leave."""
    place = f"{estate.district}100001-B01"
    content = {"kind": "group", "name": "新湖东苑居民群", "capacity": "群主"}
    entered = await estate.done("records", {"post": estate.secretary, "place": place, "content": content}, status=201)
    resident = somebody(estate.district, Role.RESIDENT, BUILDING)
    officer = await estate.read(f"posts/{estate.secretary}", resident)
    assert officer["groups"] == [{"name": "新湖东苑居民群", "capacity": "群主", "place_code": place}]
    covered = (await estate.read("records", place=place, kind="group", step="open"))["items"]
    assert [one["post_code"] for one in covered] == [estate.secretary]
    await estate.done(f"records/{entered['id']}/close", {"reason": "调离"})
    assert (await estate.read(f"posts/{estate.secretary}", resident))["groups"] == []
    nowhere = {"post": estate.secretary, "content": content}
    assert (await estate.ask("records", nowhere)).json()["code"] == "about_nobody"
    stranger = somebody(estate.district, Role.RESIDENT, "000100010002")
    assert await estate.read(f"posts/{estate.secretary}", stranger, 404)


async def test_duties_and_services_of_a_post_are_for_everybody_to_read(estate: Scene) -> None:
    """工作职责 + 「党建+」网格服务事务清单: the post's own list stands for the structure's."""
    resident = somebody(estate.district, Role.RESIDENT, BUILDING)
    before = await estate.read(f"posts/{estate.post}", resident)
    assert (before["duties"], before["services"], before["place_code"]) == ([], [], f"{estate.district}100001-B01")
    listed = {"kind": "duties", "duties": ["信息采集", "政策宣传"], "services": ["代缴水电费", "代办老年证"]}
    await estate.done("records", {"post": estate.post, "content": listed}, status=201)
    after = await estate.read(f"posts/{estate.post}", resident)
    assert (after["duties"], after["services"]) == (listed["duties"], listed["services"])
    await estate.read("posts/nowhere", resident, 404)
    await estate.read(f"posts/{estate.post}", somebody(estate.district, Role.HOTLINE), 403)


async def test_a_worker_whose_service_is_bought_has_an_employer(town: Scene) -> None:
    """Recruiting 网格员: 购买服务 says whose employee it is, long after the candidacy."""
    held = await town.held_by_head()
    assert (held["employer"], held["candidacy"]) == (None, None)
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任"})
    agency = await partner(town, "示例劳务公司")
    body = {"post": town.post, "origin": "service_purchase", "person": str(town.people["anna"]), "employer": agency}
    candidacy = await town.done("candidacies", body, status=201)
    await town.done(f"candidacies/{candidacy['id']}/review", {})
    done = await town.done(
        f"candidacies/{candidacy['id']}/appoint", {"since": (TODAY + DAY).isoformat()}, town.operator
    )
    term = await town.read(f"appointments/{done['appointment']}")
    assert (term["source"], term["employer"], term["candidacy"]) == ("购买服务", agency, candidacy["id"])
    assert term["party_member"] is True


async def test_a_secretary_says_that_they_are_an_official(town: Scene) -> None:
    """小区党支部书记: 优先科级以上党员干部 stands in the community's own words, and can be asked for."""
    rank = "区街科级以上党员干部"
    made = await town.appoint("clara", town.secretary, source=rank)
    assert (made["source"], made["party_member"]) == (rank, True)
    found = (await town.read("appointments", source=rank))["items"]
    assert [one["id"] for one in found] == [made["id"]]
    assert (await town.read("appointments", source="推荐"))["items"] == []


async def test_honours_are_shown_at_the_door_with_consent_alone(estate: Scene) -> None:
    """标识公示: 文明家庭 hangs at the door because the household wants it to, until it does not."""
    home, door = await household(estate, 1), f"places/{estate.district}100001-B01/contact-sheet"
    resident = somebody(estate.district, Role.RESIDENT, child(COMMUNITY, 1))
    living = {"name": "虚构住户", "relation": "head"}
    shown = await estate.done(f"households/{home['id']}/members", living)
    consent = {"basis": "consent", "legal_basis": "本人签署的知情同意书", "given_by": shown["people"][0]["person_id"]}
    tags = f"households/{home['id']}/tags"
    for tag, more in (("living_alone", consent), ("model_family", {"basis": "statutory", "legal_basis": "评选文件"})):
        assert (await estate.ask(tags, {"tag": tag, "public": True, **more})).json()["code"] == "invalid"
    await estate.done(tags, {"tag": "military_family", **consent})  # known, and not to be shown
    await estate.done(tags, {"tag": "model_family", "public": True, **consent})
    assert (await estate.read(door, resident))["honours"] == [{"door": "1室", "label": "文明家庭"}]
    held = (await estate.read(f"households/{home['id']}"))["tags_held"]
    assert {one["tag"]: one["public"] for one in held} == {"military_family": False, "model_family": True}
    await estate.done(f"{tags}/model_family/withdraw", {})
    assert (await estate.read(door, resident))["honours"] == []


async def test_an_old_estate_and_the_year_in_which_it_was_built(town: Scene) -> None:
    """Difficulty profile: `old_estate` and build year are said of a compound, and taken back."""
    made = {"parent": f"{town.district}100001", "kind": "compound", "name": "示例小区", "zone_type": "old_estate",
            "built": 1988}  # fmt: skip
    compound = await town.done("places", made, town.operator, 201)
    assert (compound["zone_type"], compound["attributes"]) == ("old_estate", {"built": 1988})
    for built, attributes in ((1990, {"built": 1990}), (None, {})):
        edit = await town.api.patch(f"places/{compound['code']}", json={"built": built}, headers=town.operator.writes())
        assert edit.json()["attributes"] == attributes
    with_grid = await town.api.patch(
        f"places/{compound['code']}", json={"premises": "office"}, headers=town.operator.writes()
    )
    assert with_grid.json()["code"] == "cannot_change_place"


@pytest.mark.parametrize("kind", ["fund", "group", "service"])
async def test_who_writes_it_down(estate: Scene, kind: str) -> None:
    """Those who keep records of the place, and nobody else."""
    contents: dict[str, dict[str, Any]] = {
        "fund": {"amount": "1", "source": "捐赠", "purpose": "路灯"}, "group": {"name": "居民群"},
        "service": {"what": "义诊"},
    }  # fmt: skip
    body = {"place": f"{estate.district}100001-B01", "post": estate.post if kind == "group" else None,
            "organisation": await partner(estate) if kind == "service" else None,
            "content": {"kind": kind, **contents[kind]}}  # fmt: skip
    assert (await estate.ask("records", body, estate.somebody("anna"))).status_code == 403
    made = await estate.done("records", body, status=201)
    assert await estate.read(f"records/{made['id']}", estate.somebody("anna"), 404)
    assert await estate.events(made["id"]) == ["record.add"]
