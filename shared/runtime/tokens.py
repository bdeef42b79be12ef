"""Who is calling, as a signed token: people carry EdDSA access tokens of ten minutes, services HS256 ones
of one.

Only hierarchy holds the seed that signs for people; every service checks with the public keys, and so
works while hierarchy is down. A token's `typ` decides which algorithm and which key may check it, never
its `alg` (RFC 8725). It carries the district, the session and the grants; no personal data. What cannot
be read narrows a caller's rights (an unknown role is dropped) and never widens them.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Annotated, Any
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
_LONGEST, _MOST_CACHED, _SHORTEST_KEY = 16_384, 10_000, 32
_ROLES = {role.value: role for role in Role}
_REQUIRED = ["iss", "aud", "exp", "nbf", "iat", "jti"]


class _Claims(BaseModel):
    """What our own tokens hold beyond the claims that PyJWT checks."""

    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    exp: int
    iss: str
    sub: str = ""
    sid: str | None = None
    grants: list[tuple[str, str]] = []


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
    ) -> str:
        """An access token for this person in this session, beginning now."""
        claims = _times(seconds) | {
            "iss": ISSUER,
            "aud": audience,
            "sub": user,
            "district": district,
            "sid": session,
            "grants": [[grant.role.value, grant.place] for grant in grants],
        }
        return jwt.encode(claims, self._key, "EdDSA", self._headers)


class TokenVerifier:
    """Checks tokens of both kinds. Without `service`, its own name, it takes no service tokens."""

    def __init__(
        self,
        public_keys: Sequence[bytes],
        service_key: bytes,
        audience: str = ISSUER,
        *,
        service: str | None = None,
    ) -> None:
        self._public = {key_id(key): Ed25519PublicKey.from_public_bytes(key) for key in public_keys}
        self._service_key, self._audience, self._service = _long_enough(service_key), audience, service
        self._verified: dict[bytes, tuple[int, Principal]] = {}

    def verify(self, token: str) -> Principal:
        """The caller. TokenExpired or TokenInvalid (both 401) for everything else."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known and time.time() < known[0]:
            return known[1]
        try:
            claims, principal = self._checked(token)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValidationError, ValueError, OverflowError, RecursionError) as error:
            raise TokenInvalid from error
        self._remember(digest, claims.exp, principal)
        return principal

    def _checked(self, token: str) -> tuple[_Claims, Principal]:
        if len(token) > _LONGEST:
            raise jwt.DecodeError("too long")
        header = jwt.get_unverified_header(token)
        match header.get("typ"):
            case "at+jwt":
                claims = self._access(token, header)
                grants = tuple(Grant(_ROLES[role], place) for role, place in claims.grants if role in _ROLES)
                return claims, Principal(claims.district, claims.sub, "user", grants, claims.sid)
            case "service+jwt" if self._service:
                found = _decoded(token, self._service_key, "HS256", self._service)
                return found, Principal(found.district, found.iss, "service", (Grant(Role.SERVICE, ROOT),))
            case _:
                raise jwt.DecodeError("not a type of token that is taken here")

    def _access(self, token: str, header: dict[str, Any]) -> _Claims:
        key = self._public.get(header.get("kid", ""))
        if key is None:
            raise jwt.DecodeError("not signed with one of our keys")
        claims = _decoded(token, key, "EdDSA", self._audience)
        if claims.iss != ISSUER or not claims.sub or not claims.sid:
            raise jwt.DecodeError("not an access token of ours")
        return claims

    def _remember(self, digest: bytes, exp: int, principal: Principal) -> None:
        while len(self._verified) >= _MOST_CACHED:
            self._verified.pop(next(iter(self._verified)))
        self._verified[digest] = (exp, principal)


def service_token(service_key: bytes, caller: str, audience: str, district: str, *, act: str | None = None) -> str:
    """A token for one call from service `caller` to service `audience`; `act` names whom it acts for."""
    claims = _times(SERVICE_SECONDS) | {"iss": caller, "aud": audience, "district": district}
    if act is not None:
        claims["act"] = {"sub": act}
    return jwt.encode(claims, _long_enough(service_key), "HS256", {"typ": _SERVICE})


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


def _decoded(token: str, key: Ed25519PublicKey | bytes, algorithm: str, audience: str) -> _Claims:
    options: Any = {"require": _REQUIRED, "strict_aud": True}
    claims = jwt.decode(token, key, [algorithm], options, audience=audience, leeway=LEEWAY)
    return _Claims.model_validate(claims)


def _times(seconds: int) -> dict[str, Any]:
    now = int(time.time())
    return {"iat": now, "nbf": now, "exp": now + seconds, "jti": uuid4().hex}


def _long_enough(service_key: bytes) -> bytes:
    if len(service_key) < _SHORTEST_KEY:
        raise ValueError(f"the service key needs at least {_SHORTEST_KEY} bytes")
    return service_key
