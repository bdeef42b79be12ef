"""The HTTP door of three-party evaluation. Moves have their routes from the workflow's table."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.evaluations import inputs, service
from services.hierarchy.evaluations.views import EvaluationView, Report, as_csv
from services.hierarchy.evaluations.workflow import EVALUATION, OWN_MOVES
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "三方评价 Evaluations"
router = api_router(tags=[TAG])
Year = Annotated[int | None, Query(ge=2000, le=2199, description="Only of this year (年度).")]
AtStep = Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `flagged`.")]
AtPlace = Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")]


@router.post(
    "/evaluations", status_code=status.HTTP_201_CREATED, name="evaluation_begin", summary="发起三方评价 Begin one"
)
async def begin(given: inputs.NewEvaluation, work: Writing, response: Response) -> EvaluationView:
    """Of a partner or a post, for a year: those whom it serves, the compound's party branch and the owners' committee
    score it from 0 to 100, three different people. Needs `evaluations.manage` at its place.

    409 `evaluated_already`; 422 `unknown_subject`, and `unknown_person` for one whom you may not read, and who holds no
    post there, above or below.
    """
    shown = await work.made(lambda: service.create(work, given), lambda made: service.whole(work, made))
    return tagged(response, shown)


@router.get("/evaluations", name="evaluation_list", summary="三方评价列表 Evaluations that you run")
async def listed(
    work: Reading,
    year: Year = None,
    place: AtPlace = None,
    step: AtStep = None,
    subject: Annotated[str | None, Query(max_length=120, description="Of this partner or post (被评价者).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[EvaluationView]:
    """The latest first. Who has scored is shown, what they gave is not until all three are in: not here either."""
    return await service.page(
        work, mine=False, year=year, place=place, step=step, subject=subject, cursor=cursor, limit=limit
    )


@router.get("/evaluations/mine", name="evaluation_mine", summary="待我评分 Evaluations that you score")
async def mine(
    work: Reading, year: Year = None, step: AtStep = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[EvaluationView]:
    """The latest first."""
    return await service.page(work, mine=True, year=year, step=step, cursor=cursor, limit=limit)


@router.get(
    "/evaluations/report",
    name="evaluation_report",
    summary="年度评价报告 The year's report",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_model=Report,
)
async def report(
    work: Reading,
    year: Annotated[int | None, Query(ge=2000, le=2199, description="This year without it (年度).")] = None,
    place: AtPlace = None,
    format: Annotated[Literal["json", "csv"], Query(description="`csv` for a spreadsheet.")] = "json",  # noqa: A002
) -> Report | Response:
    """Every partner and post that was evaluated, the best first, with the three scores, the result and the spread;
    those without a result at the end, without scores. Cells of the CSV are never formulas. Needs `evaluations.manage`.
    """
    made = await service.report(work, year, place)
    if format == "json":
        return made
    named = {"Content-Disposition": f'attachment; filename="evaluations-{made.year}.csv"', "Cache-Control": "no-store"}
    return Response(as_csv(made), media_type="text/csv; charset=utf-8", headers=named)


@router.get("/evaluations/{id}", name="evaluation_read", summary="三方评价 An evaluation")
async def read(id: UUID, work: Reading, response: Response) -> EvaluationView:
    """For the three who score and for those who run it; 404 for everybody else."""
    return tagged(response, await service.whole(work, id))


move_routes(
    router, EVALUATION, cases="evaluations", make=plain(service.move), view=plain(service.whole), only=OWN_MOVES
)
