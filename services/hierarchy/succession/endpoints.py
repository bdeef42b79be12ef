"""Appointments and seats over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response, status
from pydantic import BaseModel

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.succession import filling, service
from services.hierarchy.succession.inputs import NewPost
from services.hierarchy.succession.views import AppointmentView, PostView
from services.hierarchy.succession.workflow import APPOINTMENT, OWN_MOVES
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work
from shared.schemas.base import Code, Page

router = api_router(tags=[APPOINTMENT.label])
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


@router.get("/appointments", name="appointment_list", summary="任职列表 Appointments")
async def listed(  # noqa: PLR0913, PLR0917 - one parameter per filter
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    post: Annotated[Code | None, Query(description="Only of this seat: its whole history (岗位编码).")] = None,
    person: Annotated[UUID | None, Query(description="Only this person's (人员).")] = None,
    kind: Kind = None,
    on: Annotated[date | None, Query(description="Only those in force on this day (任职日).")] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[AppointmentView]:
    """Past, present and to come, where you may read people (`people.read`), in the order in which they were made.

    With `on`: who held what on that day. What it answers about a day gone by never changes.
    """
    found = {"place": place, "post": post, "person": person, "kind": kind, "on": on, "step": step}
    return await service.page(work, running.vault, mine=False, **found, cursor=cursor, limit=limit)


@router.get("/appointments/mine", name="appointment_mine", summary="我的任职 Posts that you hold or held")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[AppointmentView]:
    """In the order in which they were made."""
    return await service.page(work, running.vault, mine=True, cursor=cursor, limit=limit)


@router.get("/appointments/{id}", name="appointment_read", summary="任职详情 An appointment")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> AppointmentView:
    """For whoever holds it and for those who may read people there."""
    return tagged(response, await service.whole(work, running.vault, id))


def _running(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


async def _make(work: Work, request: Request, id_: UUID, move: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, _running(request).clients["tickets"], id_, move, given, expected)


async def _view(work: Work, request: Request, id_: UUID) -> AppointmentView:
    return await service.whole(work, _running(request).vault, id_)


move_routes(router, APPOINTMENT, cases="appointments", make=_make, view=_view, model=AppointmentView, only=OWN_MOVES)
