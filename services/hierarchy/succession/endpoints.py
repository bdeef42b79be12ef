"""Appointments and seats over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status
from pydantic import BaseModel

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.succession import filling, reading, seats, service
from services.hierarchy.succession.inputs import NewPost
from services.hierarchy.succession.views import AppointmentView, BadgeView, PostDetail, PostView
from services.hierarchy.succession.workflow import APPOINTMENT, OWN_MOVES
from shared.kernel.days import Day
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work
from shared.schemas.base import Code, Line, Page

TAG = "任职 Appointments"
router = api_router(tags=[TAG])
Kind = Annotated[str | None, Query(max_length=50, description="Only this kind of post, e.g. `building_head`.")]
AtStep = Annotated[
    str | None, Query(pattern=f"^({'|'.join(APPOINTMENT.steps)})$", description="Only at this step, e.g. `leaving`.")
]


@router.post("/posts", status_code=status.HTTP_201_CREATED, name="post_add", summary="增设岗位 Make a seat")
async def add_post(given: NewPost, work: Writing) -> PostView:
    """One more seat of a kind that the structure in force at the place has; it answers for the place as that kind does.

    For those who appoint there (`appointments.manage`; `structures.manage` for staff and departments).
    """
    return await work.once(lambda: filling.add_post(work, given), lambda id_: filling.post(work, id_))


@router.get("/posts", name="post_list", summary="岗位列表 Seats")
async def posts(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    kind: Kind = None,
    organisation: Annotated[Code | None, Query(description="Only in this organisation (组织编码).")] = None,
    vacant: Annotated[
        bool | None, Query(description="Only those that nobody holds (空缺), or that somebody does.")
    ] = None,
    on: Annotated[Day | None, Query(description="As of this day; today if left out (某日).")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[PostView]:
    """The seats behind the figures of a place's summary, and those that wait for somebody to stand. Whoever sees the
    places there (`places.read`) sees them; who holds one, says the contact sheet, or `GET /appointments?post=`.
    """
    found = {"place": place, "kind": kind, "organisation": organisation}
    return await seats.page(work, vacant=vacant, on=on, **found, cursor=cursor, limit=limit)


@router.get("/posts/{code}", name="post_read", summary="岗位职责 What a seat is for")
async def read_post(code: Code, work: Reading) -> PostDetail:
    """Its duties and services (职责清单、服务事务清单), as recorded for it or else by the structure, who appoints, and
    the WeChat groups in which its holder is known as such (亮明身份). For everybody at its place, below it or above.
    """
    return await seats.detail(work, code)


@router.get("/appointments", name="appointment_list", summary="任职列表 Appointments")
async def listed(  # noqa: PLR0913, PLR0917 - one parameter per filter
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    post: Annotated[Code | None, Query(description="Only of this seat: its whole history (岗位编码).")] = None,
    person: Annotated[UUID | None, Query(description="Only this person's (人员).")] = None,
    kind: Kind = None,
    on: Annotated[Day | None, Query(description="Only those in force on this day (任职日).")] = None,
    source: Annotated[Line | None, Query(description="Only of holders who were found in this way (来源).")] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[AppointmentView]:
    """Past, present and to come, where you may read people (`people.read`), in the order in which they were made.

    With `on`: who held what on that day. What it answers about a day gone by never changes.
    """
    found = {"place": place, "post": post, "person": person, "kind": kind, "on": on, "source": source, "step": step}
    return await service.page(work, running.vault, mine=False, **found, cursor=cursor, limit=limit)


@router.get("/appointments/mine", name="appointment_mine", summary="我的任职 Posts that you hold or held")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[AppointmentView]:
    """In the order in which they were made."""
    return await service.page(work, running.vault, mine=True, cursor=cursor, limit=limit)


@router.get("/appointments/{id}", name="appointment_read", summary="任职详情 An appointment")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> AppointmentView:
    """For whoever holds it and for those who may read people there."""
    return tagged(response, await service.whole(work, running.vault, id))


@router.get("/appointments/{id}/badge", name="appointment_badge", summary="电子胸牌 A holder's badge")
async def badge(id: UUID, work: Reading, running: TheService) -> BadgeView:
    """Name, post, place and duties of whoever holds the post, and the public page on which anybody sees that it is so.
    For the holder, and for those who may read people there.
    """
    return await reading.badge(work, running, id)


async def _make(work: Work, running: Service, id_: UUID, move: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, running.clients["tickets"], id_, move, given, expected)


async def _view(work: Work, running: Service, id_: UUID) -> AppointmentView:
    return await service.whole(work, running.vault, id_)


move_routes(router, APPOINTMENT, cases="appointments", make=_make, view=_view, only=OWN_MOVES)
