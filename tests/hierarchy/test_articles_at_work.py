"""书院路 (article 2), 西南街 (3) and 人民西路 (4) at work: what people do, in small districts.

Each test names its row; what is there to be read is in `test_articles_shuyuan_southwest_renmin.py`.
"""

from typing import Any

import httpx
import pytest

from services.hierarchy.structures import service as structures
from services.hierarchy.visits import reading
from shared.kernel.rights import Role
from tests.hierarchy.appointing import DAY, TODAY, Scene, at, town
from tests.hierarchy.households_scene import COMMUNITY, Register, code, open_register
from tests.hierarchy.small import loader
from tests.support.world import somebody

__all__ = ["town"]


async def test_2_the_badge_says_what_was_handed_over_and_ends_with_the_post(town: Scene) -> None:
    """Honour and equip: 红胸牌 No. A-17; whoever leaves shows one that does not hold any more."""
    held, head = await town.held_by_head(), str(town.people["head"])
    badge = {"kind": "badge", "what": "红胸牌", "number": "A-17", "at": "三长授牌仪式"}
    await town.done("records", {"person": head, "post": town.post, "content": badge}, status=201)
    duties = {"kind": "duties", "duties": ["宣传教育", "民情收集"]}
    await town.done("records", {"post": town.post, "content": duties}, status=201)
    own = await town.read(f"appointments/{held['id']}/badge", town.somebody("head"))
    assert (own["given"], own["duties"], own["valid"]) == (
        [{"what": "红胸牌", "number": "A-17"}], ["宣传教育", "民情收集"], True,
    )  # fmt: skip
    await town.done(f"appointments/{held['id']}/end", {"reason": "卸任"})
    town.set_clock(at(TODAY + DAY))  # the day is over, and no job has run yet
    assert (await town.read(f"appointments/{held['id']}/badge"))["valid"] is False


async def test_2_the_ledger_of_vests_and_pens(town: Scene) -> None:
    """Honour and equip: 背心、手提袋、笔记本、水性笔: who has what, how much was given and how much is out."""

    async def give(name: str, **content: Any) -> Any:
        return await town.done("records", {"person": str(town.people[name]), "content": content}, status=201)

    vest = await give("anna", kind="equipment", what="背心")
    await give("boris", kind="equipment", what="背心", quantity=2)
    await give("anna", kind="equipment", what="水性笔", quantity=10, consumable=True)
    wrong = await give("clara", kind="equipment", what="手提袋")
    await give("anna", kind="award", title="最美邻长", by="示例街道")
    await town.done(f"records/{vest['id']}/close", {"reason": "归还"})
    await town.done(f"records/{wrong['id']}/strike", {"reason": "登记有误"})
    sums = await town.read("records/sums")
    assert [(one["kind"], one["what"], one["people"], one["given"], one["out"]) for one in sums] == [
        ("award", "最美邻长", 1, 1, 1), ("equipment", "水性笔", 1, 10, 0), ("equipment", "背心", 2, 3, 2),
    ]  # fmt: skip
    assert await town.read("records/sums", place=f"{town.district}100001-B01") == sums
    assert await town.read("records/sums", somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")) == []


async def test_2_one_person_two_posts_and_whom_they_recommended(town: Scene) -> None:
    """A referrer: 书记 and head at once; the staff enters for them whom they named, and finds all of them."""
    await town.appoint("head", town.secretary)
    posts = (await town.read("appointments/mine", town.somebody("head")))["items"]
    assert [one["post_label"] for one in posts] == ["楼栋长", "书记"]

    async def named(by: str, name: str) -> Any:
        body = {"post": town.post, "origin": "recommended", "person": str(town.people[name])}
        return await town.done("candidacies", body | {"recommender": str(town.people[by])}, status=201)

    made = [await named("head", "anna"), await named("head", "boris"), await named("anna", "clara")]
    assert {one["step"] for one in made} == {"proposed"}  # each is asked first
    chain = [await town.read("candidacies", recommender=str(town.people[by])) for by in ("head", "anna", "clara")]
    assert [[one["id"] for one in link["items"]] for link in chain] == [[made[1]["id"], made[0]["id"]],
                                                                       [made[2]["id"]], []]  # fmt: skip
    mine = await town.read("candidacies/mine", town.somebody("head"))
    assert {made[0]["id"], made[1]["id"]} < {one["id"] for one in mine["items"]}
    body = {"post": town.post, "origin": "recommended", "person": str(town.people["boris"])}
    other = body | {"recommender": str(town.people["anna"])}
    assert (await town.ask("candidacies", other, town.somebody("clara"))).status_code == 403
    assert (await town.ask("candidacies", body | {"recommender": body["person"]})).json()["code"] == "invalid"


async def test_4_the_counts_change_and_the_percentages_follow(town: Scene) -> None:
    """Profile: people come and go (潮汐式社区)."""
    place = f"places/{town.district}100001"
    body = {"residents": 300, "demographics": {"working_away": 61}}
    edited = await town.api.patch(place, json=body, headers=town.operator.writes() | {"If-Match": '"1"'})
    assert edited.status_code == 200, edited.text
    shown = await town.read(f"{place}/summary")
    assert [(one["group"], one["count"], one["percent"]) for one in shown["demographics"]] == [
        ("working_away", 61, 20.33)
    ]


async def test_4_a_pair_of_mentor_and_learner_with_its_term_and_log(town: Scene) -> None:
    """师徒结对: 跟岗 + 实操 until a day; both write down what they did, and nobody else does."""
    term = TODAY.replace(year=TODAY.year + 1, day=1).isoformat()
    content = {"kind": "mentoring", "mentor": str(town.people["head"]), "subject": "跟岗与实操", "ends_on": term}
    made = await town.done("records", {"person": str(town.people["anna"]), "content": content}, status=201)
    path = f"records/{made['id']}/log"
    await town.done(path, {"what": "随师傅入户三户", "minutes": 120}, town.somebody("anna"))
    shown = await town.done(path, {"what": "独立调解一起"}, town.somebody("head"))
    assert shown["content"]["ends_on"] == term
    assert [(one["what"], one["minutes"], one["by"]) for one in shown["log"]] == [
        ("随师傅入户三户", 120, str(town.people["anna"])), ("独立调解一起", 0, str(town.people["head"])),
    ]  # fmt: skip
    assert (await town.ask(path, {"what": "x"}, town.somebody("boris"))).status_code == 404
    ahead = (TODAY + DAY).isoformat()
    assert (await town.ask(path, {"what": "x", "on": ahead})).json()["code"] == "invalid"
    await town.done(f"records/{made['id']}/close", {"reason": "出师"})
    assert (await town.ask(path, {"what": "x"})).json()["code"] == "move_not_open"
    early = content | {"ends_on": (TODAY - DAY).isoformat()}
    assert (await town.ask("records", {"person": str(town.people["anna"]), "content": early})).status_code == 422


async def test_4_opinions_of_the_think_tank_on_a_matter(town: Scene) -> None:
    """智囊团: what experts say is attached to the matter, and stays what it was."""
    for name, matter in (("anna", "20261122-7K3F9Q"), ("boris", "20261122-7K3F9Q"), ("anna", "20261122-OTHER1")):
        content = {"kind": "opinion", "matter": matter, "field": "停车位规划", "opinion": f"虚构意见：{name}"}
        made = await town.done("records", {"person": str(town.people[name]), "content": content}, status=201)
        assert made["moves"] == ["strike"]
    found = (await town.read("records", kind="opinion", matter="20261122-7K3F9Q"))["items"]
    assert [one["content"]["opinion"] for one in found] == ["虚构意见：boris", "虚构意见：anna"]


@pytest.fixture
async def register(hierarchy: Any, api: httpx.AsyncClient, district: str) -> Register:
    made = await open_register(hierarchy, api, district, 4)
    for number in (1, 2, 3, 4):
        await made.household(number)
    return made


async def test_4_the_secretary_talks_and_looks_at_the_quarters_list(register: Register) -> None:
    """书记谈心, 三区: a visit of its own kind says what was found, point by point of the list and of nothing else."""
    document = {
        "name": "示例", "version": 2, "in_force": "2024-01-01", "place": f"{register.district}100001", "posts": [],
        "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
        "zones": [{"zone_type": "rental_housing", "checklist": ["人房联动", "隐患排查"]}],
    }  # fmt: skip
    async with loader(register.service, register.district) as work:
        await work.begin()
        await structures.put(work, COMMUNITY, 2, document)
    given = {"place": register.home(1), "cause": "talk", "result": "risk"}
    checked = [{"point": "人房联动", "good": True}, {"point": "隐患排查", "good": False}]
    assert code(await register.post("visits", given | {"checked": checked})) == (422, "not_on_the_list")
    building = f"places/{register.district}100001-B01"
    operator = somebody(register.district, Role.OPERATOR)
    edited = await register.api.patch(building, json={"zone_type": "rental_housing"},
                                      headers=operator.writes() | {"If-Match": '"1"'})  # fmt: skip
    assert edited.status_code == 200, edited.text
    made = (await register.post("visits", given | {"checked": checked})).json()
    assert (made["cause_label"], made["checked"]) == ("书记谈心", checked)
    assert (await register.get(f"visits/{made['id']}")).json()["checked"] == checked
    twice = given | {"checked": [checked[0], checked[0]]}
    assert code(await register.post("visits", twice)) == (422, "invalid")


async def test_3_and_4_who_has_not_been_seen_comes_first(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """党员联户, 困难家庭定期走访: who waits longest, by place and never by name; who was only rung waits still."""
    day = register.service.db.now()

    async def visited(number: int, days_ago: int, **more: Any) -> None:
        when = (day - days_ago * DAY).isoformat()
        made = await register.post(
            "visits", {"place": register.home(number), "result": "normal", "visited_at": when} | more
        )
        assert made.status_code == 201, made.text

    await visited(1, 3)
    await visited(2, 40, next_on=(TODAY - 10 * DAY).isoformat())
    await visited(3, 60, next_on=(TODAY - 50 * DAY).isoformat())
    await visited(3, 20)  # somebody came again after all
    await visited(4, 1, form="phone")
    await visited(4, 2, result="nobody_home")
    asked = {"place": f"{register.district}100001"}
    shown = (await register.get("visits/unseen", **asked)).json()
    assert [row["place"][-1] for row in shown["items"]] == ["2", "4", "3", "1"]
    assert (shown["households"], shown["never"], shown["overdue"]) == (4, 1, 1)
    assert set(shown["items"][0]) == {
        "household_id", "place", "place_name", "last_seen_on", "next_on", "overdue",
    }  # fmt: skip
    assert shown["items"][0]["place_name"] == "示例街道甲社区1号楼2室"
    page = (await register.get("visits/unseen", limit=3, **asked)).json()
    rest = (await register.get("visits/unseen", limit=3, cursor=page["next"], **asked)).json()
    assert ([row["place"][-1] for row in rest["items"]], rest["next"]) == (["1"], None)

    home = (await register.get("households", place=register.home(4))).json()["items"][0]
    tag = {"tag": "low_income", "basis": "statutory", "legal_basis": "虚构依据"}
    marked = await register.post(f"households/{home['id']}/tags", tag, **{"If-Match": f'"{home["version"]}"'})
    assert marked.is_success, marked.text
    poor = (await register.get("visits/unseen", tag="low_income", **asked)).json()
    assert [row["place"][-1] for row in poor["items"]] == ["4"]
    assert code(await register.get("visits/unseen", register.stranger, **asked)) == (422, "unknown_place")
    monkeypatch.setattr(reading, "MOST", 3)
    assert code(await register.get("visits/unseen", **asked)) == (409, "too_many_households")
