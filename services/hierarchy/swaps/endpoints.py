"""The HTTP door of swaps."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.swaps import inputs, service
from services.hierarchy.swaps.views import SwapView
from services.hierarchy.swaps.workflow import OWN_MOVES, SWAP
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.runtime.work import Work
from shared.schemas.base import Page

TAG = "换班 Swaps"
router = api_router(tags=[TAG])


@router.post(
    "/shifts/{id}/swaps", status_code=status.HTTP_201_CREATED, name="swap_ask", summary="申请换班 Ask for a swap"
)
async def ask(id: UUID, given: inputs.NewSwap, work: Writing, running: TheService, response: Response) -> SwapView:
    """Asks another of the same roster to take your published shift, perhaps in return for one of theirs. It is void
    when the earlier of the two begins. 409 `cannot_swap` says why not.

    The other's move is `accept`, and it is done; where the roster has `swaps_need_approval`, it is `consent`, and the
    shifts change hands when somebody else who plans the roster makes the move `approve`.
    """
    shown = await work.made(lambda: service.ask(work, id, given), lambda swap: service.whole(work, running.vault, swap))
    return tagged(response, shown)


@router.get("/swaps/mine", name="swap_mine", summary="我的换班 Swaps of mine")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[SwapView]:
    """In which you asked or are asked, newest first."""
    return await service.mine(work, running.vault, cursor=cursor, limit=limit)


@router.get("/rosters/{id}/swaps", name="swap_list", summary="值班表的换班 Swaps of a roster")
async def of_roster(
    id: UUID,
    work: Reading,
    running: TheService,
    step: Annotated[str | None, Query(max_length=20, description="Only at this step, e.g. `waiting`.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[SwapView]:
    """Newest first; `step=waiting` are those that wait to be approved (待批准). Needs `rosters.manage` there."""
    return await service.of_roster(work, running.vault, id, step, cursor=cursor, limit=limit)


@router.get("/swaps/{id}", name="swap_read", summary="换班详情 A swap")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> SwapView:
    """For the two, and for those who plan the roster."""
    return tagged(response, await service.whole(work, running.vault, id))


async def _view(work: Work, running: Service, id_: UUID) -> SwapView:
    return await service.whole(work, running.vault, id_)


move_routes(router, SWAP, cases="swaps", make=plain(service.move), view=_view, only=OWN_MOVES)
