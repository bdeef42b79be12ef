"""Structures and figures over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Query

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.structures import service
from services.hierarchy.structures.views import PlaceSummary, StructureView
from shared.kernel.periods import CHINA
from shared.runtime.web.doors import Reading, api_router

router = api_router()
Day = Annotated[date | None, Query(description="The day in question; today without it (统计日期).")]


@router.get("/structures/{code}", summary="组织架构 The structure in force at a place", tags=["组织架构 Structures"])
async def read_structure(code: PlaceCode, work: Reading, on: Day = None) -> StructureView:
    """How the community of this place organises itself: levels, posts and their spans, quotas; as data.

    Without a structure of its own, a place lives by the nearest one above it.
    """
    return await service.structure_at(work, code, on or work.now.astimezone(CHINA).date())


@router.get("/places/{code}/summary", summary="地点概况 The figures of a place", tags=["地点 Places"])
async def read_summary(code: PlaceCode, work: Reading, on: Day = None) -> PlaceSummary:
    """What there is at a place and below, by kind: places, organisations, posts and how many are held, people on
    each roll, venues. Everything is counted from the rows at the moment of asking.
    """
    return await service.summary(work, code, on or work.now.astimezone(CHINA).date())
