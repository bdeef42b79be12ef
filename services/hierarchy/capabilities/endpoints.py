"""The HTTP door of the three lists. Moves have their routes from the workflow's table."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.capabilities import inputs, service
from services.hierarchy.capabilities.views import ListingView, MatchView
from services.hierarchy.capabilities.workflow import LISTING
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "三张清单 Lists"
router = api_router(tags=[TAG])


@router.post(
    "/listings", status_code=status.HTTP_201_CREATED, name="listing_create", summary="列入清单 Put it on a list"
)
async def create(given: inputs.NewListing, work: Writing, response: Response) -> ListingView:
    """A resource that a partner gives (资源清单) or a need (需求清单). Needs `partners.manage` at the place."""
    shown = await work.made(lambda: service.create(work, given), lambda made: service.whole(work, made))
    return tagged(response, shown)


@router.get("/listings", name="listing_list", summary="三张清单 Resources, needs, projects")
async def listed(
    work: Reading,
    kind: Annotated[
        Literal["resource", "need", "project"] | None, Query(description="Which list (资源、需求或项目清单).")
    ] = None,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    organisation: Annotated[str | None, Query(max_length=100, description="Of this organisation (单位).")] = None,
    step: Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `open`.")] = None,
    tag: Annotated[str | None, Query(max_length=40, description="With exactly this tag (标签).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ListingView]:
    """What touches your places, the latest first. Needs `partners.read`."""
    return await service.page(
        work, kind=kind, place=place, organisation=organisation, step=step, tag=tag, cursor=cursor, limit=limit
    )


@router.get("/listings/{id}", name="listing_read", summary="清单条目 What stands on a list")
async def read(id: UUID, work: Reading, response: Response) -> ListingView:
    """A resource, a need, or a project with the need that it meets."""
    return tagged(response, await service.whole(work, id))


@router.post("/capabilities/match", name="capability_match", summary="供需对接 Who can give this here?")
async def match(given: inputs.Question, work: Reading) -> list[MatchView]:
    """A question, nothing is written: the resources that fit a need, or tags and a place, the best first, each with its
    score out of 100 and the reasons: what it offers, where, and how busy the partner is. Needs `partners.read` there.
    """
    return await service.match(work, given)


move_routes(router, LISTING, cases="listings", make=plain(service.move), view=plain(service.whole))
