"""The HTTP door of 双报到. Moves have their routes from the workflow's table."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response, status

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.report_ins import inputs, service
from services.hierarchy.report_ins.views import ReportInCounts, ReportInView
from services.hierarchy.report_ins.workflow import REPORT_IN
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "双报到 Reporting in"
router = api_router(tags=[TAG])
AtStep = Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `reported`.")]


@router.post("/report-ins", status_code=status.HTTP_201_CREATED, name="report_in_create", summary="报到 Report in")
async def create(given: inputs.NewReportIn, work: Writing, running: TheService, response: Response) -> ReportInView:
    """A party member at work reports to the community where they live, with what they can do and how many hours a month
    they would give; everybody may for themself (`report_ins.create`). For somebody else, and for a whole unit,
    `partners.manage` at the place is needed. 409 while reported in there.
    """
    shown = await work.made(lambda: service.create(work, given), lambda made: service.whole(work, running.vault, made))
    return tagged(response, shown)


@router.get("/report-ins", name="report_in_list", summary="报到名册 Who reported in")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    unit: Annotated[str | None, Query(max_length=100, description="Of this unit (单位).")] = None,
    step: AtStep = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReportInView]:
    """Those at your places, the latest first. Needs `partners.manage`."""
    return await service.page(
        work, running.vault, mine=False, place=place, unit=unit, step=step, cursor=cursor, limit=limit
    )


@router.get("/report-ins/mine", name="report_in_mine", summary="我的报到 Where you reported in")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 50) -> Page[ReportInView]:
    """The latest first."""
    return await service.page(work, running.vault, mine=True, cursor=cursor, limit=limit)


@router.get("/places/{code}/report-ins", name="report_in_counts", summary="报到人数 How many reported in")
async def counts(code: Annotated[PlaceCode, Path()], work: Reading) -> ReportInCounts:
    """Confirmed ones at a place and below: members, units, and the hours that they would give. Needs `places.read`."""
    return await service.counts(work, code)


@router.get("/report-ins/{id}", name="report_in_read", summary="报到详情 A report-in")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> ReportInView:
    """For whoever reported in and for the staff there; 404 for everybody else."""
    return tagged(response, await service.whole(work, running.vault, id))


async def _view(work: Work, running: Service, id_: UUID) -> ReportInView:
    return await service.whole(work, running.vault, id_)


move_routes(router, REPORT_IN, cases="report-ins", make=plain(service.move), view=_view)
