"""Who the caller is, and the keys that say so. Signing in is `sign_in`'s."""

from services.hierarchy.identity import service
from services.hierarchy.identity.views import Jwks, MeView
from shared.runtime.tokens import jwks
from shared.runtime.web.doors import Reading, TheService, api_router

router = api_router(tags=["身份 Identity"])


@router.get("/me", summary="我是谁 The caller")
async def me_read(work: Reading, running: TheService) -> MeView:
    """Who the token belongs to, the phone number masked, and the grants that it carries."""
    return await service.me(work, running.vault)


@router.get("/keys", summary="签名公钥 The keys that sign access tokens")
async def key_list(running: TheService) -> Jwks:
    """A JWK set (RFC 7517), for those who check our tokens with their own libraries. Public."""
    return Jwks.model_validate(jwks(running.settings.public_keys))
