"""The map of a place: its grids with what there is in them at this moment."""

from collections.abc import Sequence

from services.hierarchy.appointments import service as appointments
from services.hierarchy.boundaries import service, shapes
from services.hierarchy.boundaries.inputs import Crs
from services.hierarchy.boundaries.views import Live, Mark, PlaceMap, PostHolders
from services.hierarchy.places import service as places
from shared.kernel.rights import Permission
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, ServiceClient
from shared.runtime.db import Row
from shared.runtime.web.pages import encode
from shared.runtime.work import Work
from shared.schemas.places import OpenCounted, OpenCounts


async def plan(
    work: Work, tickets: ServiceClient, code: str, kind: str, crs: Crs, cursor: str | None, limit: int
) -> PlaceMap:
    """A page of the places of one kind at and below a place, with outlines and counts."""
    top = await places.seen(work, code)
    rows = await places.kind_below(work, top["path"], kind, cursor, limit + 1)
    shown = [row for row in rows[:limit] if places.visible(work.actor, row)]
    paths = [row["path"] for row in shown]
    posts = await appointments.labels_below(work, paths, work.today)
    homes = await places.homes_below(work, paths)
    outlines = await service.current(work, [row["id"] for row in shown])
    # Last, and outside any transaction: whatever happens to tickets, the map is shown.
    waiting = await _open(work, tickets, top["path"], paths)
    marks = [
        Mark(
            id=row["code"],
            geometry=shapes.geojson(outlines[row["id"]]["shape"], crs) if row["id"] in outlines else None,
            properties=_live(row, outlines.get(row["id"]), posts.get(row["path"], []), homes, waiting),
        )
        for row in shown
    ]
    more = encode(rows[limit - 1]["path"]) if len(rows) > limit else None
    return PlaceMap(features=marks, crs_name=crs, next=more)


def _live(
    row: Row, outline: Row | None, posts: Sequence[Row], homes: dict[str, int], waiting: dict[str, int] | None
) -> Live:
    named = {name: row[name] for name in ("code", "name", "full_name", "kind", "path", "residents")}
    return Live(
        **named,
        premises=row["attributes"].get("premises") if service.exclusive(row) else None,
        area_m2=outline["area_m2"] if outline else None,
        households=row["households"] if row["households"] is not None else homes.get(row["path"]),
        posts=[PostHolders(post=one["label"], held=one["held"], vacant=one["count"] - one["held"]) for one in posts],
        open_tickets=None if waiting is None else waiting.get(row["path"], 0),
    )


async def _open(work: Work, tickets: ServiceClient, within: str, paths: list[str]) -> dict[str, int] | None:
    """Open appeals by path; None where tickets cannot be asked, and for those who may not see appeals there."""
    if not paths or not work.actor.may(Permission.APPEALS_READ, within):
        return None
    body = OpenCounts(within=within, paths=paths)
    try:
        answer = await tickets.post("appeals/open-counts", work.district, body, idempotency_key=None, model=OpenCounted)
    except (RemoteProblem, RemoteUnavailable):
        return None
    return dict(zip(paths, answer.counts, strict=True))
