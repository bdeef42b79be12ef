"""The HTTP door of contact sheets: as JSON for apps, as pages for paper and for the telephone behind the QR code."""

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.hierarchy.boundaries.inputs import Crs, Lat, Lon, Spot
from services.hierarchy.contact_sheets import page, publishing, service, views
from services.hierarchy.contact_sheets.inputs import NewRules, PostNumber
from services.hierarchy.places.inputs import PlaceCode, PlaceKind
from shared.kernel.errors import NotFound
from shared.kernel.rights import Principal
from shared.runtime.service import Service
from shared.runtime.web.conditional import IfNoneMatch, answered
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor
from shared.schemas.base import Code, District

router = api_router(tags=["联系卡 Contact sheets"])
_HTML: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A page (网页)."}
}
_MOVED: dict[int | str, dict[str, Any]] = {
    307: {"description": "To the sheet of the building that took over (已并入另一栋)."},
    404: _HTML[200] | {"description": "A page that says so (没有这张联系卡)."},
}
_KEPT = {"Content-Security-Policy": page.POLICY, "Cache-Control": "public, max-age=60"}
PostCode = Annotated[Code, Path(description="Code of the post (岗位编号).")]
Many = Annotated[int, Query(ge=1, le=200, description="Sheets per document (每次打印张数).")]


@router.get(
    "/places/{code}/contact-sheet",
    name="contact_sheet_read",
    summary="联系卡 Who answers for this door",
    response_model=views.ContactSheet,
    responses={304: {}},
)
async def read(
    code: PlaceCode,
    work: Reading,
    running: TheService,
    now: Annotated[bool, Query(description="Also who answers right now (此刻找谁).")] = False,  # noqa: FBT002 - a query's name
    known: IfNoneMatch = None,
) -> Response:
    """For a building, a staircase, a household or any other place: everybody who answers for it, from the doorstep
    outwards, with venues near by and public numbers. Needs `places.read` there.

    What is public is what the community says (`…/contact-sheet/rules`). Who works there (`responsibility.read`) sees
    all names, and numbers that are not public masked; a resident sees what is public. With `now=true` those on duty
    come first, then the chain, each with the reason; vacant posts are passed over.
    """
    return answered(await service.sheet(work, running, code, now=now), known, besides="asked_at")


@router.get("/contact-sheets/at", name="contact_sheet_at", summary="定位联系卡 Who answers at a point")
async def at(
    work: Reading,
    running: TheService,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    crs: Annotated[Crs, Query(description="What the point was given in (坐标系).")] = "wgs84",
    now: Annotated[bool, Query(description="Also who answers right now (此刻找谁).")] = False,  # noqa: FBT002 - a query's name
) -> views.ContactSheet:
    """As of a place, for the grid that a point lies in, else for the smallest place whose outline holds it. 404 where
    there is none that you may see.
    """
    return await service.at(work, running, Spot(lon=lon, lat=lat), crs, now=now)


@router.get(
    "/contact-sheets/{district}/{code}",
    name="contact_sheet_public",
    summary="扫码看联系卡 The page behind the QR code",
    response_class=HTMLResponse,
    responses=_HTML | _MOVED,
)
async def public(district: District, code: PlaceCode, running: TheService) -> Response:
    """For anybody, without signing in: who answers for this building, and whom to turn to right now. It shows what the
    community made public and nothing else, and no household's honour (门前荣誉). A building that was merged into
    another leads there, so that codes on the wall stay good. 404, as a page, where nothing was made public, and for
    homes.
    """
    anybody = Principal(district=district, id="public", kind="public")
    async with running.work(anybody) as work:
        try:
            return HTMLResponse(page.page([await service.public(work, running, code)]), headers=_KEPT)
        except NotFound:
            instead = await service.successors(work, code)
    if len(instead) == 1:
        return RedirectResponse(f"./{instead[0]['code']}")
    shown = page.missing((place["code"], place["full_name"]) for place in instead)
    return HTMLResponse(shown, 404, {"Content-Security-Policy": page.POLICY})


@router.get(
    "/places/{code}/contact-sheet/page",
    name="contact_sheet_print",
    summary="打印联系卡 One sheet to be printed",
    response_class=HTMLResponse,
    responses=_HTML,
)
async def one_page(code: PlaceCode, work: Reading, running: TheService) -> HTMLResponse:
    """A4, with the QR code of its public address; holds what is public only. Needs `responsibility.read` there."""
    sheet = await service.printed(work, running, code)
    return _printed(page.page([sheet], notes=_notes(running)))


@router.get(
    "/places/{code}/contact-sheets",
    name="contact_sheet_print_all",
    summary="批量打印联系卡 A sheet per building",
    response_class=HTMLResponse,
    responses=_HTML,
)
async def pages(
    code: PlaceCode,
    work: Reading,
    running: TheService,
    kind: PlaceKind = "building",
    cursor: Cursor = None,
    limit: Many = 100,
) -> HTMLResponse:
    """One A4 page per building (or another kind of place) below this one, in the order of the tree; `Link: rel="next"`
    leads to the next ones. Needs `sheets.manage` there; 404 where there is no such place.
    """
    sheets, following = await service.batch(work, running, code, kind, cursor, limit)
    notes = [*_notes(running), f"共 {len(sheets)} 张" + ("，还有下一批，见 Link 响应头或重复请求" if following else "")]
    # A hundred QR codes take a second to draw: others are answered meanwhile.
    answer = _printed(await asyncio.to_thread(page.page, sheets, notes=notes))
    if following:
        answer.headers["Link"] = f'<?kind={kind}&limit={limit}&cursor={following}>; rel="next"'
    return answer


def _printed(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={"Content-Security-Policy": page.POLICY})


def _notes(running: Service) -> list[str]:
    if service.public_address(running, "", "") is not None:
        return []
    return ["没有设置 LINLI_PUBLIC_URL（居民访问本系统的网址），所以没有二维码。"]


# --- what is public ------------------------------------------------------------------------------------------------


@router.get("/places/{code}/contact-sheet/rules", name="contact_sheet_rules", summary="公示规则 What sheets show")
async def rules(code: PlaceCode, work: Reading, response: Response) -> views.RulesView:
    """The place's own rules, with their ETag, or those of the nearest place above; 404 where nobody has said
    anything.
    """
    shown = await publishing.rules_at(work, code)
    return tagged(response, shown) if shown.place.code == code else shown


@router.post(
    "/places/{code}/contact-sheet/rules",
    name="contact_sheet_set_rules",
    summary="设定公示规则 Say what sheets show",
    responses={428: {}},
)
async def set_rules(
    code: PlaceCode, given: NewRules, work: Writing, response: Response, expected: IfMatch
) -> views.RulesView:
    """Title, public numbers, and whose names and numbers everybody may see; for this place and all below. It replaces
    the whole of what was said before: where there are rules already, read them and send their ETag as If-Match (428
    without). Needs `sheets.manage` there.
    """
    shown = await work.once(
        lambda: publishing.set_rules(work, code, given, expected), lambda one: publishing.rules_by_id(work, one)
    )
    return tagged(response, shown)


@router.post("/posts/{code}/public-number", name="post_set_number", summary="岗位公开电话 The public number of a post")
async def set_number(code: PostCode, given: PostNumber, work: Writing, running: TheService) -> views.PostNumberView:
    """A number that belongs to the post and not to its holder: everybody may see it from now on. Needs `sheets.manage`
    at the post's place.
    """
    return await work.made(
        lambda: publishing.set_number(work, running.vault, code, given.number),
        lambda _: publishing.number_of(work, running.vault, code),
    )
