"""The HTTP door of registrations. Scans (check_in, check_out) have theirs in the slice of attendance."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.events.registrations import inputs, service, views
from services.events.registrations.workflow import OWN_MOVES, REGISTRATION
from shared.runtime.web import pages
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "报名 Registrations"
router = api_router(tags=[TAG])
Step = Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `waitlisted`.")]


@router.post(
    "/activities/{id}/registrations",
    status_code=201,
    name="registration_sign_up",
    summary="报名 Sign up for an activity",
)
async def sign_up(
    id: UUID,
    given: inputs.SignUp,
    work: Writing,
    response: Response,
) -> views.RegistrationView:
    """Signs the caller up: `registered` while seats are left and nobody waits, otherwise `waitlisted` behind the rest.

    When a seat becomes free the head of the list moves up and is told (`GET /notices/mine`). 409: `sign_up_closed`
    outside the window, `full` where the waiting list has a limit, `already_done` for a second sign-up.
    """

    async def run() -> views.RegistrationView:
        row, activity = await service.sign_up(work, id, given)
        return views.whole(row, activity, work.actor, work.now)

    async def again(registration: UUID) -> views.RegistrationView:
        return await _whole(work, registration)

    return tagged(response, await work.once(run, again))


@router.get(
    "/activities/{id}/registrations",
    name="registration_list",
    summary="报名名单 Who signed up, in order",
)
async def of_activity(
    id: UUID,
    work: Reading,
    step: Step = None,
    cursor: pages.Cursor = None,
    limit: pages.Limit = 50,
) -> Page[views.RegistrationSummary]:
    """In the order of signing up (place number). For the organiser, staff, and the posts of the place."""
    following = pages.decode(cursor, int)
    rows = await service.of_activity(
        work, id, limit=limit + 1, step=step, following=following[0] if following else None
    )
    more = len(rows) > limit
    return Page(
        items=[views.summary(row) for row in rows[:limit]],
        next=pages.encode(rows[limit - 1]["place_no"]) if more else None,
    )


@router.get("/registrations/mine", name="registration_mine", summary="我的报名 What you signed up for")
async def mine(work: Reading, cursor: pages.Cursor = None, limit: pages.Limit = 20) -> Page[views.MyRegistration]:
    """Newest first, with the position in the waiting list."""
    following = pages.decode(cursor, UUID)
    rows, activities = await service.mine(work, limit=limit + 1, following=following[0] if following else None)
    more = len(rows) > limit
    return Page(
        items=[views.own(row, activities[row["activity_id"]]) for row in rows[:limit]],
        next=pages.encode(rows[limit - 1]["id"]) if more else None,
    )


@router.get("/registrations/{id}", name="registration_read", summary="报名详情 One registration")
async def one(id: UUID, work: Reading, response: Response) -> views.RegistrationView:
    """For the person and for those who keep the activity's list. The ETag goes into If-Match of the next move."""
    return tagged(response, await _whole(work, id))


async def _whole(work: Work, registration: UUID) -> views.RegistrationView:
    row, activity = await service.load(work, registration)
    return views.whole(row, activity, work.actor, work.now)


move_routes(router, REGISTRATION, cases="registrations", make=plain(service.move), view=plain(_whole), only=OWN_MOVES)
