"""What other systems follow: the change feed, conditional GETs, exports."""

import asyncio
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest

from shared.kernel.rights import Role
from shared.runtime.sealer import seal_once
from shared.runtime.service import Service
from tests.hierarchy.small import load_small
from tests.hierarchy.tree_scene import Scene, planted
from tests.support.world import service_headers, somebody


@pytest.fixture
async def scene(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Scene:
    return await planted(api, hierarchy, district)


async def changes(scene: Scene, after: int = 0, **params: Any) -> Any:
    while await seal_once(scene.service):
        pass
    headers = service_headers(scene.district, "tickets", "hierarchy")
    answer = await scene.api.get("changes", params={"after": after, **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nothing_is_missed(scene: Scene) -> None:
    first = await changes(scene)
    assert [(one["kind"], one["event"]) for one in first["items"]] == [("district", "import")]

    async def name(number: int) -> None:
        body = {"parent": scene.code("001002"), "kind": "grid", "name": f"网格{number}"}
        assert (await scene.send("POST", "places", body)).status_code == 201

    async with asyncio.TaskGroup() as group:
        for number in range(15):
            group.create_task(name(number))
    await scene.do("POST", f"places/{scene.code('001001001')}/merge", {"into": scene.code("001001002")})
    seen: list[dict[str, Any]] = []
    answer = first
    while not seen or answer["more"]:
        answer = await changes(scene, answer["position"], limit=4, proof=answer["hash"])
        seen += answer["items"]
    assert [one["event"] for one in seen] == ["create"] * 15 + ["merge"]
    positions = [one["position"] for one in seen]
    assert positions == sorted(set(positions))
    assert seen[-1]["data"]["successors"] == [scene.code("001001002")]
    last = await changes(scene, answer["position"])
    assert (last["items"], last["position"], last["more"]) == ([], answer["position"], False)


async def test_a_journal_that_was_cut_is_noticed(scene: Scene) -> None:
    head = await changes(scene)
    headers = service_headers(scene.district, "tickets", "hierarchy")
    for params in ({"after": head["position"] + 5}, {"after": head["position"], "proof": "0" * 64}):
        answer = await scene.api.get("changes", params=params, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "feed_cut")


async def test_who_may_follow(scene: Scene) -> None:
    for role, path, status in (
        (Role.PARTNER, "0001", 200), (Role.PARTNER, "00010001", 403), (Role.RESIDENT, "0001", 403),
        (Role.COMMUNITY_STAFF, "0001", 403), (Role.OPERATOR, "0001", 200),
    ):  # fmt: skip
        answer = await scene.get("changes", somebody(scene.district, role, path))
        assert answer.status_code == status, role


# --- conditional GETs ------------------------------------------------------------------------------------------------


async def test_a_place_is_sent_once(scene: Scene) -> None:
    address = f"places/{scene.code('001001')}"
    first = await scene.get(address)
    again = await scene.api.get(address, headers=scene.operator.headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await scene.do("PATCH", address, {"households": 5})
    changed = await scene.api.get(address, headers=scene.operator.headers | {"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["households"]) == (200, 5)


@pytest.mark.parametrize("what", ["children", "subtree", "contact-sheet"])
async def test_an_answer_is_sent_again_when_it_says_something_else_and_only_then(scene: Scene, what: str) -> None:
    address = f"places/{scene.code('001001001')}/{what}"
    first = await scene.get(address)
    assert first.status_code == 200, first.text

    async def ask() -> httpx.Response:
        headers = scene.operator.headers | {"If-None-Match": first.headers["etag"]}
        return await scene.api.get(address, headers=headers)

    assert ((again := await ask()).status_code, again.content) == (304, b"")
    await scene.do("PATCH", f"places/{scene.code('001002')}", {"name": "丙社区"})  # elsewhere
    assert (await ask()).status_code == 304
    await scene.do("PATCH", f"places/{scene.code('001001001')}", {"name": "首网格"})  # the names of all below
    changed = await ask()
    assert (changed.status_code, "首网格" in changed.text) == (200, True)
    assert changed.headers["etag"] != first.headers["etag"]
    nobody = somebody(scene.district, Role.GRID_WORKER, "000100010002")  # who may not see it is not told either
    tagged = nobody.headers | {"If-None-Match": changed.headers["etag"]}
    assert (await scene.api.get(address, headers=tagged)).status_code == 404


@pytest.mark.parametrize("what", ["structures/{d}100001", "responsibility?place={d}100001-B01&category=JC05"])
async def test_the_version_of_a_district(api: httpx.AsyncClient, hierarchy: Service, district: str, what: str) -> None:
    d = district
    await load_small(hierarchy, d)
    operator, address = somebody(d, Role.OPERATOR), what.format(d=d)
    first = await api.get(address, headers=operator.headers)
    assert first.status_code == 200, first.text

    async def ask(who: Any = operator) -> httpx.Response:
        return await api.get(address, headers=who.headers | {"If-None-Match": first.headers["etag"]})

    assert (await ask()).status_code == 304
    assert (await ask(somebody(d, Role.GRID_WORKER))).status_code == 200  # another's rights, another answer
    answer = await api.patch(f"places/{d}100001", json={"name": "丙社区"}, headers=operator.writes())
    assert answer.status_code == 200
    changed = await ask()
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_what_began_earlier_and_ended_later_is_another_version(hierarchy: Service, scene: Scene) -> None:
    """Stamps are those of the beginning: a late one must not hide behind a newer one."""
    from services.hierarchy.schema import VERSIONS  # noqa: PLC0415 - only here
    from tests.hierarchy.test_places_move import moving  # noqa: PLC0415 - only here

    sql = """INSERT INTO hierarchy.journal (district, id, actor_kind, actor, subject_kind, subject_id, event, data)
        VALUES ($1, gen_random_uuid(), 'user', 'x', 'place', gen_random_uuid(), 'late', '{}')"""
    async with hierarchy.db.connection() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(sql, scene.district)
        await scene.do("PATCH", f"places/{scene.code('001001')}", {"households": 5})
        async with moving(hierarchy, scene.district) as work:
            before = await VERSIONS.now(work)
        await transaction.commit()
    async with moving(hierarchy, scene.district) as work:
        assert await VERSIONS.now(work) != before


# --- in bulk --------------------------------------------------------------------------------------------------------


async def test_an_export_is_the_whole_subtree(scene: Scene) -> None:
    answer = await scene.get(f"places/{scene.code('001001')}/export")
    lines = [orjson.loads(line) for line in answer.content.splitlines()]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [line["code"].removeprefix(scene.district) for line in lines] == [
        "001001", "001001001", "001001001-B01", "001001001-B01-U01", "001001001-B02", "001001002",
    ]  # fmt: skip
    grids = await scene.get(f"places/{scene.code('')}/export", kind="grid")
    assert len(grids.content.splitlines()) == 2
    worker = somebody(scene.district, Role.GRID_WORKER, "000100010002")
    assert (await scene.get(f"places/{scene.code('001001')}/export", worker)).status_code == 404


def counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The values of every statement from now on."""
    asked: list[dict[str, Any]] = []
    fetch = scene.service.db.fetch

    async def counting(statement: Any, values: dict[str, Any]) -> Any:
        asked.append(values)
        return await fetch(statement, values)

    monkeypatch.setattr(scene.service.db, "fetch", counting)
    return asked


async def test_many_codes_are_looked_up_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they were asked for, with one statement; what is not there, and what lies outside the
    caller's scope, is named alike.
    """
    asked = counted(scene, monkeypatch)
    codes = [scene.code(rest) for rest in ("001002", "001001001-B01", "001001", "001001001")]
    found = await scene.do("POST", "places/lookup", {"codes": [*codes, codes[0]]})
    assert [one["code"] for one in found["places"]] == codes
    assert (found["gone"], found["unknown"]) == ([], [])
    assert len(asked) == 1
    worker = somebody(scene.district, Role.GRID_WORKER, "000100010001")
    answer = await scene.send("POST", "places/lookup", {"codes": [codes[0], "666", codes[1]]}, worker)
    assert [one["code"] for one in answer.json()["places"]] == [codes[1]]
    assert answer.json()["unknown"] == [codes[0], "666"]


async def test_places_that_are_gone_are_looked_up_at_once_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are, and through however many changes they went on."""
    grids = [
        (await scene.do("POST", "places", {"parent": scene.code("001001"), "kind": "grid", "name": f"网格{n}"}))["code"]
        for n in range(6)
    ]
    for one, other in pairwise(grids):
        await scene.do("POST", f"places/{one}/merge", {"into": other})
    asked = counted(scene, monkeypatch)
    found = await scene.do("POST", "places/lookup", {"codes": grids})
    assert [(one["code"], one["successors"]) for one in found["gone"]] == [(code, grids[-1:]) for code in grids[:-1]]
    assert len(asked) < 10


@pytest.mark.parametrize(("codes", "status"), [(500, 200), (501, 422), (0, 422)])
async def test_so_many_and_no_more(scene: Scene, codes: int, status: int) -> None:
    answer = await scene.send("POST", "places/lookup", {"codes": [f"{number:06}" for number in range(codes)]})
    assert answer.status_code == status
