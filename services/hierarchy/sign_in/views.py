"""What the ways of signing in answer."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.schemas.base import View


class CodeAsked(View):
    """The same for every number, whether or not anybody has it (不提示号码是否登记)."""

    request_id: UUID = Field(description="Send it back with the code (请求编号).")
    expires_in: int = Field(description="Seconds that the code is good for.", examples=[300])
    again_in: int = Field(description="Seconds until another one may be asked for.", examples=[60])


class SecondFactorSecret(View):
    """Shown once. Nothing of it holds until it is confirmed with a first code."""

    secret: str = Field(description="For typing into the authenticator (密钥).", examples=["JBSWY3DPEHPK3PXP"])
    uri: str = Field(
        description="The same as a QR code's content.",
        examples=["otpauth://totp/Linli:100%2A%2A%2A%2A0001?secret=JBSWY3DPEHPK3PXP&issuer=Linli"],
    )
    recovery: list[str] = Field(
        description="Recovery codes for the day the authenticator is lost; each works once (恢复码，请抄存).",
        examples=[["ABCD-EFGH-JKMN-PQRS"]],
    )


class SecondFactorView(View):
    """Where the caller's second factor stands."""

    confirmed_at: datetime | None = Field(description="Since when it is asked for at sign-in; null: not set up.")
    recovery_left: int = Field(description="Recovery codes that are still good.", examples=[10])
    required: bool = Field(description="Whether the caller's role needs it here (本岗位是否必须启用).")


class WechatView(View):
    """Whether a WeChat account signs the caller in."""

    bound_at: datetime | None = Field(description="Null: none is bound.")
