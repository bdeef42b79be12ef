"""What outlines at a place and below say against each other: after a move, a merge or a split nobody has drawn anew.

A reorganisation is not refused for what is on the map: the grid that goes to another community lies outside it until
both communities are drawn anew, and neither can be drawn before the grid has gone. So it is reported here instead.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from services.hierarchy.boundaries import service, shapes
from services.hierarchy.boundaries.rules import outside_allowed, overlap_allowed
from services.hierarchy.boundaries.views import BoundaryFault, BoundaryFaults
from services.hierarchy.places import service as places
from shared.kernel.paths import WIDTH, chain
from shared.runtime.db import Row
from shared.runtime.work import Work

_SHOWN = 500
Drawn = tuple[Row, Row]  # a place and its outline


async def faults(work: Work, code: str) -> BoundaryFaults:
    """Outlines that leave the nearest one above them, and neighbours that overlap. NotFound, Forbidden."""
    top = await places.seen(work, code)
    known = [row["id"] for row in await places.facts(work, top["path"])]
    outlines = await service.current(work, known)
    rows = await places.rows_of(work, outlines)
    drawn = [(row, outlines[row["id"]]) for row in sorted(rows, key=lambda row: str(row["path"]))]
    heavy = sum(outline["vertices"] for _, outline in drawn)
    found = await shapes.off_loop(heavy, _all, drawn)
    return BoundaryFaults(code=code, outlines=len(drawn), count=len(found), items=found[:_SHOWN])


def _all(drawn: Sequence[Drawn]) -> list[BoundaryFault]:
    return [*_outside(drawn), *_overlapping(drawn)]


def _outside(drawn: Sequence[Drawn]) -> Iterator[BoundaryFault]:
    by_path = {row["path"]: (row, shapes.load(outline["shape"])) for row, outline in drawn}
    for row, outline in drawn:
        above = next((by_path[path] for path in reversed(chain(row["path"][:-WIDTH])) if path in by_path), None)
        if above is None:
            continue
        out = shapes.outside_m2(by_path[row["path"]][1], above[1])
        if out > outside_allowed(outline["area_m2"]):
            yield _fault("outside", row, above[0], out)


def _overlapping(drawn: Sequence[Drawn]) -> Iterator[BoundaryFault]:
    """Of one kind in one place; an exclusive grid is no neighbour of an ordinary one."""
    beside: defaultdict[tuple[str, str, bool], list[Drawn]] = defaultdict(list)
    for row, outline in drawn:
        beside[row["path"][:-WIDTH], row["kind"], service.exclusive(row)].append((row, outline))
    for group in beside.values():
        for one, other, both in shapes.overlaps([outline["shape"] for _, outline in group]):
            if both > overlap_allowed(min(group[one][1]["area_m2"], group[other][1]["area_m2"])):
                yield _fault("overlap", group[one][0], group[other][0], both)


def _fault(kind: str, row: Row, other: Row, area: float) -> BoundaryFault:
    if kind == "outside":
        zh, en = f"有 {area:,.0f} 平方米在“{other['name']}”之外", f"{area:,.0f} m² lie outside {other['code']}"
    else:
        zh, en = f"与“{other['name']}”重叠 {area:,.0f} 平方米", f"it overlaps {other['code']} by {area:,.0f} m²"
    return BoundaryFault(
        kind=kind, code=row["code"], name=row["name"], other=other["code"], area_m2=round(area), zh=zh, en=en
    )
