import httpx
import pytest

from services.hierarchy.places.queries import KNOWN
from services.hierarchy.places.rules import Known, full_name, plant
from shared.kernel.rights import Role
from shared.runtime.db import fetch_all
from shared.runtime.service import Service
from shared.runtime.web.pages import encode
from tests.hierarchy.conftest import path_of
from tests.hierarchy.small import load_small, place
from tests.support.world import Somebody, somebody

COMMUNITY, GRID, NEXT_GRID = "141021100002", "141021100002001", "141021100002002"


@pytest.fixture(autouse=True)
def _loaded(users: list[dict[str, str]]) -> None:
    """The five communities are there."""


@pytest.mark.parametrize("rest", ["", "/children", "/subtree", "/summary"])
async def test_anonymous(api: httpx.AsyncClient, rest: str) -> None:
    answer = await api.get(f"places/{COMMUNITY}{rest}")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("rest", ["", "/children", "/subtree", "/summary"])
async def test_outside_scope(api: httpx.AsyncClient, rest: str) -> None:
    neighbour = somebody("141021", Role.GRID_WORKER, await path_of(api, NEXT_GRID))
    answer = await api.get(f"places/{GRID}{rest}", headers=neighbour.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("rest", ["", "/children", "/subtree", "/summary"])
async def test_inside_without_the_right(api: httpx.AsyncClient, rest: str) -> None:
    hotline = somebody("141021", Role.HOTLINE)
    answer = await api.get(f"places/{GRID}{rest}", headers=hotline.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_another_district_is_not_there(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"places/{COMMUNITY}", headers=somebody("341702", Role.OPERATOR).headers)
    assert answer.status_code == 404


async def test_a_place(api: httpx.AsyncClient) -> None:
    answer = await api.get("places/341702010005", headers=somebody("341702").headers)
    shown = answer.json()
    assert (answer.status_code, shown["full_name"], shown["kind"]) == (200, "清风街道东湖路社区", "community")
    assert (shown["area_km2"], shown["households"], shown["residents"]) == (3.5, 8274, 22335)


async def test_the_code_of_no_place(api: httpx.AsyncClient) -> None:
    headers = somebody("141021").headers
    assert (await api.get("places/141021999", headers=headers)).status_code == 404
    assert (await api.get("places/%00", headers=headers)).status_code == 422


async def test_children_page_by_page(api: httpx.AsyncClient) -> None:
    headers, found = somebody("141021").headers, []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(f"places/{COMMUNITY}-P01/children?limit=4{cursor}", headers=headers)).json()
        found += [item["code"] for item in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert len(found) == 9
    assert len(set(found)) == 9


async def test_subtree_of_a_kind(api: httpx.AsyncClient) -> None:
    headers = somebody("141021").headers
    page = (await api.get(f"places/{COMMUNITY}/subtree?kind=grid&limit=100", headers=headers)).json()
    assert [item["kind"] for item in page["items"]] == ["grid"] * 26
    assert page["next"] is None


async def test_a_cursor_reaches_nothing_outside(api: httpx.AsyncClient) -> None:
    grid = await path_of(api, GRID)
    worker = somebody("141021", Role.GRID_WORKER, grid)
    whole = await api.get(f"places/{GRID}/subtree?limit=100", headers=worker.headers)
    assert all(item["path"].startswith(grid) for item in whole.json()["items"])
    forged = await api.get(f"places/{GRID}/subtree?cursor={encode('0000')}", headers=worker.headers)
    assert forged.json()["items"][0] == whole.json()["items"][0]
    for nonsense in ("nonsense", encode("\0"), encode("0001", 1), encode(1), encode(["0001"])):
        broken = await api.get(f"places/{GRID}/subtree?cursor={nonsense}", headers=worker.headers)
        assert (broken.status_code, broken.json()["code"]) == (400, "cursor_invalid")


async def test_homes_are_there_for_those_who_live_or_serve_there(api: httpx.AsyncClient) -> None:
    """Whatever else they may read: in lists, by kind, page by page, and by the code."""
    building = "141021100002001-X01-M01-B01"
    home, path = f"{building}-H0001", await path_of(api, building)
    own = await path_of(api, home)

    async def homes(*grants: tuple[Role, str]) -> list[str]:
        headers, found = Somebody("141021", grants).headers, []
        for address in (f"{building}/children?limit=1", f"{building}/subtree?limit=100&kind=household"):
            codes: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                page = (await api.get(f"places/{address}{cursor}", headers=headers)).json()
                codes += [item["code"] for item in page["items"] if item["kind"] == "household"]
                cursor = page["next"] and f"&cursor={page['next']}"
            found.append(codes)
        assert found[0] == found[1]
        status = (await api.get(f"places/{home}", headers=headers)).status_code
        assert status == (200 if home in found[0] else 404)
        return found[0]

    everywhere = (Role.RESIDENT, "0001")
    assert await homes(everywhere) == []
    assert await homes((Role.AUDITOR, path)) == []
    assert await homes(everywhere, (Role.RESIDENT, own)) == [home]
    assert await homes(everywhere, (Role.BUILDING_HEAD, f"{path[:-4]}zzzz")) == []
    whole = await homes((Role.BUILDING_HEAD, path))
    assert home in whole
    assert await homes(everywhere, (Role.BUILDING_HEAD, path)) == await homes((Role.OPERATOR, "0001")) == whole


async def test_districts_are_public(api: httpx.AsyncClient) -> None:
    answer = await api.get("districts")
    assert answer.status_code == 200
    assert {"code": "141021", "name": "曲沃县"} in answer.json()
    assert {"341702", "370704", "430304", "141021", "620421"} <= {item["code"] for item in answer.json()}


async def test_segments_are_never_reused(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    await load_small(hierarchy, district, place(district, f"{district}100003", f"{district}100", "community", "丙"))
    async with hierarchy.db.connection() as connection:
        rows = {row["code"]: row for row in await fetch_all(connection, KNOWN, district=district)}
    assert rows[f"{district}100002"]["path"] == "000100010002"
    assert rows[f"{district}100003"]["path"] == "000100010003"
    assert rows[f"{district}100"]["next_child"] == 4


def test_new_places_take_the_next_number() -> None:
    known = {"d": Known("0001", "区", "区", 7)}
    planted = plant([("d", None, "district", "区"), ("a", "d", "street", "街")], known, {"d": "district"})
    assert [row.path for row in planted] == ["0001", "00010007"]
    assert known["d"].next_child == 8


@pytest.mark.parametrize(
    ("above", "kind", "name", "whole"),
    [
        (None, None, "曲沃县", "曲沃县"),
        (Known("", "曲沃县", "曲沃县", 1), "district", "乐昌镇", "乐昌镇"),
        (Known("", "新湖东苑", "清风街道新湖东苑", 1), "compound", "新湖东苑1号楼", "清风街道新湖东苑1号楼"),
        (Known("", "甲社区", "示例街道甲社区", 1), "community", "第一片", "示例街道甲社区第一片"),
    ],
)
def test_full_names(above: Known | None, kind: str | None, name: str, whole: str) -> None:
    assert full_name(above, kind, name) == whole
