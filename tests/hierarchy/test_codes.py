"""Codes of places: checked where they are given, found where they are not, and never given twice."""

import asyncio

import httpx
import pytest

from services.hierarchy.places.loading import DistrictRefusedError, import_places
from services.hierarchy.places.rules import KINDS, Series, series, why_not_code
from services.hierarchy.places.tree import Given
from services.hierarchy.structures.structure import PlaceKind
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import loader
from tests.hierarchy.tree_scene import Scene, planted
from tests.support.world import somebody

ABOVE = {"district": "141021", "street": "141021100", "community": "141021100002"}


@pytest.fixture
async def scene(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Scene:
    return await planted(api, hierarchy, district)


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("community", "141021100003", None),
        ("grid", "141021100002027", None),
        ("grid", "141021100002-G7", None),
        ("building", "141021100002-B01", None),
        ("community", "1410211000", "12 digits"),
        ("grid", "1410211000020", "15 digits"),
        ("grid", "141022100002001", "begin with the district"),
        ("grid", "141021100003001", "begin with 141021100002"),
        ("community", "141021101001", "begin with 141021100"),
        ("street", "141021900", "seventh digit"),
        ("building", "141021100002", "digits alone"),
    ],
)
def test_a_code_fits_its_kind(kind: str, code: str, words: str | None) -> None:
    why = why_not_code(kind, code, "141021", ABOVE)
    assert why is None if words is None else why is not None and words in why[1]


def test_which_codes_are_given_out() -> None:
    assert series("grid", "141021100002-P01", ABOVE) == Series("141021100002", 1, 999, 3)
    assert series("community", "141021100", ABOVE) == Series("141021100", 1, 199, 3)
    assert series("household", "X-B01-U01", ABOVE) == Series("X-B01-U01-H", 1, 9999, 4)
    assert series("grid", "own-code", {"community": "own-code"}) == Series("own-code-G", 1, 999, 3)
    assert series("neighbour_group", "430304004001-P01-Z01", {}) == Series("430304004001-P01-Z01-L", 1, 999, 2)
    assert series("shop", "620421103015001", {}) == Series("620421103015001-S", 1, 999, 3)
    assert series("street", "141021", ABOVE) is None


def test_kinds_are_those_of_structures() -> None:
    assert set(KINDS) == set(PlaceKind.__args__)  # type: ignore[attr-defined]  # a Literal's values


async def test_the_next_free_code_is_given(scene: Scene) -> None:
    made = [
        await scene.do("POST", "places", {"parent": scene.code(parent), "kind": kind, "name": name})
        for parent, kind, name in (
            ("001001", "grid", "第三网格"),
            ("001", "community", "丙社区"),
            ("001001001", "building", "3号楼"),
            ("001001001-B01-U01", "household", "101室"),
        )
    ]
    found = [one["code"].removeprefix(scene.district) for one in made]
    assert found == ["001001003", "001003", "001001001-B03", "001001001-B01-U01-H0001"]
    assert made[0]["full_name"] == "示例街道甲社区第三网格"
    assert made[0]["path"] == "0001000100010003"


async def test_twenty_at_once_get_twenty_codes(scene: Scene) -> None:
    async def one(number: int) -> httpx.Response:
        body = {"parent": scene.code("001002"), "kind": "grid", "name": f"网格{number}"}
        return await scene.send("POST", "places", body)

    answers = await asyncio.gather(*(one(number) for number in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    codes = sorted(answer.json()["code"].removeprefix(scene.district) for answer in answers)
    assert codes == [f"001002{number:03}" for number in range(1, 21)]
    assert len({answer.json()["path"] for answer in answers}) == 20


async def test_a_code_that_somebody_gave_is_passed_over(scene: Scene) -> None:
    body = {"parent": scene.code("001001"), "kind": "grid", "name": "第四网格", "code": scene.code("001001004")}
    await scene.do("POST", "places", body)
    found = [
        (await scene.do("POST", "places", {"parent": scene.code("001001"), "kind": "grid", "name": name}))["code"]
        for name in ("丙", "丁")
    ]
    assert found == [scene.code("001001003"), scene.code("001001005")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "grid", "code": "001001001"}, 409, "place_code_taken"),
        ({"kind": "grid", "code": "0010010010"}, 422, "place_code_invalid"),
        ({"kind": "grid", "code": "001002009"}, 422, "place_code_invalid"),
        ({"kind": "street"}, 422, "place_code_invalid"),
        ({"kind": "building", "premises": "shop"}, 422, "cannot_change_place"),
        ({"kind": "grid", "parent": "666"}, 422, "unknown_place"),
        ({"kind": "district"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_made(scene: Scene, body: dict[str, str], status: int, code: str) -> None:
    given = {"parent": scene.code(body.pop("parent", "001001")), "name": "某处", **body}
    if "code" in given:
        given["code"] = scene.code(given["code"])
    answer = await scene.send("POST", "places", given)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_codes_run_out(scene: Scene) -> None:
    async with scene.service.db.connection() as connection:
        sql = "INSERT INTO hierarchy.code_numbers VALUES ($1, $2, 1000)"
        await connection.execute(sql, scene.district, scene.code("001001"))
    body = {"parent": scene.code("001001"), "kind": "grid", "name": "第一千"}
    answer = await scene.send("POST", "places", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "place_codes_used_up")


async def test_only_who_may_makes_places(scene: Scene) -> None:
    body = {"parent": scene.code("001001"), "kind": "grid", "name": "某网格"}
    worker = somebody(scene.district, Role.GRID_WORKER)
    assert (await scene.send("POST", "places", body, worker)).status_code == 403
    elsewhere = somebody(scene.district, Role.OPERATOR, "000100010002")
    answer = await scene.send("POST", "places", body, elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_place")


async def test_a_repetition_makes_one(scene: Scene) -> None:
    body = {"parent": scene.code("001001"), "kind": "grid", "name": "某网格", "premises": "market"}
    headers = scene.operator.writes()
    first, again = [await scene.api.post("places", json=body, headers=headers) for _ in range(2)]
    assert (again.status_code, again.content) == (201, first.content)
    assert first.json()["attributes"] == {"grid_kind": "exclusive", "premises": "market"}
    given = {**body, "name": "另一网格", "code": scene.code("001001077")}
    headers = scene.operator.writes()
    first, again = [await scene.api.post("places", json=given, headers=headers) for _ in range(2)]
    assert (again.status_code, again.content) == (201, first.content)


async def test_an_import_checks_codes(scene: Scene) -> None:
    d = scene.district
    await scene.do("POST", f"places/{d}001001002/close", {})
    rows = [
        Given(2, f"{d}001001002", "又来了", "grid", f"{d}001001"),
        Given(3, f"{d}00100103", "少一位", "grid", f"{d}001001"),
        Given(4, f"{d}001002003", "别的社区的", "grid", f"{d}001001"),
        Given(5, f"{d}001001-GX", "自编", "grid", f"{d}001001"),
    ]
    with pytest.raises(DistrictRefusedError) as refused:
        async with loader(scene.service, d) as work:
            await import_places(work, rows)
    found = [(fault.line, fault.reason) for fault in refused.value.faults]
    assert [line for line, _ in found] == [2, 3, 4]
    assert "gone" in found[0][1]
    assert "15 digits" in found[1][1]
    assert f"begin with {d}001001" in found[2][1]
