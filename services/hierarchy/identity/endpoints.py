"""Signing in over HTTP."""

from typing import Annotated, Any

from fastapi import Depends, status

from services.hierarchy.identity import service
from services.hierarchy.identity.inputs import SignIn
from services.hierarchy.identity.service import Identity
from services.hierarchy.identity.views import Jwks, MeView, SessionView
from shared.runtime.tokens import jwks
from shared.runtime.web.doors import Reading, TheService, api_router
from shared.runtime.web.problems import MEDIA_TYPE

router = api_router(tags=["身份 Identity"])


def _identity(running: TheService) -> Identity:
    found: Identity = running.extras["identity"]
    return found


TheIdentity = Annotated[Identity, Depends(_identity)]


_TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {
        "description": "Too many attempts for this number; wait for Retry-After (尝试过多).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


@router.post("/sessions", status_code=status.HTTP_201_CREATED, summary="登录 Sign in", responses=_TOO_MANY)
async def create_session(given: SignIn, running: TheService, identity: TheIdentity) -> SessionView:
    """Phone number and password, in one district. Public.

    The answer and its time are the same whether or not anybody has that number. Ten attempts per number within a
    quarter of an hour, then 429 with Retry-After. A repeated sign-in makes another session, so it takes no
    Idempotency-Key.
    """
    async with running.work(service.stranger(given.district)) as work:
        who = await service.check_password(work, identity, given)
    async with running.work(service.principal(given.district, who)) as work:
        return await service.open_session(work, identity, who)


@router.get("/me", summary="我是谁 The caller")
async def read_me(work: Reading, running: TheService) -> MeView:
    """Who the token belongs to, the phone number masked, and the grants that it carries."""
    return await service.me(work, running.vault)


@router.get("/keys", summary="签名公钥 The keys that sign access tokens")
async def list_keys(running: TheService) -> Jwks:
    """A JWK set (RFC 7517), for those who check our tokens with their own libraries. Public."""
    return Jwks.model_validate(jwks(running.settings.public_keys))
