"""Places found by their names."""

from services.hierarchy.places import queries as q
from services.hierarchy.places import service
from services.hierarchy.places.rules import HOUSEHOLD, like
from shared.kernel.paths import after
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

MOST_HOMES = 20_000  # a large community


async def search(work: Work, code: str, name: str, kind: str | None, limit: int) -> list[PlaceRef]:
    """At a place and below, the best match first; homes only where they are asked for. NotFound, Forbidden."""
    top, words = await service.seen(work, code), name.split()
    if not words:
        return []
    values = {"path": top["path"], "end": after(top["path"]), "pattern": like(words), "name": "".join(words)}
    if kind == HOUSEHOLD:
        homes = service.homes_of(work.actor)
        rows = await work.all(q.homes_named(homes=not homes), **values, **homes, most=MOST_HOMES, limit=limit)
    else:
        wanted = {} if kind is None else {"kind": kind}
        rows = await work.all(q.shared_named(of_kind=kind is not None), **values, **wanted, limit=limit)
    return [PlaceRef(**row) for row in rows]
