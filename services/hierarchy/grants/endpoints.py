"""Grants over HTTP: the security administrator's door."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, status

from services.hierarchy.grants import service
from services.hierarchy.grants.inputs import GrantEnding, NewGrant
from services.hierarchy.grants.views import GivenGrant
from shared.kernel.rights import Role
from shared.runtime.web.doors import Reading, Writing, api_router
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["授权 Grants"])


@router.post("/grants", status_code=status.HTTP_201_CREATED, summary="授权 Give a role")
async def grant_create(given: NewGrant, work: Writing) -> GivenGrant:
    """A role at a place for a person, from a day to a day. For the security administrator (`grants.manage` there).

    Nobody grants to themself (403 `not_to_yourself`), and nobody is two of operator, security administrator and
    auditor on the same day, by grants or by posts (409 `roles_apart`, 三员分立). It is in the person's next token.
    Somebody who is listed where you give roles, or holds a post there, above or below: any other id is 422
    `unknown_person`.
    """
    return await work.once(lambda: service.give(work, given), lambda grant: service.shown(work, grant))


@router.get("/grants", summary="授权列表 Grants")
async def grant_list(
    work: Reading,
    person: Annotated[UUID | None, Query(description="Only this person's.")] = None,
    role: Annotated[Role | None, Query(description="Only these: `operator` names all operators.")] = None,
    ended: Annotated[bool, Query(description="Those that are over as well.")] = False,  # noqa: FBT002 - a query's name
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[GivenGrant]:
    """Explicit grants in the caller's scope (`grants.manage`), oldest first; not what follows from posts."""
    return await service.page(work, person=person, role=role, ended=ended, cursor=cursor, limit=limit)


@router.post("/grants/{id}/end", summary="终止授权 End a grant")
async def grant_end(id: UUID, given: GrantEnding, work: Writing) -> GivenGrant:
    """Ends it at once, or with a day to come; it is never made longer. Tokens that carry it live some minutes more.

    To end those too, end the person's sessions.
    """
    return await work.once(lambda: service.end(work, id, given), lambda grant: service.shown(work, grant))
