"""Clients over HTTP."""

from uuid import UUID

from fastapi import status

from services.hierarchy.clients import service
from services.hierarchy.clients.inputs import ClientSignIn, NewClient, SecretRotation
from services.hierarchy.clients.views import ClientTokenView, ClientView, IssuedClient
from services.hierarchy.sessions.endpoints import TheIdentity
from shared.kernel.rights import Principal
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.web.pages import Cursor, Limit
from shared.schemas.base import Page

router = api_router(tags=["接入方 Clients"])


@router.post("/clients/token", summary="接入方登录 A token for a client")
async def client_sign_in(given: ClientSignIn, running: TheService, identity: TheIdentity) -> ClientTokenView:
    """Client id and secret → an access token of some minutes, with the client's role at its place. Public.

    Whatever is wrong, the answer is the same. A repeated sign-in makes another token, so it takes no Idempotency-Key.
    """
    caller = Principal(district=given.district, id=str(given.client_id), kind="client")
    async with running.work(caller) as work:
        return await service.sign_in(work, identity, given)


@router.post("/clients", status_code=status.HTTP_201_CREATED, summary="新增接入方 Let a system in")
async def client_create(given: NewClient, work: Writing) -> IssuedClient:
    """Issues an id and a secret, which is shown this once. For the security administrator (`clients.manage` there)."""
    return await work.once(lambda: service.create(work, given), lambda client: service.shown_again(work, client))


@router.get("/clients", summary="接入方列表 Clients")
async def client_list(work: Reading, cursor: Cursor = None, limit: Limit = 20) -> Page[ClientView]:
    """Those in the caller's scope (`clients.manage`), oldest first, also those that were ended."""
    return await service.page(work, cursor, limit)


@router.post("/clients/{id}/rotate", summary="更换密钥 Change a client's secret")
async def client_rotate(id: UUID, given: SecretRotation, work: Writing) -> IssuedClient:
    """Issues a new secret, shown this once; the one until now works for `keep_s` seconds beside it."""
    return await work.once(lambda: service.rotate(work, id, given), lambda client: service.shown_again(work, client))


@router.post("/clients/{id}/end", summary="停用接入方 Shut a client out")
async def client_end(id: UUID, work: Writing, identity: TheIdentity) -> ClientView:
    """It gets no token any more, and those that it has end everywhere within about two seconds."""
    return await work.once(lambda: service.end(work, identity, id), lambda client: service.shown(work, client))
