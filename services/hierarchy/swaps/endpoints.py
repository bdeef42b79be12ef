"""The HTTP door of swaps."""

from uuid import UUID

from fastapi import Request, Response, status
from pydantic import BaseModel

from services.hierarchy.swaps import inputs, service
from services.hierarchy.swaps.views import SwapView
from services.hierarchy.swaps.workflow import OWN_MOVES, SWAP
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes
from shared.runtime.work import Work
from shared.schemas.base import Page

router = api_router(tags=[SWAP.label])


@router.post(
    "/shifts/{id}/swaps", status_code=status.HTTP_201_CREATED, name="swap_ask", summary="申请换班 Ask for a swap"
)
async def ask(id: UUID, given: inputs.NewSwap, work: Writing, running: TheService, response: Response) -> SwapView:
    """Asks another of the same roster to take your published shift, perhaps in return for one of theirs. It is void
    when the earlier of the two begins. 409 `cannot_swap` says why not.
    """

    async def run() -> SwapView:
        return await service.whole(work, running.vault, await service.ask(work, id, given))

    return tagged(response, await work.once(run, lambda swap: service.whole(work, running.vault, swap)))


@router.get("/swaps/mine", name="swap_mine", summary="我的换班 Swaps of mine")
async def mine(work: Reading, running: TheService, cursor: Cursor = None, limit: Limit = 20) -> Page[SwapView]:
    """In which you asked or are asked, newest first."""
    return await service.mine(work, running.vault, cursor=cursor, limit=limit)


@router.get("/swaps/{id}", name="swap_read", summary="换班详情 A swap")
async def read(id: UUID, work: Reading, running: TheService, response: Response) -> SwapView:
    """For the two, and for those who plan the roster."""
    return tagged(response, await service.whole(work, running.vault, id))


async def _make(work: Work, _: Request, id_: UUID, move: str, given: BaseModel, expected: int | None) -> UUID:
    return await service.move(work, id_, move, given, expected)


async def _view(work: Work, request: Request, id_: UUID) -> SwapView:
    running: Service = request.app.state.service
    return await service.whole(work, running.vault, id_)


move_routes(router, SWAP, cases="swaps", make=_make, view=_view, model=SwapView, only=OWN_MOVES)
