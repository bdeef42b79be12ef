"""The HTTP door of attendance: the scans of a registration, walk-ins, and lists."""

from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from services.events.attendance import service, views
from services.events.registrations import service as registrations
from services.events.registrations.inputs import Scan, WalkIn
from services.events.registrations.views import whole
from services.events.registrations.workflow import REGISTRATION, SCANS
from shared.runtime.service import Service
from shared.runtime.web import pages
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "签到 Attendance"
router = api_router(tags=[TAG])


@router.post(
    "/activities/{id}/walk-ins",
    status_code=201,
    name="attendance_walk_in",
    summary="现场参加 Enter somebody at the door",
)
async def walk_in(
    id: UUID,
    given: WalkIn,
    work: Writing,
    response: Response,
) -> views.AttendanceView:
    """Takes a seat that is left and checks the person in. For the organiser, staff, and the posts of the place.

    From an hour before the start until it is finished (`sign_up_closed`); 409 `full` without a seat.
    """
    return tagged(response, await work.made(lambda: service.walk_in(work, id, given), lambda made: _shown(work, made)))


@router.get("/activities/{id}/attendance", name="attendance_list", summary="签到名单 Who came, with minutes")
async def of_activity(
    id: UUID,
    work: Reading,
    cursor: pages.Cursor = None,
    limit: pages.Limit = 50,
) -> Page[views.AttendanceItem]:
    """Newest registration first. For the organiser, staff, and the posts of the place."""
    after = pages.decode(cursor, UUID)
    return _page(await service.of_activity(work, id, limit=limit + 1, following=after[0] if after else None), limit)


@router.get("/attendance/mine", name="attendance_mine", summary="我的时长 Where you came, with minutes")
async def mine(work: Reading, cursor: pages.Cursor = None, limit: pages.Limit = 20) -> Page[views.AttendanceItem]:
    """Newest registration first."""
    after = pages.decode(cursor, UUID)
    return _page(await service.mine(work, limit=limit + 1, following=after[0] if after else None), limit)


@router.get("/registrations/{id}/attendance", name="attendance_read", summary="签到情况 One person's attendance")
async def one(id: UUID, work: Reading, response: Response) -> views.AttendanceView:
    """The registration with check-in, check-out, minutes and their evidence."""
    return tagged(response, await _shown(work, id))


def _page(rows: list[service.Attendance], limit: int) -> Page[views.AttendanceItem]:
    following = pages.encode(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[views.item(row) for row in rows[:limit]], next=following)


async def _shown(work: Work, registration: UUID) -> views.AttendanceView:
    row, activity = await registrations.load(work, registration)
    there = await service.of_registration(work, registration)
    shown = whole(row, activity, work.actor, work.now)
    return views.AttendanceView(**dict(shown), **views.presence(there))


async def _make(work: Work, _: Service, id_: UUID, move: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.scan(work, id_, move, Scan.model_validate(given, from_attributes=True), expected)


move_routes(router, REGISTRATION, cases="registrations", make=_make, view=plain(_shown), only=SCANS)
