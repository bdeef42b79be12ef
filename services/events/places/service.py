"""Where a code lies: from what events has met lately, from hierarchy, and from older memory while hierarchy is gone."""

from datetime import timedelta

from services.events.places import queries as q
from shared.kernel.errors import Unavailable, UnknownPlace
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, ServiceClient
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

_FRESH = timedelta(hours=1)
_NOT_FOUND = 404


async def find(work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef:
    """The place with this code in the caller's district. Call it before `work.begin()`.

    Raises UnknownPlace (422), or Unavailable (503) where hierarchy cannot be asked and the place was never met.
    """
    row = await work.one(q.BY_CODE, code=code)
    met = None if row is None else PlaceRef(**{k: v for k, v in row.items() if k != "seen_at"})
    if row is not None and met is not None and work.now - row["seen_at"] < _FRESH:
        return met
    try:
        place = await hierarchy.get(f"places/{code}", district=work.district, params=None, model=PlaceRef)
    except RemoteProblem as problem:
        if problem.status == _NOT_FOUND:
            raise UnknownPlace(place=code) from problem
        raise
    except RemoteUnavailable as error:
        if met is None:
            raise Unavailable(retry_after=2) from error
        return met
    await work.one(q.LEARN, **place.model_dump())
    return place
