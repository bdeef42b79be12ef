"""Use cases of boundaries: outlines with their checks and their past, and what lies at a point."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.hierarchy.boundaries import queries as q
from services.hierarchy.boundaries import shapes
from services.hierarchy.boundaries.inputs import Crs, PutBoundary, Spot
from services.hierarchy.boundaries.refusals import BoundaryInvalid
from services.hierarchy.boundaries.rules import outside_allowed, overlap_allowed, to_wgs84
from services.hierarchy.boundaries.shapes import Shape
from services.hierarchy.boundaries.views import AtPoint, Boundary, FoundPoint, FoundPoints, Outline
from services.hierarchy.places import history, lifecycle
from services.hierarchy.places import service as places
from services.hierarchy.places.rules import KINDS
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.paths import WIDTH, chain
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.work import Work
from shared.schemas.hierarchy import ResponsibilityChain

_MOST = 5000
_SHOWN = 5


# --- one outline -----------------------------------------------------------------------------------------------


async def put(work: Work, code: str, given: PutBoundary) -> UUID:
    """Gives a place its outline from now on; the place's id. BoundaryInvalid: what is wrong, where, how much."""
    size = shapes.size_of(given.geometry)
    shape = await shapes.off_loop(size, shapes.read, given.geometry, given.crs)
    await work.begin()
    place = await lifecycle.locked(work, code)
    await _check(work, place, shape, size)
    await _write(work, place, shape, given.crs, "put")
    return UUID(str(place["id"]))


async def _write(work: Work, place: Row, shape: Shape, crs: Crs, why: str) -> None:
    values, at = shapes.stored(shape), await history.clock(work)
    facts = {"code": place["code"], "area_m2": round(values["area_m2"]), "vertices": values["vertices"], "why": why}
    known = {"place_id": place["id"], "at": at}
    await work.all(q.END, **known)
    entry = Entry("place", "boundary", data={**facts, "given_as": crs})
    if await work.write(q.BEGUN, entry, **known, **values, new_id=new_id(), kind=place["kind"], given_as=crs) is None:
        raise Conflict


async def remove(work: Work, code: str) -> UUID:
    """Takes a place's outline away; what it was is kept. NotFound where there is none."""
    await work.begin()
    place = await lifecycle.locked(work, code)
    entry = Entry("place", "boundary_removed", data={"code": code})
    at = await history.clock(work)
    if await work.write(q.ENDED, entry, place_id=place["id"], at=at) is None:
        raise NotFound
    return UUID(str(place["id"]))


async def read(work: Work, code: str, crs: Crs, on: date | None) -> Boundary:
    """The outline of a place, now or at the end of a past day. NotFound, Forbidden, PlaceGone."""
    if on is None or on >= work.today:
        place = await places.seen(work, code)
        row = await work.one(q.CURRENT, place_id=place["id"])
        return _shown(row, code, place["name"], place["full_name"], crs)
    [was, *_] = await history.line_on(work, code, on, Permission.PLACES_READ)
    row = await work.one(q.AT_MOMENT, place_id=was.id, at=history.end_of(on))
    return _shown(row, code, was.name, was.full_name, crs)


async def again(work: Work, place: UUID, crs: Crs) -> Boundary:
    """The current outline, whoever asks."""
    row = await places.by_id(work, place)
    return _shown(await work.one(q.CURRENT, place_id=place), row["code"], row["name"], row["full_name"], crs)


def _shown(row: Row | None, code: str, name: str, full_name: str, crs: Crs) -> Boundary:
    if row is None:
        raise NotFound
    known = {name: row[name] for name in ("kind", "area_m2", "vertices", "given_as", "since", "until")}
    outline = Outline(code=code, name=name, full_name=full_name, crs=crs, **known)
    return Boundary(id=code, geometry=shapes.geojson(row["shape"], crs), properties=outline)


async def current(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """The outlines of places that have one."""
    return {row["place_id"]: row for row in await work.all(q.OF, places=list(ids))}


async def join(work: Work, place: UUID, heir: Row) -> None:
    """A place became part of another: where both have an outline, the two together are the other's."""
    there = await current(work, [place, heir["id"]])
    if place in there and heir["id"] in there:
        both = [shapes.load(row["shape"]) for row in there.values()]
        await _write(work, heir, shapes.together(both), "wgs84", "merge")
    await leave(work, place)


async def leave(work: Work, place: UUID) -> None:
    """A place is gone: so is its outline."""
    await work.all(q.END, place_id=place, at=await history.clock(work))


# --- checks ----------------------------------------------------------------------------------------------------


async def _check(work: Work, place: Row, shape: Shape, size: int) -> None:
    above = await _nearest_above(work, place)
    beside = await _beside(work, place, shape)
    below = await _meeting(work, await places.directly_below(work, place["path"], None, _MOST), None)
    heavy = size + sum(row["vertices"] for _, row in [*above, *beside, *below])
    faults = await shapes.off_loop(heavy, _faults, shape, above, beside, below)
    if faults:
        more = f" …+{len(faults) - _SHOWN}" if len(faults) > _SHOWN else ""
        zh, en = ("；".join(fault[0] for fault in faults[:_SHOWN]), "; ".join(fault[1] for fault in faults[:_SHOWN]))
        raise BoundaryInvalid(why_zh=zh + more, why_en=en + more)


Neighbours = Sequence[tuple[Row, Row]]  # a place and its outline


def _faults(shape: Shape, above: Neighbours, beside: Neighbours, below: Neighbours) -> list[tuple[str, str]]:
    for place, row in (*above, *beside, *below):
        if shapes.entangled(shape, shapes.load(row["shape"])):
            return [(f"与“{place['name']}”的边界反复交错", f"it crosses the outline of {place['code']} over and over")]
    area = shapes.area_m2(shape)
    faults: list[tuple[str, str]] = []
    for place, row in above:
        out = shapes.outside_m2(shape, shapes.load(row["shape"]))
        if out > outside_allowed(area):
            zh, en = f"有 {out:,.0f} 平方米在上级“{place['name']}”之外", f"{out:,.0f} m² lie outside {place['code']}"
            faults.append((zh, f"{en}, in which it lies"))
    for place, row in beside:
        both = shapes.overlap_m2(shape, shapes.load(row["shape"]))
        if both > overlap_allowed(min(area, row["area_m2"])):
            faults.append(
                (f"与“{place['name']}”重叠 {both:,.0f} 平方米", f"it overlaps {place['code']} by {both:,.0f} m²")
            )
    for place, row in below:
        out = shapes.outside_m2(shapes.load(row["shape"]), shape)
        if out > outside_allowed(row["area_m2"]):
            zh = f"下级“{place['name']}”有 {out:,.0f} 平方米在外"
            faults.append((zh, f"{out:,.0f} m² of {place['code']}, which lies in it, would be outside"))
    return faults


async def _nearest_above(work: Work, place: Row) -> list[tuple[Row, Row]]:
    """The nearest place above that has an outline."""
    found = await places.rows_at(work, chain(place["path"][:-WIDTH]))
    outlines = await current(work, [row["id"] for row in found])
    with_one = sorted((row for row in found if row["id"] in outlines), key=lambda row: len(row["path"]))
    return [(row, outlines[row["id"]]) for row in with_one[-1:]]


async def _beside(work: Work, place: Row, shape: Shape) -> list[tuple[Row, Row]]:
    """Places of the same kind in the same one whose boxes meet; an exclusive grid is no neighbour."""
    rows = await places.directly_below(work, place["path"][:-WIDTH], place["kind"], _MOST)
    like = [row for row in rows if row["id"] != place["id"] and exclusive(row) == exclusive(place)]
    return await _meeting(work, like, shape)


async def _meeting(work: Work, rows: Sequence[Row], shape: Shape | None) -> list[tuple[Row, Row]]:
    by_id = {row["id"]: row for row in rows}
    if shape is None:
        found = list((await current(work, by_id)).values())
    else:
        west, south, east, north = shape.bounds
        box = {"west": west, "south": south, "east": east, "north": north}
        found = await work.all(q.MEETING, places=list(by_id), **box)
    return [(by_id[row["place_id"]], row) for row in found]


def exclusive(place: Row) -> bool:
    """Whether a grid is an exclusive one (专属网格)."""
    return bool(place["attributes"].get("grid_kind") == "exclusive")


# --- points ----------------------------------------------------------------------------------------------------


async def at(work: Work, vault: Vault, spot: Spot, crs: Crs, category: str) -> AtPoint:
    """What lies at a point, and who answers for it today. UnknownCategory."""
    [held] = await _located(work, [spot], crs)
    found = _found(spot, held)
    chosen = found.grid or found.place
    responsible: ResponsibilityChain | None = None
    if chosen is not None and work.actor.may(Permission.RESPONSIBILITY_READ, chosen.path):
        responsible = await responsibility.chain(work, vault, chosen.code, category, work.today)
    return AtPoint(**dict(found), within=[lifecycle.ref(place) for place in held], responsible=responsible)


async def at_points(work: Work, spots: Sequence[Spot], crs: Crs) -> FoundPoints:
    """What lies at each of many points."""
    located = await _located(work, spots, crs)
    return FoundPoints(points=[_found(spot, held) for spot, held in zip(spots, located, strict=True)])


def _found(spot: Spot, held: Sequence[Row]) -> FoundPoint:
    grids = sorted((place for place in held if place["kind"] == "grid"), key=lambda place: not exclusive(place))
    grid, place = (lifecycle.ref(rows[0]) if rows else None for rows in (grids, held))
    return FoundPoint(lon=spot.lon, lat=spot.lat, place=place, grid=grid)


async def _located(work: Work, spots: Sequence[Spot], crs: Crs) -> list[list[Row]]:
    """For each point the places whose outlines hold it and that the caller may see, the smallest first."""
    convert = to_wgs84(crs)
    points = [convert(spot.lon, spot.lat) for spot in spots]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    rows = await work.all(q.AROUND, lons=lons, lats=lats, kinds=list(KINDS), limit=_MOST)
    there = {row["id"]: row for row in await places.rows_of(work, [row["place_id"] for row in rows])}
    rows = [row for row in rows if row["place_id"] in there and places.visible(work.actor, there[row["place_id"]])]
    heavy = sum(row["vertices"] for row in rows) + len(points)
    hits = await shapes.off_loop(heavy, shapes.which, points, [row["shape"] for row in rows])
    return [[there[rows[number]["place_id"]] for number in sorted(held)] for held in hits]
