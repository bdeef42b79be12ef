"""Links over HTTP."""

from uuid import UUID

from services.hierarchy.links import inputs, service
from services.hierarchy.links.views import LinkPage, LinkView
from shared.runtime.web.doors import Reading, Writing, api_router
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Code

router = api_router(tags=["住户 Households"])


@router.get("/posts/{code}/households", name="post_households", summary="联户名单 Households of a post")
async def of_post(code: Code, work: Reading, cursor: Cursor = None, limit: Limit = 50) -> LinkPage:
    """邻长, 楼长, 中心户: whom the post looks after today, and how that stands to its span (管理幅度). The link is the
    seat's: a member who holds several seats looks after the households of all of them.
    """
    return await service.page(work, code, cursor, limit)


@router.post("/posts/{code}/households", name="post_link", summary="联户 Give a post households")
async def link(code: Code, given: inputs.NewLinks, work: Writing) -> LinkPage:
    """Needs `households.manage` at the post and at each household; 409 `span_exceeded` beyond the structure's span.
    Those it has already stay as they are. `since` may be gone by, where a list on paper is entered afterwards: every
    answer about links is of today, and none of a day before.
    """
    return await work.made(lambda: service.link(work, code, given), lambda _: service.page(work, code, None, 50))


@router.post("/household-links/{id}/end", name="post_unlink", summary="解除联户 End a link")
async def unlink(id: UUID, given: inputs.LinkEnding, work: Writing) -> LinkView:
    """It is kept with its first and its last day, and looks after nobody from the day after. `until` may be gone by,
    where it is entered afterwards: every answer about links is of today, and none of a day before.
    """
    return await work.once(lambda: service.end(work, id, given), lambda link_id: service.shown(work, link_id))


@router.get("/households/{id}/links", name="household_links", summary="谁联这一户 Who looks after it")
async def of_household(id: UUID, work: Reading) -> list[LinkView]:
    """The posts that look after a household today."""
    return await service.of_household(work, id)
