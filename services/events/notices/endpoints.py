"""The HTTP door of notices."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.events.notices import service
from services.events.notices.rules import Kind
from shared.runtime.web import pages
from shared.runtime.web.doors import Reading, api_router
from shared.schemas.base import Page, View

TAG = "通知 Notices"
router = api_router(tags=[TAG])


class NoticeView(View):
    """A message to the caller."""

    id: UUID
    kind: Kind
    activity_id: UUID
    registration_id: UUID
    text: str = Field(examples=["您已从候补转为正式报名：东湖路社区便民集市，12月5日09:00，清风街道东湖路社区。"])
    created_at: datetime


@router.get("/notices/mine", name="notice_mine", summary="我的通知 Messages to you")
async def mine(work: Reading, cursor: pages.Cursor = None, limit: pages.Limit = 20) -> Page[NoticeView]:
    """Newest first: moved up from the waiting list, an activity was called off."""
    after = pages.decode(cursor, UUID)
    rows = await service.mine(work, limit=limit + 1, following=after[0] if after else None)
    items = [NoticeView(**{name: row[name] for name in NoticeView.model_fields}) for row in rows[:limit]]
    return Page(items=items, next=pages.encode(rows[limit - 1]["id"]) if len(rows) > limit else None)
