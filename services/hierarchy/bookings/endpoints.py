"""The HTTP door of bookings."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.bookings import service
from services.hierarchy.bookings.inputs import NewBooking
from services.hierarchy.bookings.views import BookingView, Busy
from services.hierarchy.bookings.workflow import BOOKING, OWN_MOVES
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.web.days import Since, Until, spanned
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "场地预约 Bookings"
router = api_router(tags=[TAG])
LONGEST_DAYS = 92
AtStep = Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `requested`.")]


@router.post(
    "/venues/{id}/bookings",
    status_code=status.HTTP_201_CREATED,
    name="booking_request",
    summary="预约场地 Book a venue",
)
async def book(id: UUID, given: NewBooking, work: Writing, running: TheService, response: Response) -> BookingView:
    """Everybody of the district may ask for a venue or a room (`venues.book`); the staff decide, where the venue says
    so. What was asked for holds the room until it is decided; whoever has a venue has its rooms.

    409: `room_taken`, `venue_not_open` outside its hours, `room_too_small`, `not_bookable`, `venue_closed`.
    """
    shown = await work.once(
        lambda: service.book(work, running.calendar, id, given), lambda booking: service.whole(work, booking)
    )
    return tagged(response, shown)


@router.get("/venues/{id}/busy", name="booking_busy", summary="已占时段 When a room is not free")
async def busy(id: UUID, work: Reading, running: TheService, since: Since = None, until: Until = None) -> list[Busy]:
    """Times that are asked for or given away, without who and what for: of a venue also those of its rooms, of a room
    also those of its venue. Up to 92 days; today without any.
    """
    calendar = running.calendar
    first, last = spanned(since, until, calendar.local(work.now).date(), LONGEST_DAYS)
    return await service.busy(work, id, calendar.at(first), calendar.at(last + timedelta(days=1)))


@router.get("/bookings", name="booking_list", summary="预约列表 Bookings to look after")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="Venues at this place and below (地点编码).")] = None,
    venue: Annotated[UUID | None, Query(description="Only of this venue (阵地).")] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[BookingView]:
    """Those at venues that you run (`venues.manage`), the latest first."""
    return await service.page(work, mine=False, place=place, venue=venue, step=step, cursor=cursor, limit=limit)


@router.get("/bookings/mine", name="booking_mine", summary="我的预约 What you booked")
async def mine(work: Reading, step: AtStep = None, cursor: Cursor = None, limit: Limit = 20) -> Page[BookingView]:
    """The latest first."""
    return await service.page(work, mine=True, step=step, cursor=cursor, limit=limit)


@router.get("/bookings/{id}", name="booking_read", summary="预约详情 A booking")
async def read(id: UUID, work: Reading, response: Response) -> BookingView:
    """For whoever booked and for the staff of the venue; 404 for everybody else."""
    return tagged(response, await service.whole(work, id))


move_routes(router, BOOKING, cases="bookings", make=plain(service.move), view=plain(service.whole), only=OWN_MOVES)
