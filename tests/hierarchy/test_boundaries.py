"""Boundaries: drawn, checked against what is around them, kept as they were, and found again by a point."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from shapely.geometry import Polygon as Shape
from shapely.geometry import mapping

from services.hierarchy.boundaries import shapes
from services.hierarchy.boundaries.inputs import Polygon
from services.hierarchy.boundaries.refusals import BoundaryInvalid
from services.hierarchy.boundaries.rules import bd09_of_gcj02, gcj02_of_wgs84
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.test_places_move import moving
from tests.hierarchy.tree_scene import Scene, nights_pass, planted
from tests.support.world import somebody

WEST, SOUTH, STEP = 111.47, 35.64, 0.001  # somewhere in Quwo; a step is about 90 by 111 metres


def square(column: float, row: float, width: float = 1, height: float = 1) -> dict[str, Any]:
    """A rectangle on a grid of steps."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    east, north = west + width * STEP, south + height * STEP
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


@pytest.fixture
async def scene(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Scene:
    return await planted(api, hierarchy, district)


async def draw(scene: Scene, code: str, geometry: dict[str, Any], **more: Any) -> httpx.Response:
    return await scene.send("PUT", f"places/{scene.code(code)}/boundary", {"geometry": geometry, **more})


async def drawn(scene: Scene, code: str, geometry: dict[str, Any], **more: Any) -> Any:
    answer = await draw(scene, code, geometry, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- drawing -------------------------------------------------------------------------------------------------------


async def test_a_boundary(scene: Scene) -> None:
    shown = await drawn(scene, "001001", square(0, 0, 10, 10))
    assert (shown["type"], shown["id"], shown["geometry"]["type"]) == ("Feature", scene.code("001001"), "Polygon")
    assert shown["properties"]["area_m2"] == pytest.approx(905_000 * 1.11, rel=0.01)
    assert (await scene.place("001001/boundary"))["geometry"] == shown["geometry"]
    ring = shown["geometry"]["coordinates"][0]
    assert Shape(ring).exterior.is_ccw
    assert ring[0] == ring[-1]


CROSSED = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
BROKEN = {
    "crossing itself": (CROSSED, "Self-intersection (0.5, 0.5, WGS 84)", "边界自相交"),
    "open": ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "not closed", "未闭合"),
    "latitude first": (
        {"type": "Polygon", "coordinates": [[[35, 111], [36, 111], [36, 112], [35, 111]]]}, "[longitude, latitude]",
        "经度",
    ),
    "hole outside": (
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]]},
        "Hole lies outside shell", "内环在外环之外",
    ),
    "two in one": (
        {"type": "MultiPolygon", "coordinates": [square(0, 0)["coordinates"], square(0.5, 0)["coordinates"]]},
        "Self-intersection", "边界自相交",
    ),
    "without width": ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [0, 0]]]}, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_no_outline_is_named(scene: Scene, case: str) -> None:
    geometry, en, zh = BROKEN[case]
    answer = await draw(scene, "001001", geometry)
    assert (answer.status_code, answer.json()["code"]) == (422, "boundary_invalid")
    assert en in answer.json()["detail_en"]
    assert zh in answer.json()["detail_zh"]
    assert (await scene.get(f"places/{scene.code('001001')}/boundary")).status_code == 404


def test_too_many_vertices() -> None:
    ring = [[n / 1e6, 0.0] for n in range(15_000)] + [[0.0, 0.0]]
    with pytest.raises(BoundaryInvalid, match="30002 of 20000"):
        shapes.size_of(Polygon(type="Polygon", coordinates=[ring, ring]))


async def test_it_lies_in_the_one_above(scene: Scene) -> None:
    await drawn(scene, "001001", square(0, 0, 10, 10))
    answer = await draw(scene, "001001001", square(8, 0, 4, 4))
    assert f"m² lie outside {scene.code('001001')}" in answer.json()["detail_en"]
    outside = float(answer.json()["detail_en"].split("possible: ")[1].split(" m²")[0].replace(",", ""))
    assert outside == pytest.approx(8 * 90.5 * 111, rel=0.01)
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    shrunk = await draw(scene, "001001", square(1, 1, 9, 9))
    assert "would be outside" in shrunk.json()["detail_en"]


async def test_neighbours_do_not_overlap(scene: Scene) -> None:
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    answer = await draw(scene, "001001002", square(3, 0, 4, 4))
    assert answer.status_code == 422
    overlap = float(answer.json()["detail_en"].split(" by ")[1].split(" m²")[0].replace(",", ""))
    assert overlap == pytest.approx(4 * 90.5 * 111, rel=0.01)
    await drawn(scene, "001001002", square(4, 0, 4, 4))  # a common side is none
    await drawn(scene, "001001002", square(3.9999, 0, 4, 4))  # nor is a line drawn by hand


def comb(teeth: int, *, across: bool) -> dict[str, Any]:
    """Valid, with four positions a tooth; one with its teeth across another crosses it everywhere."""
    side = 0.01
    ring: list[tuple[float, float]] = []
    for tooth in range(teeth):
        left, right = side * tooth / teeth, side * (tooth + 0.45) / teeth
        ring += [(left, side / 100), (left, side), (right, side), (right, side / 100)]
    ring += [(side, side / 100), (side, 0.0), (0.0, 0.0), ring[0]]
    return {"type": "Polygon", "coordinates": [[[112 + y, 35 + x] if across else [112 + x, 35 + y] for x, y in ring]]}


async def test_outlines_that_cross_everywhere_are_refused_at_once(scene: Scene) -> None:
    """To compute what 1,600 such corners have in common takes longer than anybody waits, and gigabytes."""
    await drawn(scene, "001001001", comb(400, across=False))
    answer = await draw(scene, "001001002", comb(400, across=True))
    assert (answer.status_code, answer.json()["code"]) == (422, "boundary_invalid")
    assert answer.json()["why_zh"] == "与“第一网格”的边界反复交错"


def test_two_surveys_of_one_border_are_not_entangled() -> None:
    def above(noise: int, far: int) -> Any:
        line = [(112 + step * 1e-6, 35 + (step * 7919 % 1000) * noise * 1e-9) for step in range(9000)]
        return Shape([*line, (112.009, far), (112, far)])

    one, other, same = above(1, 36), above(-1, 34), above(1, 34)
    assert [shapes.entangled(one, two) for two in (other, same, one)] == [False] * 3
    woven = [Shape(comb(400, across=across)["coordinates"][0]) for across in (False, True)]
    assert shapes.entangled(*woven)
    assert shapes.overlap_m2(*woven) == min(shapes.area_m2(comb) for comb in woven)
    with pytest.raises(BoundaryInvalid):
        shapes.together(woven)


async def test_an_exclusive_grid_lies_in_another(scene: Scene) -> None:
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    body = {"parent": scene.code("001001"), "kind": "grid", "name": "商圈专属网格", "premises": "shop"}
    made = await scene.do("POST", "places", body)
    await drawn(scene, made["code"].removeprefix(scene.district), square(1, 1))
    spot: dict[str, Any] = {"lon": WEST + 1.5 * STEP, "lat": SOUTH + 1.5 * STEP}
    found = (await scene.get("places/at", **spot)).json()
    assert found["grid"]["code"] == made["code"]
    assert [one["code"] for one in found["within"]] == [made["code"], scene.code("001001001")]


async def test_two_who_draw_at_once_do_not_overlap(scene: Scene) -> None:
    import asyncio  # noqa: PLC0415 - only here

    answers = await asyncio.gather(
        *(draw(scene, code, square(0, 0, 4, 4)) for code in ("001001001", "001001002")), return_exceptions=False
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 409], [200, 422])


async def test_what_it_was_is_kept(scene: Scene) -> None:
    async with moving(scene.service, scene.district) as work:
        today = work.today
    await drawn(scene, "001001", square(0, 0, 10, 10))
    await nights_pass(scene, 3)
    await drawn(scene, "001001", square(0, 0, 5, 5))
    await nights_pass(scene, 3)
    await scene.do("DELETE", f"places/{scene.code('001001')}/boundary")
    address = f"places/{scene.code('001001')}/boundary"
    answers = [await scene.get(address, on=(today - timedelta(days=days)).isoformat()) for days in (7, 4, 2)]
    assert [answer.status_code for answer in answers] == [404, 200, 200]
    areas = [answer.json()["properties"]["area_m2"] for answer in answers[1:]]
    assert areas[0] == pytest.approx(4 * areas[1], rel=0.001)
    assert (await scene.get(address)).status_code == 404
    again = await scene.send("DELETE", address)
    assert again.status_code == 404


async def test_only_who_may_draws(scene: Scene) -> None:
    worker = somebody(scene.district, Role.GRID_WORKER)
    address = f"places/{scene.code('001001')}/boundary"
    for method, body in (("PUT", {"geometry": square(0, 0)}), ("DELETE", None)):
        assert (await scene.send(method, address, body, worker)).status_code == 403
    outside = somebody(scene.district, Role.OPERATOR, "000100010002")
    assert (await scene.send("PUT", address, {"geometry": square(0, 0)}, outside)).status_code == 404


async def test_a_merge_joins_outlines(scene: Scene) -> None:
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    await drawn(scene, "001001002", square(4, 0, 4, 4))
    await scene.do("POST", f"places/{scene.code('001001001')}/merge", {"into": scene.code("001001002")})
    shown = await scene.place("001001002/boundary")
    assert shown["properties"]["area_m2"] == pytest.approx(32 * 90.5 * 111, rel=0.01)
    found = (await scene.get("places/at", lon=WEST + STEP, lat=SOUTH + STEP)).json()
    assert found["grid"]["code"] == scene.code("001001002")


# --- after a reorganisation ------------------------------------------------------------------------------------------


async def faults(scene: Scene, code: str) -> list[tuple[str, str, str]]:
    found = (await scene.place(f"{code}/boundary-faults"))["items"]
    return [(one["kind"], one["code"], one["other"]) for one in found]


async def test_a_move_is_not_refused_for_the_map_and_says_what_to_draw(scene: Scene) -> None:
    """Neither community could be drawn anew before the grid has gone; afterwards both can, one after the other."""
    left, joined, grid = "001001", "001002", "001001001"
    await drawn(scene, left, square(0, 0, 10, 10))
    await drawn(scene, joined, square(10, 0, 10, 10))
    await drawn(scene, grid, square(8, 0, 2, 4))
    assert (await draw(scene, left, square(0, 0, 8, 10))).status_code == 422
    assert (await draw(scene, joined, square(8, 0, 12, 10))).status_code == 422
    await scene.do("POST", f"places/{scene.code(grid)}/move", {"parent": scene.code(joined)})
    assert await faults(scene, joined) == [("outside", scene.code(grid), scene.code(joined))]
    assert await faults(scene, left) == []
    [fault] = (await scene.place("001/boundary-faults"))["items"]
    assert fault["area_m2"] == pytest.approx(8 * 90.5 * 111, rel=0.01)
    await drawn(scene, left, square(0, 0, 8, 10))
    await drawn(scene, joined, square(8, 0, 12, 10))
    assert await faults(scene, "001") == []


async def test_a_merge_over_a_border_and_neighbours_that_overlap_are_named(scene: Scene) -> None:
    await drawn(scene, "001001", square(0, 0, 10, 10))
    await drawn(scene, "001002", square(10, 0, 10, 10))
    other = await scene.do("POST", "places", {"parent": scene.code("001002"), "kind": "grid", "name": "对面网格"})
    mine = other["code"].removeprefix(scene.district)
    await drawn(scene, mine, square(10, 0, 4, 4))
    await drawn(scene, "001001001", square(6, 0, 4, 4))
    await drawn(scene, "001001002", square(0, 0, 4, 4))
    await scene.do("POST", f"places/{other['code']}/merge", {"into": scene.code("001001001")})
    assert await faults(scene, "001") == [("outside", scene.code("001001001"), scene.code("001001"))]
    async with scene.service.db.connection() as connection:  # as a place with an outline of its own comes in by a move
        await connection.execute(
            "UPDATE hierarchy.boundaries SET shape = (SELECT shape FROM hierarchy.boundaries WHERE district = $1 AND"
            " place_id = (SELECT id FROM hierarchy.places WHERE district = $1 AND code = $2) AND until IS NULL)"
            " WHERE district = $1 AND until IS NULL AND kind = 'grid'", scene.district, scene.code("001001002"),
        )  # fmt: skip
    pair = (scene.code("001001001"), scene.code("001001002"))
    assert await faults(scene, "001001") == [("overlap", *pair)]
    neighbour = somebody(scene.district, Role.GRID_WORKER, "000100010002")
    assert (await scene.get(f"places/{scene.code('001001')}/boundary-faults", neighbour)).status_code == 404


# --- coordinates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
async def test_what_was_drawn_on_another_map(scene: Scene, crs: str) -> None:
    plain = square(0, 0, 4, 4)
    shift = gcj02_of_wgs84 if crs == "gcj02" else lambda x, y: bd09_of_gcj02(*gcj02_of_wgs84(x, y))
    moved = [[list(shift(x, y)) for x, y in plain["coordinates"][0]]]
    shown = await drawn(scene, "001001001", {"type": "Polygon", "coordinates": moved}, crs=crs)
    for given, got in zip(moved[0], shown["geometry"]["coordinates"][0], strict=True):
        assert got == pytest.approx(given, abs=1e-7) or shown["properties"]["crs"] == crs
    stored = await scene.place("001001001/boundary")
    corners = {tuple(round(v, 6) for v in corner) for corner in stored["geometry"]["coordinates"][0]}
    assert corners == {tuple(round(v, 6) for v in corner) for corner in plain["coordinates"][0]}
    spot = shift(WEST + STEP, SOUTH + STEP)
    found = (await scene.get("places/at", lon=spot[0], lat=spot[1], crs=crs)).json()
    assert found["grid"]["code"] == scene.code("001001001")


# --- points and the map -----------------------------------------------------------------------------------------------


async def test_points(scene: Scene) -> None:
    await drawn(scene, "001001", square(0, 0, 10, 10))
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    spots = [(1, 1), (7, 7), (50, 50)]
    points: list[dict[str, Any]] = [{"lon": WEST + x * STEP, "lat": SOUTH + y * STEP} for x, y in spots]
    found = (await scene.do("POST", "places/at", {"points": points}))["points"]
    assert [(one["place"] or {}).get("code") for one in found] == [scene.code("001001001"), scene.code("001001"), None]
    assert [one["grid"] is None for one in found] == [False, True, True]
    neighbour = somebody(scene.district, Role.GRID_WORKER, "000100010002")
    unseen = (await scene.send("POST", "places/at", {"points": points}, neighbour)).json()["points"]
    assert [one["place"] for one in unseen] == [None, None, None]
    resident = somebody(scene.district, Role.RESIDENT, "000100010001")
    shown = (await scene.get("places/at", resident, **points[0])).json()
    assert (shown["grid"]["code"], shown["responsible"]) == (scene.code("001001001"), None)
    shown = (await scene.get("places/at", **points[0])).json()
    assert shown["responsible"]["place"]["code"] == scene.code("001001001")
    assert (await scene.get("places/at", lon=200, lat=0)).status_code == 422


async def test_the_map(scene: Scene) -> None:
    await drawn(scene, "001001001", square(0, 0, 4, 4))
    await scene.do("PATCH", f"places/{scene.code('001001002')}", {"households": 310, "residents": 800})
    home = {"parent": scene.code("001001001-B01-U01"), "kind": "household", "name": "101室"}
    await scene.do("POST", "places", home)
    page = await scene.place("001001/map", limit=1)
    assert (page["type"], len(page["features"])) == ("FeatureCollection", 1)
    [first] = page["features"]
    assert first["geometry"]["type"] == "Polygon"
    assert (first["properties"]["households"], first["properties"]["open_tickets"]) == (1, None)
    second = await scene.place("001001/map", limit=1, cursor=page["next"])
    assert (second["features"][0]["geometry"], second["next"]) == (None, None)
    assert second["features"][0]["properties"]["households"] == 310


def test_geojson_of_a_hole() -> None:
    outer, inner = Shape([(0, 0), (9, 0), (9, 9), (0, 9)]), Shape([(3, 3), (6, 3), (6, 6), (3, 6)])
    shape = outer.difference(inner)
    shown = shapes.geojson(shapes.stored(shape)["shape"], "wgs84")
    assert Shape(*_rings(shown)).equals(shape)
    assert mapping(shape)["type"] == shown["type"]
    hit = shapes.which([(1, 1), (4, 4)], [shapes.stored(shape)["shape"]])
    assert hit == [[0], []]


def _rings(shown: dict[str, Any]) -> tuple[Any, Any]:
    return shown["coordinates"][0], shown["coordinates"][1:]
