"""What clients see of themselves."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.kernel.rights import Role
from shared.schemas.base import View


class GrantView(View):
    """A role over a place and everything below it."""

    role: Role
    place: str = Field(description="Code of the place.", examples=["141021100002"])
    path: str = Field(description="Its path, as the token carries it.")
    place_name: str = Field(examples=["乐昌镇西南街社区"])


class PersonView(View):
    """Who is signed in."""

    id: UUID
    name: str
    phone: str = Field(description="Masked (手机号，已脱敏).", examples=["100****0001"])


class MeView(View):
    """The caller, by the token that was sent."""

    district: str
    person: PersonView
    grants: list[GrantView]


class Jwk(View):
    """One public key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class Jwks(View):
    """The keys that sign access tokens (RFC 7517)."""

    keys: list[Jwk]
