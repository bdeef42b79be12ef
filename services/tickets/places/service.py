"""What tickets asks hierarchy: where a code lies, and who answers for it. Call these before `work.begin()`."""

from services.tickets.places.tables import PLACES
from shared.runtime.clients import ServiceClient
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef, ResponsibilityChain


async def find(work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef | None:
    """The place with this code in the caller's district; None where it was never met and hierarchy is gone.

    Raises UnknownPlace (422) when hierarchy says that there is none.
    """
    return await PLACES.find(work, hierarchy, code)


async def need(work: Work, hierarchy: ServiceClient, code: str) -> PlaceRef:
    """As `find`, for what cannot go on without the place: Unavailable (503) instead of None."""
    return await PLACES.need(work, hierarchy, code)


async def responsible(
    hierarchy: ServiceClient, district: str, code: str, category: str, *, act: str | None = None
) -> ResponsibilityChain:
    """Who answers for the place and the category today, nearest first. Raises what the client raises."""
    params = {"place": code, "category": category}
    return await hierarchy.get("responsibility", district=district, params=params, model=ResponsibilityChain, act=act)
