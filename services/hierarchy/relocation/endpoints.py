"""Moving a place over HTTP."""

from uuid import UUID

from fastapi import Response

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.places.views import PlaceView
from services.hierarchy.relocation import service
from services.hierarchy.relocation.inputs import MovePlace
from shared.runtime.web.doors import IfMatch, Writing, api_router, etag

router = api_router(tags=["地点 Places"])


@router.post("/places/{code}/move", summary="移动地点 Move a place with all below it")
async def move_place(
    code: PlaceCode, given: MovePlace, work: Writing, response: Response, expected: IfMatch
) -> PlaceView:
    """The place and everything below it get new paths under another parent; codes, people and posts stay with them.

    Needs `places.manage` at both places; 404 for a place, 422 `unknown_place` for a parent outside the caller's scope.
    422 `cannot_move` for the district itself, a parent inside the place, the parent it has, or more than 16 levels.
    Other services may know the old path for up to an hour; tokens made before hold no rights at the new one.
    """

    async def again(place: UUID) -> PlaceView:
        return await service.shown(work, place)

    shown = await work.once(lambda: service.move(work, code, given.parent, expected), again)
    response.headers["ETag"] = etag(shown.version)
    return shown
