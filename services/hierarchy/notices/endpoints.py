"""Notices over HTTP. Moves have their routes from the workflow's table."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from services.hierarchy.notices import service
from services.hierarchy.notices.inputs import NewNotice
from services.hierarchy.notices.views import NoticeView, ReceiptView
from services.hierarchy.notices.workflow import NOTICE
from services.hierarchy.places.inputs import PlaceCode
from shared.runtime.web.doors import Reading, TheService, Writing, api_router, tagged
from shared.runtime.web.pages import Cursor, Limit
from shared.runtime.web.workflow_routes import move_routes, plain
from shared.schemas.base import Page

TAG = "通知 Notices"
router = api_router(tags=[TAG])


@router.post("/notices", status_code=status.HTTP_201_CREATED, name="notice_send", summary="发通知 Tell post-holders")
async def send(given: NewNotice, work: Writing, response: Response) -> NoticeView:
    """To everybody who holds a post at the place and below today, or posts of the kinds named (信息传达); each is told
    once. Needs `notices.send` there; 409 `nobody_there` where nobody holds such a post.
    """
    return tagged(response, await work.made(lambda: service.send(work, given), lambda id_: service.whole(work, id_)))


@router.get("/notices", name="notice_list", summary="已发通知 Notices that were sent")
async def listed(
    work: Reading,
    place: Annotated[PlaceCode | None, Query(description="At this place and below (地点编码).")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[NoticeView]:
    """Where you send notices (`notices.send`), the newest first, each with how many have acknowledged it."""
    return await service.page(work, place=place, cursor=cursor, limit=limit)


@router.get("/notices/mine", name="notice_mine", summary="我的通知 Notices for you")
async def mine(
    work: Reading,
    unread: Annotated[bool, Query(description="Only those that you have still to acknowledge (未签收).")] = False,  # noqa: FBT002 - a query's name
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[NoticeView]:
    """What you were told as the holder of a post, the newest first; also after you left it."""
    return await service.mine(work, unread=unread, cursor=cursor, limit=limit)


@router.get("/notices/{id}", name="notice_read", summary="通知 A notice")
async def read(id: UUID, work: Reading, response: Response) -> NoticeView:
    """For whoever was told, and for those who send notices there. That it was opened counts for nothing: whoever has
    read it says so (`POST /notices/{id}/acknowledge`).
    """
    return tagged(response, await service.whole(work, id))


@router.get("/notices/{id}/receipts", name="notice_receipts", summary="签收情况 Who has read it")
async def receipts(
    id: UUID,
    work: Reading,
    running: TheService,
    read: Annotated[bool | None, Query(description="Only those who acknowledged it, or did not (签收与否).")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReceiptView]:
    """Everybody who was told, by which post, and when they acknowledged it; for those who send notices there."""
    return await service.receipts(work, running.vault, id, read=read, cursor=cursor, limit=limit)


move_routes(router, NOTICE, cases="notices", make=plain(service.move), view=plain(service.whole))
