"""The HTTP door of appeals. Moves have their routes from the workflow's table (`move_routes`)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from services.tickets.appeals import contacts, inputs, intake, moves, timeline, views
from services.tickets.appeals.relations import Appeal, parties
from services.tickets.appeals.workflow import APPEAL, Party
from services.tickets.places import service as places
from shared.kernel.categories import CATEGORIES
from shared.kernel.errors import Unavailable, UnknownPlace
from shared.kernel.rights import Permission
from shared.runtime.clients import RemoteProblem, RemoteUnavailable, acting_for
from shared.runtime.scoping import cut
from shared.runtime.service import Service
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work
from shared.schemas.base import Code, Page
from shared.schemas.places import OpenCounted, OpenCounts

TAG = "诉求 Appeals"
router = api_router(tags=[TAG])
_LIST = Page[views.AppealSummary]


@router.post("/appeals", status_code=201, name="appeal_report", summary="信息上报 Report an appeal")
async def report(new: inputs.NewAppeal, work: Writing, service: TheService, response: Response) -> views.AppealView:
    """Takes a new appeal and answers once it is stored: it cannot be lost after that (受理即入库).

    The place must exist (`unknown_place`) and so must the category (`unknown_category`). The next step is 核实立案 by
    the community's staff. While hierarchy cannot be asked about a place that nobody reported from before, the appeal
    waits at 信息上报 until it can. Repeating the request with the same Idempotency-Key answers with the same appeal.

    `on_behalf_of` (代录) is for those who may read appeals at the place; they can follow what they entered.
    """

    async def run() -> views.AppealView:
        return views.render(work, service, await intake.report(work, service, new))

    async def again(appeal_id: UUID) -> views.AppealView:
        return await views.whole(work, service, appeal_id)

    return tagged(response, await work.once(run, again))


@router.post("/appeals/open-counts", name="appeal_open_counts", summary="未办结数量 Open appeals below places")
async def open_counts(given: OpenCounts, work: Reading) -> OpenCounted:
    """How many appeals are open at each place and below: for the map of hierarchy alone (`service.commands`)."""
    work.actor.demand(Permission.SERVICE_COMMANDS)
    return OpenCounted(counts=await views.open_below(work, given.within, given.paths))


Step = Annotated[
    str | None,
    Query(
        description="Only at this step. `report` is the queue of those whose place is not known yet (待定地点): the "
        "district's operators see it and `locate` them; a hotline's order is then filed by hand as well.",
        pattern=f"^({'|'.join(APPEAL.steps)})$",
        json_schema_extra={"enum": list(APPEAL.steps)},
    ),
]


@router.get("/appeals", name="appeal_list", summary="诉求列表 The newest appeals in your scope", response_model=_LIST)
async def newest(
    work: Reading,
    service: TheService,
    step: Step = None,
    place: Annotated[Code | None, Query(description="Only this place and below (地点编码).")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """Newest first. Residents find their own under `/appeals/mine`. Confidential ones (保密) are listed only for those
    who take appeals in at their place. A `place` outside your scope answers like one that is not there: 422
    `unknown_place`.
    """
    below = await places.need(work, service.clients["hierarchy"], place) if place else None
    if below and not cut(work.actor.scopes(Permission.APPEALS_READ), below.path):
        raise UnknownPlace(place=place)  # as one that does not exist
    return await views.newest(work, step=step, place_path=below.path if below else None, cursor=cursor, limit=limit)


@router.get("/inbox", name="inbox_list", summary="待办 What waits for you to handle", response_model=_LIST)
async def inbox(work: Reading, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """Appeals that were handed to you: to sign, to handle, to answer. Newest first."""
    return await views.inbox(work, cursor=cursor, limit=limit)


@router.get("/appeals/mine", name="appeal_mine", summary="我的诉求 What you reported", response_model=_LIST)
async def mine(work: Reading, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """Newest first; what the hotline took down from your number is among them."""
    return await views.mine(work, cursor=cursor, limit=limit)


@router.get("/categories", name="category_list", summary="诉求类别 The categories of appeals")
async def categories() -> list[views.CategoryView]:
    """Every category that an appeal may carry: five top ones (大类), each followed by its own. Needs no token."""
    return [views.CategoryView(code=code, label=label, top=code[:2]) for code, label in sorted(CATEGORIES.items())]


@router.get("/appeals/{id}", name="appeal_read", summary="诉求详情 One appeal")
async def one(id: UUID, work: Reading, service: TheService, response: Response) -> views.AppealView:
    """With the moves that are open to you. The ETag goes into If-Match of the next move."""
    return tagged(response, await contacts.whole(work, service, id))


@router.get("/appeals/{id}/timeline", name="appeal_timeline", summary="办理过程 What happened, in order")
async def history(id: UUID, work: Reading) -> list[timeline.TimelineItem]:
    """Every step with actor, time, reason and evidence, oldest first (全程留痕)."""
    return await timeline.of(work, id)


async def _make(work: Work, service: Service, id_: UUID, move: str, given: BaseModel, expected: int | None) -> Appeal:
    if isinstance(given, inputs.Located):
        await moves.load(work, id_)  # first: who does not see the appeal learns nothing about places here
        place = await places.need(work, service.clients["hierarchy"], given.place)
        given = inputs.KnownLocation(**given.model_dump(), found=place)
    if isinstance(given, inputs.Assignment):
        given = await _routed(work, service, id_, given)
    if named := inputs.named_attachments(given):
        await moves.load(work, id_)  # first: to a stranger the appeal itself is not there
        await service.extras["evidence"](work, id_, named)
    return await moves.make(work, service.calendar, id_, move, given, expected)


async def _routed(work: Work, service: Service, id_: UUID, given: inputs.Assignment) -> inputs.Assignment:
    """The assignment with today's chain of responsibility; with the one that is known while hierarchy is away."""
    appeal = await moves.load(work, id_)
    if appeal["step"] not in ("assign", "handle") or Party.DISPATCH not in parties(appeal, work.actor):
        return given  # the table says why not
    hierarchy = service.clients["hierarchy"]
    try:
        where, what = appeal["place_code"], appeal["category"]
        today = await places.responsible(hierarchy, work.district, where, what, act=acting_for(work.actor))
    except (RemoteProblem, RemoteUnavailable):
        if appeal["chain"]:
            return given
        raise Unavailable(retry_after=2) from None
    return inputs.RoutedAssignment(**given.model_dump(), chain=today.chain, found=today.place)


async def _view(work: Work, service: Service, appeal: Appeal) -> views.AppealView:
    return views.render(work, service, appeal)


@router.post("/appeals/{id}/confidentiality", name="appeal_confidentiality", summary="设为保密 Hide it or show it")
async def confidentiality(
    id: UUID, given: inputs.Confidentiality, work: Writing, service: TheService, response: Response, expected: IfMatch
) -> views.AppealView:
    """For those who take it in or supervise it, at any step. A confidential one exists only for whoever takes appeals
    in at its place, handles it or had it, and reported it; its hotline hears that something happened, and not what.
    """

    async def run() -> views.AppealView:
        return views.render(work, service, await moves.set_confidential(work, id, given, expected))

    async def again(appeal_id: UUID) -> views.AppealView:
        return await views.whole(work, service, appeal_id)

    return tagged(response, await work.once(run, again))


move_routes(router, APPEAL, cases="appeals", make=_make, view=_view, again=views.whole)
