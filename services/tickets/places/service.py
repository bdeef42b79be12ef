"""Where a code lies: from memory, from what tickets has met before, from hierarchy, in this order.

A place hardly ever moves; when one does, hierarchy says so (issue "Hierarchy, whole") and until then memory is at most
`_FRESH_S` old.
"""

import time

import structlog

from services.tickets.places import queries as q
from shared.kernel.errors import UnknownPlace
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, ServiceClient
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

log = structlog.get_logger()
_FRESH_S = 300.0
_MOST = 20_000
_NOT_FOUND = 404
_memory: dict[tuple[str, str], tuple[float, PlaceRef]] = {}


async def find(work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef | None:
    """The place with this code in the caller's district; None while hierarchy cannot be asked about a new one.

    Raises UnknownPlace (422) when hierarchy says that there is none. Call it before `work.begin()`.
    """
    key = work.district, code
    kept = _memory.get(key)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    row = await work.one(q.BY_CODE, code=code)
    if row is not None:
        return _remember(key, PlaceRef(**dict(row)))
    place = await ask(hierarchy, work.district, code)
    if place is not None:
        await work.one(q.LEARN, **place.model_dump())
        _remember(key, place)
    return place


async def ask(hierarchy: ServiceClient, district: str, code: str) -> PlaceRef | None:
    """Asks hierarchy itself. None: it cannot be reached. Raises UnknownPlace."""
    try:
        return await hierarchy.get(f"places/{code}", district=district, params=None, model=PlaceRef)
    except RemoteProblem as problem:
        if problem.status == _NOT_FOUND:
            raise UnknownPlace(place=code) from problem
        log.warning("hierarchy refuses to be asked", status=problem.status, code=problem.code)
        return None
    except RemoteUnavailable:
        return None


def _remember(key: tuple[str, str], place: PlaceRef) -> PlaceRef:
    if len(_memory) >= _MOST:
        _memory.clear()
    _memory[key] = (time.monotonic() + _FRESH_S, place)
    return place
