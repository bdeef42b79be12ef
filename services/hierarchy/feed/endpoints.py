"""The change feed over HTTP."""

from typing import Annotated

from fastapi import Query

from services.hierarchy.feed import service
from services.hierarchy.feed.views import Changes, Kind
from shared.kernel.paths import ROOT
from shared.kernel.rights import Permission
from shared.runtime.web.doors import Reading, api_router

router = api_router(tags=["变更 Changes"])
TAG = {
    "name": "变更 Changes",
    "description": "供其他系统按顺序、不遗漏地跟上变更。 What changed, in order and without a gap.",
}


@router.get("/changes", summary="变更流 What changed since", responses={409: {}})
async def change_list(
    work: Reading,
    after: Annotated[int, Query(ge=0, lt=2**63, description="The position seen last; 0 from the beginning.")] = 0,
    proof: Annotated[
        str | None,
        Query(pattern=r"^[0-9a-f]{64}$", description="`hash` of the answer that gave the position: 409 if it differs."),
    ] = None,
    kind: Annotated[list[Kind] | None, Query(max_length=8, description="Only these kinds.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Changes per answer.")] = 100,
) -> Changes:
    """Changes of places, organisations, structures, posts, appointments, responsibilities, households and venues, in
    one order for ever. A change is here about a second after it was made.

    For services and for systems with `changes.read` over the whole district. 409 `feed_cut`: the journal here does not
    hold what you have seen (it was restored from an older copy): begin anew with 0.
    """
    work.actor.demand(Permission.CHANGES_READ, ROOT)
    kinds = service.KINDS if kind is None else frozenset(kind)
    return await service.changes(work, after, proof, kinds, limit)
