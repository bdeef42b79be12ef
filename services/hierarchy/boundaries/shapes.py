"""Outlines: the one file that computes with them. What is big goes to a thread; Shapely lets others run meanwhile."""

import asyncio
import re
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from math import cos, radians
from typing import Any, ParamSpec, TypeAlias, TypeVar

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from services.hierarchy.boundaries.inputs import MultiPolygon, Polygon
from services.hierarchy.boundaries.refusals import BoundaryInvalid
from services.hierarchy.boundaries.rules import MOST_VERTICES, Crs, from_wgs84, to_wgs84

Shape: TypeAlias = BaseGeometry
P = ParamSpec("P")
T = TypeVar("T")
BIG = 500  # vertices from which a computation leaves the event loop
_AT = re.compile(r"^(?P<what>[^\[]*)(?:\[(?P<where>[^\]]*)\])?$")
_FAULTS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "内环在外环之外",
    "Holes are nested": "内环相互嵌套",
    "Interior is disconnected": "内部不连通",
    "Nested shells": "外环相互嵌套",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "环的顶点过少",
    "Invalid Coordinate": "坐标无效",
}
_MOST_CROSSINGS = 10_000  # two surveys of one line of 20,000 points cross half as often
_AT_ONCE = 16
_DIGITS = 8  # of a degree: a millimetre


async def off_loop(vertices: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs it here, or in a thread where it is big."""
    if vertices < BIG:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def size_of(given: Polygon | MultiPolygon) -> int:
    """How many positions it has. BoundaryInvalid for too many."""
    parts = [given.coordinates] if isinstance(given, Polygon) else given.coordinates
    count = sum(len(ring) for rings in parts for ring in rings)
    if count > MOST_VERTICES:
        raise BoundaryInvalid(
            why_zh=f"顶点 {count} 个，上限 {MOST_VERTICES}", why_en=f"{count} of {MOST_VERTICES} vertices"
        )
    return count


def read(given: Polygon | MultiPolygon, crs: Crs) -> Shape:
    """The outline in WGS 84. BoundaryInvalid names what is wrong with it, and where."""
    convert = to_wgs84(crs)
    parts = [given.coordinates] if isinstance(given, Polygon) else given.coordinates
    polygons = []
    for rings in parts:
        shell, *holes = [_ring(ring, convert) for ring in rings]
        polygons.append(shapely.Polygon(shell, holes))
    shape: Shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    if not shape.is_valid:
        raise _invalid(str(shapely.is_valid_reason(shape)))
    return shapely.orient_polygons(shape, exterior_cw=False)


def _ring(
    ring: Sequence[Sequence[float]], convert: Callable[[float, float], tuple[float, float]]
) -> list[tuple[float, float]]:
    for position in ring:
        if not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):  # noqa: PLR2004 - the globe
            where = f"[{position[0]}, {position[1]}]"
            zh, en = f"坐标超出范围 {where}，应为 [经度, 纬度]", f"{where} is not [longitude, latitude]"
            raise BoundaryInvalid(why_zh=zh, why_en=en)
    if ring[0][:2] != ring[-1][:2]:
        zh, en = "环未闭合：首尾坐标应相同", "a ring is not closed: it must end where it begins"
        raise BoundaryInvalid(why_zh=zh, why_en=en)
    return [convert(position[0], position[1]) for position in ring]


def _invalid(reason: str) -> BoundaryInvalid:
    found = _AT.match(reason)
    what, where = (found["what"].strip(), found["where"]) if found else (reason, None)
    zh, at = _FAULTS.get(what, "图形无效"), f" ({', '.join(where.split())}, WGS 84)" if where else ""
    return BoundaryInvalid(why_zh=zh + at, why_en=what + at)


def area_m2(shape: Shape) -> float:
    """Its area on the ground, exact enough for a district: the metres of a degree at its middle."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    lat = radians((south + north) / 2)
    up = 111132.954 - 559.822 * cos(2 * lat) + 1.175 * cos(4 * lat)
    right = 111412.84 * cos(lat) - 93.5 * cos(3 * lat) + 0.118 * cos(5 * lat)
    return float(shape.area) * up * right


def entangled(one: Shape, other: Shape) -> bool:
    """Whether two outlines cross so often that no boundary does: to compute with them would take minutes."""
    if shapely.get_num_coordinates(one) * shapely.get_num_coordinates(other) <= _MOST_CROSSINGS:
        return False
    few, many = sorted((_segments(one), _segments(other)), key=len)
    tree, crossings = shapely.STRtree(many), 0
    for start in range(0, len(few), _AT_ONCE):
        crossings += len(tree.query(few[start : start + _AT_ONCE], predicate="crosses").T)
        if crossings > _MOST_CROSSINGS:
            return True
    return False


def _segments(shape: Shape) -> Any:  # noqa: ANN401 - NumPy's array, which Shapely wants
    rings = [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(shapely.get_parts(shape))]
    return shapely.linestrings([pair for ring in rings for pair in pairwise(ring)])


def outside_m2(inner: Shape, outer: Shape) -> float:
    """How much of one lies outside the other; all of it, where they are entangled."""
    return area_m2(inner if entangled(inner, outer) else shapely.difference(inner, outer))


def overlap_m2(one: Shape, other: Shape) -> float:
    """How much two have in common; as much as they can, where they are entangled."""
    if entangled(one, other):
        return min(area_m2(one), area_m2(other))
    return area_m2(shapely.intersection(one, other))


def overlaps(wkbs: Sequence[bytes]) -> list[tuple[int, int, float]]:
    """Which two of the stored outlines have something in common, and how much."""
    loaded = shapely.from_wkb(list(wkbs))
    pairs = shapely.STRtree(loaded).query(loaded, predicate="intersects").T.tolist() if len(loaded) else []
    return [(one, other, overlap_m2(loaded[one], loaded[other])) for one, other in sorted(pairs) if one < other]


def together(shapes: Sequence[Shape]) -> Shape:
    """Several outlines as one; what has no width where they meet is left out. BoundaryInvalid if entangled."""
    if any(entangled(one, other) for one, other in combinations(shapes, 2)):
        raise BoundaryInvalid(why_zh="两处边界反复交错，请先更正", why_en="the outlines cross each other too often")
    joined = shapely.union_all(list(shapes))
    parts = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon"]
    return shapely.orient_polygons(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts), exterior_cw=False)


def stored(shape: Shape) -> dict[str, Any]:
    """The columns that hold it."""
    west, south, east, north = shape.bounds
    return {
        "shape": shapely.to_wkb(shape), "west": west, "south": south, "east": east, "north": north,
        "area_m2": area_m2(shape), "vertices": int(shapely.get_num_coordinates(shape)),
    }  # fmt: skip


def load(wkb: bytes) -> Shape:
    """An outline that was stored."""
    return shapely.from_wkb(wkb)


def geojson(wkb: bytes, crs: Crs) -> dict[str, Any]:
    """A stored outline as GeoJSON, in the coordinates asked for."""
    convert, shape = from_wgs84(crs), mapping(load(wkb))

    def ring(positions: Sequence[Sequence[float]]) -> list[list[float]]:
        return [[round(value, _DIGITS) for value in convert(x, y)] for x, y in positions]

    if shape["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [ring(one) for one in shape["coordinates"]]}
    return {"type": "MultiPolygon", "coordinates": [[ring(one) for one in part] for part in shape["coordinates"]]}


def which(points: Sequence[tuple[float, float]], shapes: Sequence[bytes]) -> list[list[int]]:
    """For each point, which of the outlines hold it; a point on the line belongs to both sides."""
    loaded = shapely.from_wkb(list(shapes))
    found: list[list[int]] = [[] for _ in points]
    if not len(loaded):
        return found
    tree = shapely.STRtree(loaded)
    dots = shapely.points([point[0] for point in points], [point[1] for point in points])
    for point, shape in tree.query(dots, predicate="covered_by").T.tolist():
        found[point].append(shape)
    return found
