"""Boundaries, points and the map over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.hierarchy.boundaries import checking, live, service
from services.hierarchy.boundaries.inputs import Crs, Lat, LocatePoints, Lon, PutBoundary, Spot
from services.hierarchy.boundaries.views import AtPoint, Boundary, BoundaryFaults, FoundPoints, PlaceMap
from services.hierarchy.places.inputs import PlaceCode, PlaceKind
from shared.kernel.days import Day
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.pages import Cursor
from shared.schemas.base import View

router = api_router(tags=["边界 Boundaries"])
TAG = {
    "name": "边界 Boundaries",
    "description": "地图上的轮廓、某处属于哪里、网格地图。 Outlines, what lies at a point, the map of grids.",
}
Shown = Annotated[Crs, Query(description="The coordinates wanted; WGS 84 without it (坐标系).")]


class Removed(View):
    """The outline is gone."""

    code: str


@router.get("/places/at", summary="定位 What lies at a point, and who answers for it")
async def place_locate(
    work: Reading,
    running: TheService,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    crs: Annotated[Crs, Query(description="What the point was given in (坐标系).")] = "wgs84",
    category: Annotated[
        str, Query(max_length=8, description="Category of the matter (诉求类别).", examples=["JC05"])
    ] = "JC",
) -> AtPoint:
    """Point → grid → responsible people: the smallest place whose boundary holds the point, its grid, and the chain of
    those who answer for the grid today. Where nothing the caller may see was found, the fields are null.
    """
    return await service.at(work, running.vault, Spot(lon=lon, lat=lat), crs, category)


@router.post("/places/at", summary="批量定位 What lies at many points")
async def place_locate_many(given: LocatePoints, work: Reading) -> FoundPoints:
    """Up to 500 points at once, answered in their order."""
    return await service.at_points(work, given.points, given.crs)


@router.get("/places/{code}/boundary", summary="边界 The boundary of a place", responses={410: {}})
async def boundary_read(
    code: PlaceCode,
    work: Reading,
    crs: Shown = "wgs84",
    on: Annotated[Day | None, Query(description="As it was at the end of that day (历史日期).")] = None,
) -> Boundary:
    """A GeoJSON feature (RFC 7946). In other coordinates than WGS 84 it is one for maps that expect them."""
    return await service.read(work, code, crs, on)


@router.put("/places/{code}/boundary", summary="划定边界 Draw the boundary of a place")
async def boundary_put(code: PlaceCode, given: PutBoundary, work: Writing) -> Boundary:
    """A Polygon or MultiPolygon in WGS 84, GCJ-02 or BD-09. Needs `places.manage`. What it was before is kept.

    422 `boundary_invalid` says what is wrong and where: a line that crosses itself, a part outside the place above, an
    overlap with a neighbour of the same kind in square metres (up to 20 m² or a thousandth is forgiven), a place below
    that would lie outside. An exclusive grid (专属网格) may lie inside an ordinary one.
    """
    return await work.made(lambda: service.put(work, code, given), lambda place: service.again(work, place, given.crs))


@router.delete("/places/{code}/boundary", summary="删除边界 Remove the boundary of a place")
async def boundary_remove(code: PlaceCode, work: Writing) -> Removed:
    """The place has no boundary from now on; what it was is kept (`on`). 404 where there is none."""

    async def shown(_: UUID) -> Removed:
        return Removed(code=code)

    return await work.made(lambda: service.remove(work, code), shown)


@router.get("/places/{code}/boundary-faults", summary="边界检查 Outlines that contradict each other")
async def boundary_faults(code: PlaceCode, work: Reading) -> BoundaryFaults:
    """At the place and everywhere below: outlines that leave the nearest one above, and neighbours of a kind that
    overlap, by more than drawing forgives. A reorganisation (移动、合并、拆分) is never refused for what is on the map,
    because what lies above can only be drawn anew afterwards: so ask here after one, and draw what is named. First
    the place that was left, then the one that was joined.
    """
    return await checking.faults(work, code)


@router.get("/places/{code}/map", summary="网格地图 The map of grids with live counts")
async def place_map(
    code: PlaceCode,
    work: Reading,
    running: TheService,
    kind: PlaceKind = "grid",
    crs: Shown = "wgs84",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Features per page.")] = 200,
) -> PlaceMap:
    """The places of a kind at and below one, as a GeoJSON feature collection with what there is at this moment:
    households, residents, posts held and vacant, open appeals (null while tickets cannot be asked).
    """
    return await live.plan(work, running.clients["tickets"], code, kind, crs, cursor, limit)
