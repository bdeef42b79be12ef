"""The HTTP door of loans."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.loans import inputs, service
from services.hierarchy.loans.views import Borrower, ItemView, LoanView
from services.hierarchy.loans.workflow import LOAN
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.service import Service
from shared.runtime.web.doors import IfMatch, Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.personal import keep_nowhere
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.personal import RevealReason

TAG = "借用 Loans"
router = api_router(tags=[TAG])


@router.get("/venues/{id}/items", name="item_list", summary="借用物品 What a venue lends")
async def items(id: UUID, work: Reading) -> list[ItemView]:
    """Umbrellas, chargers, wheelchairs: how many there are, how many are out, how many should be back."""
    return await service.items(work, id)


@router.post(
    "/venues/{id}/items", status_code=status.HTTP_201_CREATED, name="item_add", summary="登记物品 Lend something new"
)
async def add_item(id: UUID, given: inputs.NewItem, work: Writing, response: Response) -> ItemView:
    """Needs `venues.manage` there; 409 for a name that is there already."""
    return tagged(
        response, await work.once(lambda: service.add_item(work, id, given), lambda thing: service.item_of(work, thing))
    )


@router.post("/items/{id}/edit", name="item_edit", summary="修改物品 Change how many there are")
async def edit_item(id: UUID, given: inputs.ItemEdit, work: Writing, response: Response, expected: IfMatch) -> ItemView:
    """Needs `venues.manage` there; 409 `still_lent` for fewer than are out."""
    shown = await work.once(
        lambda: service.edit_item(work, id, given, expected), lambda thing: service.item_of(work, thing)
    )
    return tagged(response, shown)


@router.post("/items/{id}/loans", status_code=status.HTTP_201_CREATED, name="loan_lend", summary="借出 Lend one")
async def lend(id: UUID, given: inputs.NewLoan, work: Writing, running: TheService, response: Response) -> LoanView:
    """To somebody known where you serve (else 422 `unknown_person`), or to whoever says name and number; stored
    encrypted, shown masked, and forgotten thirty days after it came back or was said to be lost. Needs `venues.serve`
    there; 409 `nothing_left` where all are out.
    """
    shown = await work.once(
        lambda: service.lend(work, running.vault, id, given), lambda loan: service.whole(work, running.vault, loan)
    )
    return tagged(response, shown)


@router.get("/loans", name="loan_list", summary="借用记录 Loans")
async def listed(
    work: Reading,
    running: TheService,
    place: Annotated[PlaceCode | None, Query(description="Venues at this place and below (地点编码).")] = None,
    venue: Annotated[UUID | None, Query(description="Only of this venue (阵地).")] = None,
    step: Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `lent`.")] = None,
    overdue: Annotated[bool, Query(description="Only what should be back (逾期未还).")] = False,  # noqa: FBT002 - a query's name
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[LoanView]:
    """What venues in your scope have lent (`venues.serve`), what is due first at the top: so the overdue list begins
    with what is most overdue.
    """
    return await service.page(
        work, running.vault, place=place, venue=venue, step=step, overdue=overdue, cursor=cursor, limit=limit
    )


@router.get("/loans/{id}", name="loan_read", summary="借用详情 A loan")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> LoanView:
    """For those who keep that shelf; 404 for everybody else."""
    return tagged(response, await service.whole(work, running.vault, id))


@router.post("/loans/{id}/reveal", name="loan_reveal", summary="查看借用人 See who has it")
async def reveal(id: UUID, given: RevealReason, work: Writing, running: TheService, response: Response) -> Borrower:
    """Name and number in full, with a reason, to ask for what is overdue; of somebody known here only for those who may
    reveal people at their place (`personal.reveal`). One journal row each, counted against `LINLI_REVEALS_PER_DAY`; the
    same Idempotency-Key shows the same again for ten minutes.
    """
    keep_nowhere(response)
    per_day = running.settings.reveals_per_day
    return await work.once(
        lambda: service.reveal(work, running.vault, id, given, per_day),
        lambda loan: service.revealed(work, running.vault, loan),
    )


async def _view(work: Work, running: Service, id_: UUID) -> LoanView:
    return await service.whole(work, running.vault, id_)


move_routes(router, LOAN, cases="loans", make=plain(service.move), view=_view)
