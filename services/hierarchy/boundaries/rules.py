"""Coordinates: what Chinese maps give is not WGS 84. And how much two outlines may disagree. Pure.

GCJ-02 (Amap, Tencent, and by law every map in mainland China) shifts WGS 84; BD-09 (Baidu) shifts GCJ-02 once more. The
formulas are the ones that are publicly known (as in googollee/eviltransform and hujiulong/gcoord); against what Amap's
and Baidu's own services answer they were found 0.2 and 0.7 metres off, so count on a metre. Back there is no formula:
repeated corrections lead to well below a millimetre of where the shift came from. `tests/hierarchy/test_coordinates.py`
has the pairs and their sources. A library would bring the same formulas, coarser ways back, and wrong ones for BD-09.
"""

from collections.abc import Callable
from math import atan2, cos, pi, sin, sqrt
from typing import Literal

Crs = Literal["wgs84", "gcj02", "bd09"]
Point = tuple[float, float]  # longitude, latitude

MOST_VERTICES = 20_000
_OUTSIDE_M2, _OVERLAP_M2, _SHARE = 100.0, 20.0, 0.001
_A, _EE = 6378245.0, 0.00669342162296594323  # the ellipsoid of Krasovsky 1940
_X_PI = pi * 3000.0 / 180.0
_CORRECTIONS, _CLOSE = 30, 1e-11


def outside_allowed(area_m2: float) -> float:
    """How much of a place may lie outside the one above, in square metres: lines are drawn by hand."""
    return max(_OUTSIDE_M2, area_m2 * _SHARE)


def overlap_allowed(area_m2: float) -> float:
    """How much two neighbours may overlap; `area_m2` is the smaller one's."""
    return max(_OVERLAP_M2, area_m2 * _SHARE)


def in_china(lon: float, lat: float) -> bool:
    """Where the shift is applied: the box that the published formula names."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271  # noqa: PLR2004 - the box


def to_wgs84(crs: Crs) -> Callable[[float, float], Point]:
    """What makes WGS 84 of coordinates given in `crs`."""
    return {"wgs84": _same, "gcj02": wgs84_of_gcj02, "bd09": _wgs84_of_bd09}[crs]


def from_wgs84(crs: Crs) -> Callable[[float, float], Point]:
    """What makes coordinates in `crs` of WGS 84."""
    return {"wgs84": _same, "gcj02": gcj02_of_wgs84, "bd09": _bd09_of_wgs84}[crs]


def _same(lon: float, lat: float) -> Point:
    return lon, lat


def gcj02_of_wgs84(lon: float, lat: float) -> Point:
    """WGS 84 to GCJ-02; outside China nothing is shifted."""
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    root, waves = sqrt(abs(x)), 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = lat / 180.0 * pi
    magic = 1.0 - _EE * sin(angle) ** 2
    up = north * 180.0 / (_A * (1.0 - _EE) / (magic * sqrt(magic)) * pi)
    right = east * 180.0 / (_A / sqrt(magic) * cos(angle) * pi)
    return lon + right, lat + up


def wgs84_of_gcj02(lon: float, lat: float) -> Point:
    """GCJ-02 to WGS 84, by corrections until the shift leads back to where it came from."""
    if not in_china(lon, lat):
        return lon, lat
    return _corrected(gcj02_of_wgs84, (lon, lat), (lon, lat))


def _corrected(shift: Callable[[float, float], Point], target: Point, guess: Point) -> Point:
    """The point that the shift brings to the target, from a guess nearby."""
    (lon, lat), (x, y) = target, guess
    for _ in range(_CORRECTIONS):
        there = shift(x, y)
        dx, dy = there[0] - lon, there[1] - lat
        x, y = x - dx, y - dy
        if abs(dx) < _CLOSE and abs(dy) < _CLOSE:
            break
    return x, y


def bd09_of_gcj02(lon: float, lat: float) -> Point:
    """GCJ-02 to BD-09."""
    z = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _X_PI)
    theta = atan2(lat, lon) + 0.000003 * cos(lon * _X_PI)
    return z * cos(theta) + 0.0065, z * sin(theta) + 0.006


def gcj02_of_bd09(lon: float, lat: float) -> Point:
    """BD-09 to GCJ-02, corrected until it leads back."""
    return _corrected(bd09_of_gcj02, (lon, lat), (lon - 0.0065, lat - 0.006))


def _wgs84_of_bd09(lon: float, lat: float) -> Point:
    return wgs84_of_gcj02(*gcj02_of_bd09(lon, lat))


def _bd09_of_wgs84(lon: float, lat: float) -> Point:
    return bd09_of_gcj02(*gcj02_of_wgs84(lon, lat))
