"""信息传达 (东湖路): post-holders are told, say that they have read it, and whoever told them sees who has not."""

from typing import Any

from shared.kernel.paths import child
from shared.kernel.rights import Role
from tests.hierarchy.appointing import BUILDING, Scene, town
from tests.hierarchy.small import load_small, place
from tests.support.world import somebody

__all__ = ["town"]
WATER = {"title": "本周六停水检修", "content": "请各楼栋长转告住户：周六8时至17时停水，提前蓄水。"}


def notice(town: Scene, **more: Any) -> dict[str, Any]:
    return {"place": f"{town.district}100001", **WATER, **more}


async def another_head(town: Scene, name: str = "anna") -> str:
    """A second building with a head of its own: her post."""
    code = f"{town.district}100001-B02"
    second = place(town.district, code, f"{town.district}100001", "building", "甲社区2号楼")
    await load_small(town.service, town.district, second)
    post = await town.done("posts", {"kind": "building_head", "place": code}, status=201)
    await town.appoint(name, post["code"])
    return str(post["code"])


async def test_heads_are_told_and_whoever_has_not_read_it_is_seen(town: Scene) -> None:
    post = await another_head(town)
    made = await town.done("notices", notice(town, posts=["building_head"]), status=201)
    assert (made["recipients"], made["read"], made["moves"]) == (2, 0, ["withdraw"])
    assert made["sent_by_label"] == "示例街道甲社区"  # who sends it holds no post there
    anna = town.somebody("anna", Role.BUILDING_HEAD)
    [mine] = (await town.read("notices/mine", anna, unread=True))["items"]
    assert (mine["title"], mine["read_at"], mine["recipients"], mine["moves"]) == (
        WATER["title"], None, None, ["acknowledge"],
    )  # fmt: skip
    assert (await town.read(f"notices/{made['id']}", anna))["read_at"] is None  # opened is not acknowledged
    receipt = await town.done(f"notices/{made['id']}/acknowledge", {}, anna)
    assert receipt["read_at"] is not None
    assert (await town.ask(f"notices/{made['id']}/acknowledge", {}, anna)).json()["code"] == "move_not_open"
    assert (await town.read("notices/mine", anna, unread=True))["items"] == []
    assert len((await town.read("notices/mine", anna))["items"]) == 1

    [listed] = (await town.read("notices", place=f"{town.district}100001"))["items"]
    assert (listed["recipients"], listed["read"]) == (2, 1)
    [late] = (await town.read(f"notices/{made['id']}/receipts", read=False))["items"]
    assert (late["person"], late["post_code"]) == (str(town.people["head"]), town.post)
    [read] = (await town.read(f"notices/{made['id']}/receipts", read=True))["items"]
    assert (read["name"], read["post_code"], read["read_at"]) == ("虚构anna", post, receipt["read_at"])
    assert await town.events(made["id"]) == ["notice.send", "notice.acknowledge"]


async def test_everybody_is_told_once_and_nobody_afterwards(town: Scene) -> None:
    """One person with two posts has one receipt; the secretary, who comes later, has none."""
    await another_head(town, "anna")
    spare = await town.done("posts", {"kind": "building_head", "place": f"{town.district}100001-B01"}, status=201)
    await town.appoint("anna", spare["code"])
    made = await town.done("notices", notice(town), status=201)
    assert made["recipients"] == 2
    pages = [await town.read(f"notices/{made['id']}/receipts", limit=1)]
    pages.append(await town.read(f"notices/{made['id']}/receipts", limit=1, cursor=pages[0]["next"]))
    assert {page["items"][0]["person"] for page in pages} == {str(town.people[name]) for name in ("anna", "head")}
    assert pages[1]["next"] is None
    await town.appoint("boris", town.secretary)
    boris = town.somebody("boris", Role.COMMUNITY_STAFF)
    assert (await town.read("notices/mine", boris))["items"] == []
    assert (await town.ask(f"notices/{made['id']}/acknowledge", {}, boris)).json()["code"] == "not_your_move"
    assert (await town.done("notices", notice(town), boris, status=201))["sent_by_label"] == "书记（示例街道甲社区）"


async def test_what_was_wrong_is_taken_back(town: Scene) -> None:
    made = await town.done("notices", notice(town), status=201)
    head = town.somebody("head", Role.BUILDING_HEAD)
    assert (await town.ask(f"notices/{made['id']}/withdraw", {"reason": "看错"}, head)).json()[
        "code"
    ] == "not_your_move"
    back = await town.done(f"notices/{made['id']}/withdraw", {"reason": "时间有误"})
    assert (back["step"], back["moves"]) == ("withdrawn", [])
    assert (await town.ask(f"notices/{made['id']}/acknowledge", {}, head)).status_code == 409
    assert (await town.read("notices/mine", head, unread=True))["items"] == []
    assert (await town.read("notices/mine", head))["items"][0]["step"] == "withdrawn"


async def test_who_sends_and_who_sees(town: Scene) -> None:
    made = await town.done("notices", notice(town, place=f"{town.district}100001-B01"), status=201)
    resident = somebody(town.district, Role.RESIDENT, BUILDING)
    assert (await town.ask("notices", notice(town), resident)).status_code == 403
    await town.read("notices", resident, 403)
    await town.read(f"notices/{made['id']}", resident, 404)
    await town.read(f"notices/{made['id']}/receipts", town.somebody("head", Role.BUILDING_HEAD), 403)
    beside = somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")
    assert (await town.ask("notices", notice(town), beside)).json()["code"] == "unknown_place"
    assert (await town.read("notices", beside))["items"] == []
    nobody = await town.ask("notices", notice(town, posts=["secretary"]))
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_there")
    for wrong in ({"title": ""}, {"content": "x" * 5001}, {"posts": ["Not a key"]}):
        assert (await town.ask("notices", notice(town, **wrong))).json()["code"] == "invalid"


async def test_it_moves_with_its_place_and_is_in_ones_copy(town: Scene) -> None:
    made = await town.done("notices", notice(town), status=201)
    to = {"parent": town.district}
    moved = await town.done(f"places/{town.district}100001/move", to, town.operator)
    assert moved["path"] != child("00010001", 1)
    assert (await town.read(f"notices/{made['id']}", town.operator))["place_code"] == f"{town.district}100001"
    head = somebody(town.district, Role.RESIDENT, moved["path"], id=town.people["head"])
    [told] = (await town.read("me/data", head))["data"]["notices"]
    assert (told["notice_id"], told["read_at"]) == (made["id"], None)
