"""The HTTP door of rosters and shifts."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.rosters import duty, inputs, planning, service, turns, views
from services.hierarchy.rosters.workflow import OWN_MOVES, ROSTER, SHIFT
from shared.kernel.calendar import Calendar
from shared.kernel.days import Moment
from shared.runtime.service import Service
from shared.runtime.web.days import Since, Until, spanned
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "值班表 Rosters"
router = api_router(tags=[TAG])
LONGEST_LIST, LONGEST_CHECK = 62, 31


@router.post("/rosters", status_code=status.HTTP_201_CREATED, name="roster_create", summary="建立值班表 Make a roster")
async def create(given: inputs.NewRoster, work: Writing, running: TheService, response: Response) -> views.RosterView:
    """Of a venue, or of a group of posts at a place. What is to be covered follows the venue's opening hours, or is
    said here; 08:00–21:00 without either. Needs `rosters.manage` there.
    """
    shown = await work.made(
        lambda: service.create(work, given), lambda roster: service.shown(work, running.vault, roster)
    )
    return tagged(response, shown)


@router.get("/rosters", name="roster_list", summary="值班表列表 Rosters")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    venue: Annotated[UUID | None, Query(description="Only of this venue (阵地).")] = None,
    step: Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `active`.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[views.RosterSummary]:
    """Those in your scope (`rosters.read`)."""
    return await service.page(work, place=place, venue=venue, step=step, cursor=cursor, limit=limit)


@router.get("/rosters/{id}", name="roster_read", summary="值班表 A roster")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> views.RosterView:
    """With those who take turns, by name. For `rosters.read` there, and for whoever takes turns in it."""
    return tagged(response, await service.shown(work, running.vault, id))


@router.post("/rosters/{id}/members", name="roster_join", summary="加入轮值 Somebody takes turns")
async def join(
    id: UUID, given: inputs.NewRosterMember, work: Writing, running: TheService, response: Response
) -> views.RosterView:
    """At the end of the turns; for somebody who takes turns already, another label. Needs `rosters.manage` there.

    Somebody whom you may read (`people.read`), or who holds a post there, above or below; else 422 `unknown_person`.
    """
    shown = await work.made(
        lambda: turns.join(work, id, given), lambda roster: service.shown(work, running.vault, roster)
    )
    return tagged(response, shown)


@router.post("/rosters/{id}/leave", name="roster_leave", summary="退出轮值 Somebody takes no turns any more")
async def leave(
    id: UUID, given: inputs.LeavingRoster, work: Writing, running: TheService, response: Response
) -> views.RosterView:
    """409 `shifts_hang` while shifts wait for them: give those to others, or hand them over. Needs `rosters.manage`."""
    shown = await work.made(
        lambda: turns.leave(work, id, given), lambda roster: service.shown(work, running.vault, roster)
    )
    return tagged(response, shown)


@router.post("/rosters/{id}/hand-over", name="roster_hand_over", summary="移交班次 Hand all shifts over")
async def hand_over(
    id: UUID, given: inputs.ShiftHandOver, work: Writing, running: TheService, response: Response
) -> views.RosterView:
    """All shifts of somebody from a day on, and from that day their place in the turns, go to a successor: all or none.
    From today on: a shift of a day gone by stays with whoever had it.

    409 `two_places_at_once` where the successor is elsewhere then. Needs `rosters.manage` there.
    """
    shown = await work.made(lambda: turns.succeed(work, id, given), lambda _: service.shown(work, running.vault, id))
    return tagged(response, shown)


# --- shifts ------------------------------------------------------------------------------------------------------


@router.post(
    "/rosters/{id}/shifts", status_code=status.HTTP_201_CREATED, name="shift_plan", summary="排班 Plan a shift"
)
async def plan(
    id: UUID, given: inputs.NewShift, work: Writing, running: TheService, response: Response
) -> views.ShiftView:
    """A draft until it is published, from today on: who was on duty on a day gone by stays as it was. 422
    `not_a_member`; 409 `two_places_at_once`, in whichever roster that is, and `venue_closed`.
    """
    shown = await work.made(
        lambda: planning.add(work, id, given), lambda shift: planning.whole(work, running.vault, shift)
    )
    return tagged(response, shown)


@router.post("/rosters/{id}/rotate", name="roster_rotate", summary="自动轮班 Plan in turns")
async def rotate(
    id: UUID, given: inputs.ShiftRotation, work: Writing, running: TheService, response: Response
) -> views.RosterView:
    """Drafts for what nobody covers yet on these days (31 at most, from today on), in turns, after whoever had the last
    one before.

    Whoever is elsewhere then is passed over; what nobody is free for stays a gap, which the check shows.
    """
    shown = await work.made(
        lambda: planning.rotate(work, running.calendar, id, given),
        lambda roster: service.shown(work, running.vault, roster),
    )
    return tagged(response, shown)


@router.post("/rosters/{id}/publish", name="roster_publish", summary="公布值班表 Publish")
async def publish(
    id: UUID, given: inputs.Publication, work: Writing, running: TheService, response: Response
) -> views.RosterView:
    """What was a draft on these days, from today on, holds from now on. 409 `roster_has_gaps` with the gaps, unless
    `accept_gaps` says why they may stay.
    """
    shown = await work.made(
        lambda: planning.publish(work, running.calendar, id, given),
        lambda roster: service.shown(work, running.vault, roster),
    )
    return tagged(response, shown)


@router.get("/rosters/{id}/check", name="roster_check", summary="检查值班表 Whether a roster holds")
async def check(
    id: UUID, work: Reading, running: TheService, since: Since = None, until: Until = None
) -> views.CheckView:
    """Gaps (空档) and clashes (冲突) on these days, drafts included. Up to 31 days; today without any. Of days gone by:
    against what was to be covered then.
    """
    days = spanned(since, until, work.today, LONGEST_CHECK)
    return await planning.check(work, running.calendar, id, *days)


@router.get("/rosters/{id}/shifts", name="shift_list", summary="班次列表 Shifts of a roster")
async def shifts(
    id: UUID,
    work: Reading,
    running: TheService,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[views.ShiftView]:
    """By time. Drafts are shown to those who plan only. Up to 62 days; today without any."""
    span = _instants(running.calendar, since, until, work.today)
    return await duty.shifts(work, running.vault, id, span, cursor=cursor, limit=limit)


@router.get("/shifts/mine", name="shift_mine", summary="我的班次 My shifts")
async def mine(
    work: Reading,
    running: TheService,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[views.ShiftView]:
    """Your published shifts by time, in all rosters. Up to 62 days; today without any."""
    span = _instants(running.calendar, since, until, work.today)
    return await duty.shifts(work, running.vault, None, span, cursor=cursor, limit=limit)


@router.get("/shifts/{id}", name="shift_read", summary="班次 A shift")
async def shift(id: UUID, work: Reading, running: TheService, response: Response) -> views.ShiftView:
    """For those who read its roster, and for whoever has it."""
    return tagged(response, await planning.whole(work, running.vault, id))


# --- now ---------------------------------------------------------------------------------------------------------


@router.get("/places/{code}/on-duty", name="place_on_duty", summary="此刻谁值班 Who is on duty now")
async def on_duty(
    code: PlaceCode,
    work: Reading,
    running: TheService,
    at: Annotated[Moment | None, Query(description="Another moment than now (时刻).")] = None,
) -> list[views.OnDuty]:
    """Who is to be there for this place at this moment, by published shifts of rosters at the place and above: the
    nearest first, and who has reported before who has not. At a moment gone by: who was, and had not left. Needs
    `rosters.read` there.
    """
    return await duty.on_duty(work, running.vault, code, at)


@router.get("/places/{code}/duty-cover", name="place_duty_cover", summary="值班覆盖 How much is covered")
async def cover(
    code: PlaceCode, work: Reading, running: TheService, since: Since = None, until: Until = None
) -> views.CoverSum:
    """For all rosters at a place and below: person-hours to be covered, covered by published shifts, and attended.

    Twelve stations from 08:00 to 21:00 are 156 hours a day. Up to 31 days; today without any. Of days gone by: what was
    to be covered then, by the rosters and opening hours as they were at the end of the day.
    """
    days = spanned(since, until, work.today, LONGEST_CHECK)
    return await duty.cover(work, running.calendar, code, *days)


def _instants(calendar: Calendar, since: date | None, until: date | None, today: date) -> tuple[datetime, datetime]:
    first, last = spanned(since, until, today, LONGEST_LIST)
    return calendar.at(first), calendar.at(last + timedelta(days=1))


async def _view(work: Work, running: Service, id_: UUID) -> views.RosterView:
    return await service.shown(work, running.vault, id_)


async def _view_shift(work: Work, running: Service, id_: UUID) -> views.ShiftView:
    return await planning.whole(work, running.vault, id_)


move_routes(router, ROSTER, cases="rosters", make=plain(service.move), view=_view)
move_routes(router, SHIFT, cases="shifts", make=plain(planning.move), view=_view_shift, only=OWN_MOVES)
