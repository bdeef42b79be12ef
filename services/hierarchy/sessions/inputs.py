"""What sessions take. Pure."""

from typing import Annotated

from pydantic import Field, SecretStr

from shared.schemas.base import Body, Line

REFRESH_TOKEN_LENGTH = 50

DeviceName = Annotated[
    Line,
    Field(max_length=80, description="What the person will know this device by (设备名称).", examples=["华为 Mate 60"]),
]


class Refresh(Body):
    """The refresh token that the last answer held."""

    refresh_token: Annotated[
        SecretStr,
        Field(
            min_length=REFRESH_TOKEN_LENGTH,
            max_length=REFRESH_TOKEN_LENGTH,
            description="As it was given (刷新令牌).",
        ),
    ]


class Disabling(Body):
    """Why somebody may sign in no more."""

    reason: Annotated[Line, Field(max_length=200, description="Kept in the journal (停用原因).")]
