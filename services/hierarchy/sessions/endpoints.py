"""Sessions over HTTP: refreshing, devices, signing out. Opening one is each way of signing in's own."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, status

from services.hierarchy.identity import service as identities
from services.hierarchy.identity.service import Identity
from services.hierarchy.sessions import accounts, ending, service
from services.hierarchy.sessions.inputs import Disabling, Refresh
from services.hierarchy.sessions.refusals import RefreshReused
from services.hierarchy.sessions.views import AccountView, DeviceView, SessionView
from shared.runtime.web.doors import Reading, TheService, Writing, api_router

router = api_router(tags=["身份 Identity"])


def _identity(running: TheService) -> Identity:
    found: Identity = running.extras["identity"]
    return found


TheIdentity = Annotated[Identity, Depends(_identity)]


@router.post("/sessions/refresh", summary="刷新登录 Refresh a session")
async def session_refresh(given: Refresh, running: TheService, identity: TheIdentity) -> SessionView:
    """The next access token and the next refresh token. Public: the refresh token says who it is.

    What the person may do is looked up anew, so an ended term ends here. Each refresh token is good once; the one
    just before is answered again for some seconds with the same successor, for answers that get lost, which is why it
    takes no Idempotency-Key. One that comes later than that ends the session (401 `refresh_reused`).
    """
    token = service.read(given.refresh_token.get_secret_value())
    try:
        async with running.work(identities.stranger(token.district)) as work:
            return await service.refresh(work, identity, token)
    except RefreshReused:
        async with running.work(identities.stranger(token.district)) as work:
            await ending.end_reused(work, identity, token)
        raise


@router.get("/sessions", summary="登录设备 My devices")
async def session_list(work: Reading) -> list[DeviceView]:
    """The caller's own open sessions, the one used last first; at most a hundred."""
    return await service.devices(work)


# Ending takes no Idempotency-Key: the same again changes nothing, and an app that signs out may have one try only.
@router.delete("/sessions/current", status_code=status.HTTP_204_NO_CONTENT, summary="退出登录 Sign out")
async def session_sign_out(work: Reading, identity: TheIdentity) -> None:
    """Ends the session of the token that is sent: its refresh token at once, its access tokens everywhere within
    about two seconds. Sent again it answers 401 `session_ended`, which means the same.
    """
    await ending.sign_out(work, identity)


@router.delete("/sessions/{id}", status_code=status.HTTP_204_NO_CONTENT, summary="移除设备 End one of my sessions")
async def session_end(id: UUID, work: Reading, identity: TheIdentity) -> None:
    """Ends another of the caller's own sessions: a device that was lost, say. 404 for any other session."""
    await ending.end_own(work, identity, id)


@router.post("/people/{id}/sessions/end", summary="强制下线 End all sessions of a person")
async def session_end_all(id: UUID, work: Writing, identity: TheIdentity) -> AccountView:
    """For the security administrator (`sessions.manage` at the person's place). The person can sign in again."""
    await accounts.seen(work, id)
    return await work.once(lambda: accounts.end_sessions(work, identity, id), lambda _: accounts.shown(work, id))


@router.post("/people/{id}/disable", summary="停用账号 Disable an account")
async def account_disable(id: UUID, given: Disabling, work: Writing, identity: TheIdentity) -> AccountView:
    """Ends all sessions of a person, who can neither refresh nor sign in any more, by whichever way.

    For the security administrator (`sessions.manage` at the person's place). Posts and grants stay as they are.
    """
    await accounts.seen(work, id)
    return await work.once(
        lambda: accounts.disable(work, identity, id, given.reason), lambda _: accounts.shown(work, id)
    )


@router.post("/people/{id}/enable", summary="启用账号 Enable an account again")
async def account_enable(id: UUID, work: Writing) -> AccountView:
    """The person can sign in again. For the security administrator (`sessions.manage` at the person's place)."""
    await accounts.seen(work, id)
    return await work.once(lambda: accounts.enable(work, id), lambda _: accounts.shown(work, id))
