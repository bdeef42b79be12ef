"""What clients take. Pure."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from shared.kernel.rights import Role
from shared.schemas.base import Body, Code, District, Line

SECRET_LENGTH = 43
ClientRole = Literal[Role.PARTNER, Role.HOTLINE, Role.DEPARTMENT]
_DAY = 86400


class NewClient(Body):
    """A system that shall be let in, as what, and where."""

    name: Annotated[
        Line, Field(max_length=100, description="Whose system it is (接入方名称).", examples=["示例物业系统"])
    ]
    role: ClientRole = Field(description="What it may do is what this role may do (角色).", examples=["partner"])
    place: Code = Field(description="Code of the place it may do that at, and below.", examples=["141021100002"])


class SecretRotation(Body):
    """How long the old secret works beside the new one."""

    keep_s: int = Field(
        _DAY, ge=0, le=30 * _DAY, description="Seconds; 0 where the old one is in the wrong hands (旧密钥保留秒数)."
    )


class ClientSignIn(Body):
    """A client's credentials."""

    district: District
    client_id: UUID
    client_secret: Annotated[
        SecretStr, Field(min_length=SECRET_LENGTH, max_length=SECRET_LENGTH, description="As it was issued (密钥).")
    ]
