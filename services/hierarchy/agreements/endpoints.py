"""The HTTP door of agreements. Moves have their routes from the workflow's table."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.agreements import inputs, service
from services.hierarchy.agreements.views import AgreementSummary, AgreementView
from services.hierarchy.agreements.workflow import AGREEMENT, OWN_MOVES
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.web.doors import Reading, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "共建协议 Agreements"
router = api_router(tags=[TAG])
Within = Annotated[int | None, Query(ge=0, le=3660, description="Ends within so many days (几天内到期).")]


@router.post(
    "/agreements", status_code=status.HTTP_201_CREATED, name="agreement_draft", summary="起草共建协议 Draft one"
)
async def draft(given: inputs.NewAgreement, work: Writing, response: Response) -> AgreementView:
    """With a partner, a company or a department, for a place: clauses with how often they are kept (每月一次), first
    and last day. Needs `partners.manage` at the place. 422 `unknown_organisation`; 409 `no_partner`.
    """
    shown = await work.made(lambda: service.create(work, given), lambda made: service.whole(work, made))
    return tagged(response, shown)


@router.get("/agreements", name="agreement_list", summary="共建协议列表 Agreements")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="Made for this place or one below (地点编码).")] = None,
    organisation: Annotated[str | None, Query(max_length=100, description="With this partner (共建单位).")] = None,
    step: Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `running`.")] = None,
    within: Within = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AgreementSummary]:
    """Those made for your places, what ends first at the top: `?step=running&within=30` is what to renew. Needs
    `partners.read`.
    """
    return await service.page(
        work, place=place, organisation=organisation, step=step, within=within, cursor=cursor, limit=limit
    )


@router.get("/agreements/{id}", name="agreement_read", summary="共建协议 An agreement and how far it is kept")
async def read(id: UUID, work: Reading, response: Response) -> AgreementView:
    """Clause by clause, period by period: done, due, and whether it is met, still open or missed."""
    return tagged(response, await service.whole(work, id))


move_routes(router, AGREEMENT, cases="agreements", make=plain(service.move), view=plain(service.whole), only=OWN_MOVES)
