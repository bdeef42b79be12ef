"""The HTTP door of the pool of experts. Moves have their routes from the workflow's table."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.experts import inputs, service
from services.hierarchy.experts.views import ExpertView
from services.hierarchy.experts.workflow import EXPERT
from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "智囊团 Experts"
router = api_router(tags=[TAG])


@router.post("/experts", status_code=status.HTTP_201_CREATED, name="expert_create", summary="入库 Join the pool")
async def create(given: inputs.NewExpert, work: Writing, running: TheService, response: Response) -> ExpertView:
    """Retired cadres, teachers, lawyers, engineers: who can be asked about what, and on which days (智囊团). Needs
    `organisations.manage` at the place; 409 for one who is in that pool; 422
    `unknown_person` for one whom you may not read, and who holds no post there, above or below.
    """
    shown = await work.made(lambda: service.create(work, given), lambda made: service.whole(work, running.vault, made))
    return tagged(response, shown)


@router.get("/experts", name="expert_list", summary="智囊团 The pool of experts")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    field: Annotated[str | None, Query(max_length=200, description="Who knows about this (专长).")] = None,
    on: Annotated[Day | None, Query(description="Who can be asked on this day (某日可参与).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ExpertView]:
    """Those in the pools of your places, with masked names. Needs `partners.read`."""
    return await service.page(work, running.vault, place=place, field=field, on=on, cursor=cursor, limit=limit)


@router.get("/experts/{id}", name="expert_read", summary="智囊团成员 An expert")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> ExpertView:
    """For themself and for those who read there."""
    return tagged(response, await service.whole(work, running.vault, id))


async def _view(work: Work, running: Service, id_: UUID) -> ExpertView:
    return await service.whole(work, running.vault, id_)


move_routes(router, EXPERT, cases="experts", make=plain(service.move), view=_view)
