"""The HTTP door of changes that a venue's bookings, loans and shifts have to allow, and of its other moves."""

from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from services.hierarchy.closures import service
from services.hierarchy.venues import inputs, views
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.workflow import VENUE
from shared.runtime.service import Service
from shared.runtime.web.doors import TheService, Writing, api_router, tagged
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work

router = api_router(tags=["阵地 Venues"])


@router.post("/venues/{id}/exceptions", name="venue_set_exception", summary="例外开放日 Days that differ")
async def differ(
    id: UUID, given: inputs.NewException, work: Writing, running: TheService, response: Response
) -> views.VenueView:
    """Other hours, or none, on one or several days, with a reason that the public reads; `parts: null` takes it back.
    Rooms follow their venue. Needs `venues.manage` there; no day gone by.

    409 `venue_still_needed` lists the `bookings` and `shifts` for which it would be shut: refuse, revoke or cancel
    those first. What has begun goes on.
    """
    shown = await work.made(
        lambda: service.differ(work, running.calendar, id, given), lambda venue: _view(work, running, venue)
    )
    return tagged(response, shown)


async def _make(work: Work, running: Service, venue: UUID, name: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, running.calendar, venue, name, given, expected)


async def _view(work: Work, running: Service, id_: UUID) -> views.VenueView:
    return await venues.shown(work, running.calendar, id_)


move_routes(router, VENUE, cases="venues", make=_make, view=_view)
