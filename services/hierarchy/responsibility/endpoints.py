"""The question 谁来管 over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response, status

from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.responsibility import mandates, service
from services.hierarchy.responsibility.inputs import MandateEnd, NewMandate
from services.hierarchy.responsibility.views import MandateView, OrganisationFor
from services.hierarchy.schema import VERSIONS
from shared.kernel.days import Day
from shared.runtime.web.conditional import IfNoneMatch, holds, not_modified, tag_of
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.schemas.hierarchy import ResponsibilityChain

router = api_router(tags=["职责 Responsibility"])


@router.get(
    "/responsibility",
    summary="谁来管 Who answers for a place and a category",
    response_model=ResponsibilityChain,
    responses={304: {}, 410: {}},
)
async def responsibility_read(
    work: Reading,
    running: TheService,
    place: PlaceCode,
    category: Annotated[str, Query(max_length=8, description="Category of the appeal (诉求类别).", examples=["JC05"])],
    response: Response,
    on: Annotated[Day | None, Query(description="The day in question; today without it (某日的职责).")] = None,
    known: IfNoneMatch = None,
) -> ResponsibilityChain | Response:
    """The chain of responsibility, nearest first: posts with their holder that day, and organisations with a contact.

    Vacant posts are in the chain without a person. Needs `responsibility.read` at the place; 404 for a place that is
    not there or outside the caller's scope, 422 for a category that does not exist. On a past day the tree is as
    it was then, and the answer never changes; a place that was gone by then answers 410 `place_gone`.
    """
    day = on or work.today
    if work.actor.kind == "service":  # the other services ask for every appeal, and keep nothing
        return await service.chain(work, running.vault, place, category, day)
    if known is None:
        found, version = await service.versioned_chain(work, running.vault, place, category, day)
        response.headers["ETag"] = tag_of(version, work.actor, place, category, day)
        return found
    tag = tag_of(await VERSIONS.now(work), work.actor, place, category, day)
    if holds(known, tag):
        return not_modified(tag)
    response.headers["ETag"] = tag
    return await service.chain(work, running.vault, place, category, day)


# --- what organisations answer for -------------------------------------------------------------------------------

OnDay = Annotated[Day | None, Query(description="On this day; today without it.")]


@router.get("/places/{code}/organisations", name="place_organisations", summary="服务本地的组织 Who serves a place")
async def organisations_for(
    code: Annotated[PlaceCode, Path()], work: Reading, on: OnDay = None
) -> list[OrganisationFor]:
    """Every organisation that answers for a place, or for one around it, on a day: one household, seen from every tree
    at once. The nearest first. Needs `organisations.read` there. On a past day names and the tree are as they were
    then, and the answer never changes; a place that was gone by then answers 410 `place_gone`.
    """
    return await mandates.for_place(work, code, on)


@router.get("/organisations/{code}/responsibilities", summary="组织职责 What an organisation answers for")
async def mandate_list(code: Annotated[OrganisationCode, Path()], work: Reading, on: OnDay = None) -> list[MandateView]:
    """Places and categories, on a day; 2,000 at most. Needs `organisations.read` at its place."""
    return await mandates.of(work, code, on)


@router.post(
    "/organisations/{code}/responsibilities",
    status_code=status.HTTP_201_CREATED,
    summary="承担职责 Let it answer for a place",
)
async def mandate_give(code: Annotated[OrganisationCode, Path()], given: NewMandate, work: Writing) -> MandateView:
    """From today or a day to come. Needs `organisations.manage` at its place and at the place it will answer for."""
    return await work.made(lambda: mandates.give(work, code, given), lambda made: mandates.shown(work, made))


@router.post("/mandates/{id}/end", summary="解除职责 Let it answer no more")
async def mandate_end(id: UUID, given: MandateEnd, work: Writing) -> MandateView:
    """With a day, yesterday at the earliest: days that are over keep their answer. Needs `organisations.manage`."""
    return await work.made(lambda: mandates.end(work, id, given), lambda made: mandates.shown(work, made))
