"""Who is calling, as a signed token: people and partner systems carry access tokens of ten minutes, services tokens
of one.

Only hierarchy holds the seed that signs for people; each service holds a seed of its own for what it calls
itself. Everybody checks with public keys, and so works while hierarchy is down. All are EdDSA; a token's `typ`
decides whose keys may check it, never its `alg` (RFC 8725), and the key decides which service speaks. It
carries the district, the session and the grants; no personal data. What cannot be read narrows a caller's
rights (an unknown role is dropped) and never widens them.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm
from pydantic import BaseModel, Field, ValidationError

from shared.kernel.errors import TokenExpired, TokenInvalid
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role

ISSUER = "linli"
ACCESS_SECONDS, SERVICE_SECONDS, LEEWAY = 600, 60, 10
_ACCESS, _SERVICE = "at+jwt", "service+jwt"
_LONGEST, _MOST_CACHED = 16_384, 10_000
_ROLES = {role.value: role for role in Role}
_REQUIRED = ["iss", "aud", "exp", "nbf", "iat", "jti"]


Kind = Literal["user", "client"]


class _Act(BaseModel):
    sub: Annotated[str, Field(max_length=200)]


class _Claims(BaseModel):
    """What our own tokens hold beyond the claims that PyJWT checks."""

    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    exp: int
    iss: str
    sub: str = ""
    sid: str | None = None
    grants: list[tuple[str, str]] = []
    kind: Kind = "user"
    act: _Act | None = None


class TokenSigner:
    """Signs access tokens with an Ed25519 seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()
        self._headers = {"typ": _ACCESS, "kid": key_id(self.public_key)}

    def sign(
        self,
        *,
        user: str,
        district: str,
        session: str,
        grants: Sequence[Grant],
        seconds: int = ACCESS_SECONDS,
        audience: str = ISSUER,
        kind: Kind = "user",
    ) -> str:
        """An access token for this person (or client) in this session, beginning now."""
        claims = _times(seconds) | {
            "iss": ISSUER,
            "aud": audience,
            "sub": user,
            "district": district,
            "sid": session,
            "grants": [[grant.role.value, grant.place] for grant in grants],
        }
        if kind != "user":
            claims["kind"] = kind
        return jwt.encode(claims, self._key, "EdDSA", self._headers)


class TokenVerifier:
    """Checks tokens of both kinds. Without `service`, its own name, it takes no service tokens.

    `service_keys` are the services' names and public keys, two of a service that is changing its own. `check` raises
    for a session that is over; it is asked for every token, also for one that is known.
    """

    def __init__(
        self,
        public_keys: Sequence[bytes],
        service_keys: Iterable[tuple[str, bytes]],
        audience: str = ISSUER,
        *,
        service: str | None = None,
        check: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._public = {key_id(key): Ed25519PublicKey.from_public_bytes(key) for key in public_keys}
        self._services = {key_id(key): (name, Ed25519PublicKey.from_public_bytes(key)) for name, key in service_keys}
        self._audience, self._service, self._check = audience, service, check
        self._verified: dict[bytes, tuple[int, Principal]] = {}

    def verify(self, token: str) -> Principal:
        """The caller. TokenExpired or TokenInvalid (both 401) for everything else."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known and time.time() < known[0]:
            return self._present(known[1])
        try:
            claims, principal = self._checked(token)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValidationError, ValueError, OverflowError, RecursionError) as error:
            raise TokenInvalid from error
        self._remember(digest, claims.exp, principal)
        return self._present(principal)

    def _present(self, principal: Principal) -> Principal:
        if principal.session is not None:
            self._check(principal.session)
        return principal

    def _checked(self, token: str) -> tuple[_Claims, Principal]:
        if len(token) > _LONGEST:
            raise jwt.DecodeError("too long")
        header = jwt.get_unverified_header(token)
        match header.get("typ"):
            case "at+jwt":
                claims = self._access(token, header)
                grants = tuple(Grant(_ROLES[role], place) for role, place in claims.grants if role in _ROLES)
                return claims, Principal(claims.district, claims.sub, claims.kind, grants, claims.sid)
            case "service+jwt" if self._service:
                claims = self._of_service(token, header, self._service)
                grants = (Grant(Role.SERVICE, ROOT),)
                act = claims.act.sub if claims.act else None
                return claims, Principal(claims.district, claims.iss, "service", grants, act=act)
            case _:
                raise jwt.DecodeError("not a type of token that is taken here")

    def _access(self, token: str, header: dict[str, Any]) -> _Claims:
        key = self._public.get(header.get("kid", ""))
        if key is None:
            raise jwt.DecodeError("not signed with one of our keys")
        claims = _decoded(token, key, self._audience)
        if claims.iss != ISSUER or not claims.sub or not claims.sid:
            raise jwt.DecodeError("not an access token of ours")
        return claims

    def _of_service(self, token: str, header: dict[str, Any], audience: str) -> _Claims:
        """The key says who speaks; one service's key is no good for another's name."""
        name, key = self._services.get(header.get("kid", ""), ("", None))
        if key is None:
            raise jwt.DecodeError("not signed with a key of our services")
        claims = _decoded(token, key, audience)
        if claims.iss != name:
            raise jwt.DecodeError("signed with another service's key")
        return claims

    def _remember(self, digest: bytes, exp: int, principal: Principal) -> None:
        while len(self._verified) >= _MOST_CACHED:
            self._verified.pop(next(iter(self._verified)))
        self._verified[digest] = (exp, principal)


def service_token(seed: bytes, caller: str, audience: str, district: str, *, act: str | None = None) -> str:
    """A token for one call from service `caller`, whose seed it is, to service `audience`; `act`: for whom."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    claims = _times(SERVICE_SECONDS) | {"iss": caller, "aud": audience, "district": district}
    if act is not None:
        claims["act"] = {"sub": act}
    headers = {"typ": _SERVICE, "kid": key_id(key.public_key().public_bytes_raw())}
    return jwt.encode(claims, key, "EdDSA", headers)


def public_half(seed: bytes) -> bytes:
    """The public key of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def jwks(public_keys: Sequence[bytes]) -> dict[str, list[dict[str, str]]]:
    """The public keys as a JWK set (RFC 7517), for those who check our tokens with their own libraries."""
    keys = []
    for raw in public_keys:
        jwk = OKPAlgorithm.to_jwk(Ed25519PublicKey.from_public_bytes(raw), as_dict=True)
        keys.append({"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "kid": key_id(raw), "use": "sig", "alg": "EdDSA"})
    return {"keys": keys}


def key_id(public_key: bytes) -> str:
    """The first eight hex digits of the key's SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:8]


def _decoded(token: str, key: Ed25519PublicKey, audience: str) -> _Claims:
    options: Any = {"require": _REQUIRED, "strict_aud": True}
    claims = jwt.decode(token, key, ["EdDSA"], options, audience=audience, leeway=LEEWAY)
    return _Claims.model_validate(claims)


def _times(seconds: int) -> dict[str, Any]:
    now = int(time.time())
    return {"iat": now, "nbf": now, "exp": now + seconds, "jti": uuid4().hex}
