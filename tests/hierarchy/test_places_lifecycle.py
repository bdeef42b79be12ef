"""Places are renamed, merged, split and closed: everything follows, and the old codes keep answering."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.places import due
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.errors import PlaceGone
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small, loader, place, with_password
from tests.hierarchy.test_places_move import moving
from tests.hierarchy.tree_scene import Scene, nights_pass, planted
from tests.support.world import service_headers, somebody


@pytest.fixture
async def scene(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Scene:
    return await planted(api, hierarchy, district)


async def told(scene: Scene) -> list[dict[str, Any]]:
    """What the jobs for tickets say, in their order."""
    sql = f"""SELECT args FROM hierarchy.jobs WHERE district = $1 AND name = '{due.TELL.name}'
        AND args->>'service' = 'tickets' ORDER BY order_seq"""
    return [row["args"]["change"] for row in await scene.rows(sql)]


async def test_a_new_name_reaches_all_below(scene: Scene) -> None:
    done = await scene.do("PATCH", f"places/{scene.code('001001')}", {"name": "丙社区", "zone_type": "old_estate"})
    assert (done["full_name"], done["zone_type"], done["version"]) == ("示例街道丙社区", "old_estate", 2)
    deep = await scene.place("001001001-B01-U01")
    assert deep["full_name"] == "示例街道丙社区第一网格1号楼1单元"
    [change] = await told(scene)
    assert (change["event"], change["order"], change["stale"]) == ("rename", 1, ["000100010001"])
    shown = await scene.place("001001/history")
    assert [(one["name"], one["zone_type"]) for one in shown["episodes"]] == [
        ("甲社区", None),
        ("丙社区", "old_estate"),
    ]
    assert shown["episodes"][0]["until"] == shown["episodes"][1]["since"]


async def test_what_only_describes_is_no_new_name(scene: Scene) -> None:
    done = await scene.do("PATCH", f"places/{scene.code('001001001')}", {"households": 310, "premises": "office"})
    assert (done["households"], done["attributes"]) == (310, {"grid_kind": "exclusive", "premises": "office"})
    assert await told(scene) == []
    done = await scene.do("PATCH", f"places/{scene.code('001001001')}", {"premises": None})
    assert (done["households"], done["attributes"]) == (310, {"grid_kind": "base"})


async def test_a_merge(scene: Scene) -> None:
    one, other = scene.code("001001001"), scene.code("001001002")
    before = await scene.get(f"places/{one}")
    done = await scene.do("POST", f"places/{one}/merge", {"into": other})
    assert done["code"] == other
    building = await scene.place("001001001-B01")
    assert (building["path"], building["full_name"]) == ("00010001000100020001", "示例街道甲社区第二网格1号楼")
    assert (await scene.place("001001001-B01-U01"))["path"] == "000100010001000200010001"
    gone = await scene.get(f"places/{one}")
    problem = gone.json()
    assert (gone.status_code, problem["code"], problem["successors"], problem["how"]) == (
        410, "place_gone", [other], "merge",
    )  # fmt: skip
    tagged = scene.operator.headers | {"If-None-Match": before.headers["etag"]}  # another place has versions of its own
    followed = await scene.api.get(f"places/{one}", headers=tagged, params={"follow": True})
    assert (followed.status_code, followed.json()["code"]) == (200, other)
    [change] = await told(scene)
    assert [(move["old"][12:], move["new"][12:]) for move in change["moves"]] == [
        ("00010001", "00020001"), ("00010002", "00020002"), ("0001", "0002"),
    ]  # fmt: skip
    assert change["now"][0]["place"]["code"] == other


async def test_a_merge_repeated_is_shown_again(scene: Scene) -> None:
    body, headers = {"into": scene.code("001001002")}, scene.operator.writes()
    answers = [
        await scene.api.post(f"places/{scene.code('001001001')}/merge", json=body, headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].content == answers[0].content
    assert len(await told(scene)) == 1


async def test_where_it_went_is_followed_on_and_on(scene: Scene) -> None:
    third = await scene.do("POST", "places", {"parent": scene.code("001001"), "kind": "grid", "name": "第三网格"})
    for one, other in (("001001001", "001001002"), ("001001002", "001001003")):
        await scene.do("POST", f"places/{scene.code(one)}/merge", {"into": scene.code(other)})
    answer = (await scene.get(f"places/{scene.code('001001001')}")).json()
    assert answer["successors"] == [third["code"]]
    found = await scene.do("POST", "places/lookup", {"codes": [scene.code("001001001"), third["code"], "666"]})
    assert [one["code"] for one in found["places"]] == [third["code"]]
    assert found["gone"][0]["successors"] == [third["code"]]
    assert found["unknown"] == ["666"]


async def test_a_split(scene: Scene) -> None:
    grid = scene.code("001001001")
    parts = [{"name": "第一网格（东）"}, {"name": "第一网格（西）", "children": [scene.code("001001001-B02")]}]
    done = await scene.do("POST", f"places/{grid}/split", {"parts": parts})
    assert (done["code"], done["name"]) == (scene.code("001001003"), "第一网格（东）")
    west = await scene.place("001001001-B02")
    assert west["full_name"] == "示例街道甲社区第一网格（西）2号楼"
    assert (await scene.place("001001001-B01-U01"))["full_name"] == "示例街道甲社区第一网格（东）1号楼1单元"
    gone = (await scene.get(f"places/{grid}")).json()
    assert gone["successors"] == [scene.code("001001003"), scene.code("001001004")]
    [change] = await told(scene)
    assert change["moves"][-1]["old"] == "0001000100010001"
    assert change["now"][0]["place"]["code"] == done["code"]


async def test_a_close(scene: Scene) -> None:
    grid = scene.code("001001002")
    done = await scene.do("POST", f"places/{grid}/close", {})
    assert (done["how"], done["successors"]) == ("close", [])
    assert (await scene.get(f"places/{grid}")).status_code == 410
    answer = await scene.send(
        "POST", "places", {"parent": scene.code("001001"), "kind": "grid", "name": "新", "code": grid}
    )
    assert answer.json()["code"] == "place_code_taken"


REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "the district": ("", "merge", {"into": "001"}, "cannot_change_place"),
    "another kind": ("001001", "merge", {"into": "001001001"}, "cannot_change_place"),
    "with itself": ("001001", "merge", {"into": "001001"}, "cannot_change_place"),
    "with nobody": ("001001", "merge", {"into": "666"}, "unknown_place"),
    "not empty": ("001001001", "close", {}, "cannot_change_place"),
    "no child of it": ("001001001", "split", {"parts": [{"name": "a"}, {"name": "b", "children": ["001002"]}]},
                       "cannot_change_place"),
    "a code of another": ("001001001", "split", {"parts": [{"name": "a"}, {"name": "b", "code": "001001002"}]},
                          "place_code_taken"),
    "one part": ("001001001", "split", {"parts": [{"name": "a"}]}, "invalid"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_leaves_everything_as_it_was(scene: Scene, case: str) -> None:
    code, verb, body, reason = REFUSED[case]
    given: dict[str, Any] = dict(body)
    if "into" in given:
        given["into"] = scene.code(given["into"])
    parts = [
        {**part, **({"code": scene.code(part["code"])} if "code" in part else {}),
         **({"children": [scene.code(child) for child in part["children"]]} if "children" in part else {})}
        for part in given.get("parts", [])
    ]  # fmt: skip
    given |= {"parts": parts} if parts else {}
    sql = (
        "SELECT code, path, parent, full_name, version, next_child FROM hierarchy.places WHERE district = $1 ORDER BY 1"
    )
    before = await scene.rows(sql)
    answer = await scene.send("POST", f"places/{scene.code(code)}/{verb}", given)
    assert (answer.status_code, answer.json()["code"]) == (409 if reason.endswith("taken") else 422, reason), (
        answer.text
    )
    assert await scene.rows(sql) == before
    assert await told(scene) == []


async def test_outside_scope_a_place_that_is_gone_never_was(scene: Scene) -> None:
    gone = scene.code("001001002")
    await scene.do("POST", f"places/{gone}/close", {})
    neighbour = somebody(scene.district, Role.GRID_WORKER, "000100010002")
    answers = [await scene.get(f"places/{code}", neighbour) for code in (gone, "666")]
    assert [answer.status_code for answer in answers] == [404, 404]
    looked = await scene.send("POST", "places/lookup", {"codes": [gone]}, neighbour)
    assert looked.json() == {"places": [], "gone": [], "unknown": [gone]}


# --- as of a day ------------------------------------------------------------------------------------------------


async def test_as_of_a_day(scene: Scene) -> None:
    async with moving(scene.service, scene.district) as work:
        today = work.today
    await nights_pass(scene, 10)
    await scene.do("PATCH", f"places/{scene.code('001001')}", {"name": "丙社区"})
    await nights_pass(scene, 3)
    await scene.do("POST", f"places/{scene.code('001001001')}/merge", {"into": scene.code("001001002")})
    await nights_pass(scene, 2)

    async def at(code: str, days: int) -> httpx.Response:
        return await scene.get(f"places/{scene.code(code)}", on=(today - timedelta(days=days)).isoformat())

    deep = "001001001-B01"
    assert [(await at(deep, days)).json().get("full_name") for days in (15, 6, 5, 3, 2, 1)] == [
        "示例街道甲社区第一网格1号楼", "示例街道甲社区第一网格1号楼",
        "示例街道丙社区第一网格1号楼", "示例街道丙社区第一网格1号楼",
        "示例街道丙社区第二网格1号楼", "示例街道丙社区第二网格1号楼",
    ]  # fmt: skip
    assert [(await at("001001001", days)).status_code for days in (16, 15, 3, 2)] == [404, 200, 200, 410]
    assert (await at(deep, 3)).json()["parent"] == scene.code("001001001")


# --- what hangs on it -------------------------------------------------------------------------------------------


async def test_who_answered_is_answered_as_it_was(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    d, day = district, date(2025, 1, 1)
    await load_small(
        hierarchy, d, place(d, f"{d}100002-B07", f"{d}100002", "building", "7号楼"),
        place(d, f"{d}100001-B01-U01", f"{d}100001-B01", "staircase", "1单元"),
    )  # fmt: skip

    async def chain(code: str, on: date) -> list[str]:
        async with moving(hierarchy, d) as work:
            found = await responsibility.chain(work, hierarchy.vault, f"{d}{code}", "JC05", on)
        return [link.post_name for link in found.chain]

    async with moving(hierarchy, d) as work:
        today = work.today
    before = {code: await chain(code, day) for code in ("100001-B01", "100001-B01-U01", "100002-B07")}
    assert before["100001-B01-U01"] == ["楼栋长", "书记", "示例站"]
    operator = somebody(d, Role.OPERATOR)
    answer = await api.post(f"places/{d}100001-B01/merge", json={"into": f"{d}100002-B07"}, headers=operator.writes())
    assert answer.status_code == 200, answer.text
    after_it = {code: await chain(code, day) for code in before}
    assert after_it == before
    assert await chain("100002-B07", today) == ["楼栋长"]
    assert await chain("100001-B01-U01", today) == ["楼栋长"]
    with pytest.raises(PlaceGone):
        await chain("100001-B01", today)


async def test_a_community_that_is_split_goes_on_in_its_way(
    api: httpx.AsyncClient, hierarchy: Service, district: str
) -> None:
    """Its first part does; one that is merged goes on in the way of the one that takes it in."""
    d, operator = district, somebody(district, Role.OPERATOR)
    await load_small(hierarchy, d)
    parts = [{"name": "甲一社区"}, {"name": "甲二社区"}]
    answer = await api.post(f"places/{d}100001/split", json={"parts": parts}, headers=operator.writes())
    assert answer.status_code == 200, answer.text
    first = answer.json()["code"]
    shown = await api.get(f"structures/{first}", headers=operator.headers)
    assert (shown.status_code, shown.json()["place"]["code"]) == (200, first)
    merged = await api.post(f"places/{first}/merge", json={"into": f"{d}100002"}, headers=operator.writes())
    assert merged.status_code == 200, merged.text
    assert (await api.get(f"structures/{d}100002", headers=operator.headers)).status_code == 404


@pytest.mark.parametrize("ends", ["000100010001", "000100010002", None])
async def test_grants_and_people_go_along(
    api: httpx.AsyncClient, hierarchy: Service, district: str, ends: str | None
) -> None:
    """What somebody has at both places they have once, for as long as at either."""
    d = district
    await load_small(hierarchy, d)
    person = await with_password(hierarchy, d)
    from services.hierarchy.grants import service as grants  # noqa: PLC0415 - only here

    async with loader(hierarchy, d) as work:
        await work.begin()
        rows = [(person, Role.GRID_WORKER, path) for path in ("000100010001", "000100010002")]
        await grants.put(work, rows, date(2025, 1, 1))
    async with hierarchy.db.connection() as connection:
        sql = "UPDATE hierarchy.grants SET until = '2100-01-01' WHERE district = $1 AND path = $2"
        await connection.execute(sql, d, ends)
    answer = await api.post(
        f"places/{d}100001/merge", json={"into": f"{d}100002"}, headers=somebody(d, Role.OPERATOR).writes()
    )
    assert answer.status_code == 200, answer.text
    async with hierarchy.db.connection() as connection:
        found = await connection.fetch(
            "SELECT path, until FROM hierarchy.grants WHERE district = $1 AND role = 'grid_worker'", d
        )
        people = await connection.fetch("SELECT path FROM hierarchy.people WHERE district = $1 AND path IS NOT NULL", d)
    assert [(row["path"], row["until"]) for row in found] == [("000100010002", None)]
    assert all(row["path"].startswith("000100010002") for row in people)


async def test_other_services_look_up_and_follow(scene: Scene) -> None:
    await scene.do("POST", f"places/{scene.code('001001001')}/merge", {"into": scene.code("001001002")})
    headers = service_headers(scene.district, "tickets", "hierarchy")
    answer = await scene.api.get(f"places/{scene.code('001001001')}", params={"follow": True}, headers=headers)
    assert answer.json()["code"] == scene.code("001001002")
