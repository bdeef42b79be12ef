"""The question 谁来管 over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Query

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.responsibility import service
from shared.kernel.periods import CHINA
from shared.runtime.web.doors import Reading, TheService, api_router
from shared.schemas.hierarchy import ResponsibilityChain

router = api_router(tags=["职责 Responsibility"])


@router.get("/responsibility", summary="谁来管 Who answers for a place and a category")
async def read_responsibility(
    work: Reading,
    running: TheService,
    place: PlaceCode,
    category: Annotated[str, Query(max_length=8, description="Category of the appeal (诉求类别).", examples=["JC05"])],
    on: Annotated[date | None, Query(description="The day in question; today without it (某日的职责).")] = None,
) -> ResponsibilityChain:
    """The chain of responsibility, nearest first: posts with their holder that day, and organisations with a contact.

    Vacant posts are in the chain without a person. Needs `responsibility.read` at the place; 404 for a place that is
    not there or outside the caller's scope, 422 for a category that does not exist.
    """
    return await service.chain(work, running.vault, place, category, on or work.now.astimezone(CHINA).date())
