"""The HTTP door of venues; `closures` has that of their moves, and of days that differ."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.venues import counting, inputs, service, views
from shared.runtime.web.days import Since, Until, spanned
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["阵地 Venues"])
LONGEST_DAYS, LONGEST_YEARS = 92, 5
By = Annotated[counting.By, Query(description="Which periods to add up (统计周期).")]


@router.post("/venues", status_code=status.HTTP_201_CREATED, name="venue_create", summary="登记阵地 Make a venue")
async def create(given: inputs.NewVenue, work: Writing, running: TheService, response: Response) -> views.VenueView:
    """A station, parlour, window, mediation room, studio or an informal spot; or a `room` of one, which is booked by
    itself. Needs `venues.manage` at the place; 422 `unknown_place` for one outside the caller's scope.
    """
    shown = await work.made(
        lambda: service.create(work, given), lambda venue: service.shown(work, running.calendar, venue)
    )
    return tagged(response, shown)


@router.get("/venues", name="venue_list", summary="阵地列表 Venues")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    kind: Annotated[inputs.VenueKind | None, Query(description="Only this kind (类别).")] = None,
    function: Annotated[str | None, Query(max_length=40, description="Where one can do this (功能).")] = None,
    part_of: Annotated[UUID | None, Query(description="Rooms of this venue (所属阵地).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[views.VenueSummary]:
    """Stations, parlours, windows and rooms of the district by code, with their opening hours. For everybody signed in
    (`venues.read`). 422 `unknown_place` for a place that is not there.
    """
    return await service.page(
        work, place=place, kind=kind, function=function, part_of=part_of, cursor=cursor, limit=limit
    )


@router.get("/venues/{id}", name="venue_read", summary="阵地 A venue")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> views.VenueView:
    """One venue, whether it is open at this moment, and the moves that are open to you. `ETag` is its version."""
    return tagged(response, await service.shown(work, running.calendar, id))


@router.get("/venues/{id}/opening", name="venue_opening", summary="开放时间 Opening hours, day by day")
async def opening(
    id: UUID, work: Reading, running: TheService, since: Since = None, until: Until = None
) -> list[views.OpeningView]:
    """What holds on each day, and why: an exception for that day, a public holiday, a make-up working day, or the
    weekly pattern. Up to 92 days; today without any.
    """
    row = await service.seen(work, id)
    days = spanned(since, until, work.today, LONGEST_DAYS)
    found = await service.openings(work, running.calendar, [row], *days)
    return [views.day_view(one) for one in found[id]]


@router.post("/venues/{id}/visits", name="venue_count_visits", summary="登记人次 How many came")
async def count(id: UUID, given: inputs.Counted, work: Writing) -> views.VisitCount:
    """Visits of one day or one part of it; counting the same part again replaces the number, and the journal keeps the
    one before. Needs `venues.serve` there.
    """

    async def again(venue: UUID) -> views.VisitCount:
        return views.VisitCount(venue_id=venue, **given.model_dump())

    return await work.once(lambda: counting.count(work, id, given), again)


@router.get("/venues/{id}/visits", name="venue_visits", summary="阵地人次 Visits of a venue")
async def visits(
    id: UUID, work: Reading, since: Since = None, until: Until = None, by: By = "month"
) -> views.VisitSums:
    """Added up by period, from the counts that were written down. Up to five years."""
    days = spanned(since, until, work.today, 366 * LONGEST_YEARS)
    return await counting.of_venue(work, id, *days, by)


@router.get("/places/{code}/visits", name="place_visits", summary="地点人次 Visits at a place and below")
async def place_visits(
    code: PlaceCode, work: Reading, since: Since = None, until: Until = None, by: By = "month"
) -> views.VisitSums:
    """As of a venue, for all venues at a place and below, by kind of venue. Needs `places.read` there."""
    days = spanned(since, until, work.today, 366 * LONGEST_YEARS)
    return await counting.of_place(work, code, *days, by)
