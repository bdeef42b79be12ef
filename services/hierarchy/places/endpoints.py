"""Places over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from services.hierarchy.places import history, making, reading, service
from services.hierarchy.places.inputs import LookUp, Name, NewPlace, PlaceCode, PlaceKind
from services.hierarchy.places.views import DistrictView, FoundPlaces, PastPlace, PlaceHistory, PlaceView
from shared.kernel.days import Day
from shared.runtime.web.conditional import IfNoneMatch, answered, holds, not_modified
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, etag, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page
from shared.schemas.hierarchy import PlaceRef

router = api_router(tags=["地点 Places"])
OfKind = Annotated[PlaceKind | None, Query(description="Only this kind (地点类别).")]


@router.get("/districts", summary="区县列表 Districts")
async def district_list(running: TheService) -> list[DistrictView]:
    """The districts on this server. Public: a client needs one before anybody can sign in."""
    return await service.districts(running.db)


@router.post("/places", summary="新建地点 Make a place", status_code=201)
async def place_create(given: NewPlace, work: Writing, response: Response) -> PlaceView:
    """A place below another one. Needs `places.manage` there; 422 `unknown_place` for a parent outside the scope.

    Without a code it gets the next free one of its kind. Codes are never given twice, also not those of places that
    are gone: 409 `place_code_taken`; 422 `place_code_invalid` says what is wrong with a code. Where a place of the
    kind is called so in the same place already: 409 `place_name_taken`.
    """

    async def shown(place: UUID) -> PlaceView:
        return service.shown(await history.living(work, place))

    return tagged(response, await work.made(lambda: making.create(work, given), shown))


@router.get(
    "/places/{code}", summary="地点 A place", response_model=PlaceView | PastPlace, responses={304: {}, 410: {}}
)
async def place_read(
    code: PlaceCode,
    work: Reading,
    response: Response,
    *,
    on: Annotated[Day | None, Query(description="As it was at the end of that day (历史日期).")] = None,
    follow: Annotated[bool, Query(description="Of a place that is gone: the one that took over (跟随变更).")] = False,
    known: IfNoneMatch = None,
) -> PlaceView | PastPlace | Response:
    """One place by its code. Needs `places.read` there; 404 outside the caller's scope. `ETag` is its version.

    A place that was merged, split or closed answers 410 `place_gone` with the codes of its `successors`. `on` shows it
    as it was at the end of a past day: such an answer never changes.
    """
    if on is not None and on < work.today:
        return await history.as_of(work, code, on)
    shown = service.shown(await service.seen(work, code, follow=follow))
    tag = etag(shown.version)
    if shown.code == code and holds(known, tag):
        return not_modified(tag)
    response.headers["ETag"] = tag
    return shown


@router.get("/places/{code}/history", summary="地点沿革 What a place was", responses={410: {}})
async def place_history(code: PlaceCode, work: Reading) -> PlaceHistory:
    """Every name, kind, zone and parent that a place has had, and where it went; also of a place that is gone."""
    return await history.history(work, code)


@router.get(
    "/places/{code}/children",
    summary="下级地点 Places directly below",
    response_model=Page[PlaceView],
    responses={304: {}},
)
async def place_children(
    code: PlaceCode, work: Reading, cursor: Cursor = None, limit: Limit = 50, known: IfNoneMatch = None
) -> Response:
    """The places directly below one, in the order of the tree. `ETag` is of the page."""
    return answered(await service.children(work, code, cursor, limit), known)


@router.get(
    "/places/{code}/subtree",
    summary="全部下级地点 All places below",
    response_model=Page[PlaceView],
    responses={304: {}},
)
async def place_subtree(
    code: PlaceCode,
    work: Reading,
    kind: OfKind = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    known: IfNoneMatch = None,
) -> Response:
    """All places below one at any depth, in the order of the tree (depth first), optionally of one kind. `ETag` is of
    the page.
    """
    return answered(await service.subtree(work, code, kind, cursor, limit), known)


@router.get("/places/{code}/search", summary="按名称查找地点 Find places by name")
async def place_search(
    code: PlaceCode,
    work: Reading,
    name: Annotated[Name, Query(description="Name or address (名称或地址).", examples=["龙泉小区 1号楼"])],
    kind: OfKind = None,
    limit: Limit = 20,
) -> list[PlaceRef]:
    """At the place and everything below it: whose full name holds all the words, in this order. The best match first:
    who is called exactly so, then whose full name ends so, then whose name begins so; the wider before the narrower.

    Homes are found with `kind=household` alone, as far as the caller may see them, and among the first 20,000 of the
    place in the order of the tree: ask a community, a compound or a building for them.
    """
    return await reading.search(work, code, name, kind, limit)


@router.get(
    "/places/{code}/export",
    summary="导出下级地点 All places below, as a stream",
    response_class=StreamingResponse,
    responses={200: {"description": "One JSON document per line.", "content": {"application/x-ndjson": {}}}},
)
async def place_export(code: PlaceCode, work: Reading, running: TheService, kind: OfKind = None) -> StreamingResponse:
    """The place and all places below it that the caller may see, one JSON document per line, in the order of the tree.

    Each thousand lines are read at one moment. What moves meanwhile may be missing or be there twice: the change feed
    says what did.
    """
    lines = await service.export(work, running, code, kind)
    return StreamingResponse(lines, media_type="application/x-ndjson")


@router.post("/places/lookup", summary="批量查询地点 Look up many places")
async def place_look_up(given: LookUp, work: Reading) -> FoundPlaces:
    """Up to 500 codes at once, answered in their order. Those of places that are gone come with where they went; codes
    of no place, and those outside the caller's scope, are named as `unknown` alike.
    """
    return await service.look_up(work, given.codes)
