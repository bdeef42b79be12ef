"""Places over HTTP."""

from fastapi import Response

from services.hierarchy.places import service
from services.hierarchy.places.inputs import PlaceCode, PlaceKind
from services.hierarchy.places.views import DistrictView, PlaceView
from shared.runtime.web.doors import Reading, TheService, api_router, etag
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["地点 Places"])


@router.get("/districts", summary="区县列表 Districts")
async def list_districts(running: TheService) -> list[DistrictView]:
    """The districts on this server. Public: a client needs one before anybody can sign in."""
    return await service.districts(running.db)


@router.get("/places/{code}", summary="地点 A place")
async def read_place(code: PlaceCode, work: Reading, response: Response) -> PlaceView:
    """One place by its code. Needs `places.read` there; 404 outside the caller's scope. `ETag` is its version."""
    shown = service.shown(await service.seen(work, code))
    response.headers["ETag"] = etag(shown.version)
    return shown


@router.get("/places/{code}/children", summary="下级地点 Places directly below")
async def list_children(code: PlaceCode, work: Reading, cursor: Cursor = None, limit: Limit = 50) -> Page[PlaceView]:
    """The places directly below one, in the order of the tree."""
    return await service.children(work, code, cursor, limit)


@router.get("/places/{code}/subtree", summary="全部下级地点 All places below")
async def list_subtree(
    code: PlaceCode,
    work: Reading,
    kind: PlaceKind | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PlaceView]:
    """All places below one at any depth, in the order of the tree (depth first), optionally of one kind."""
    return await service.subtree(work, code, kind, cursor, limit)
