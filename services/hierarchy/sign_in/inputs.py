"""What the ways of signing in take. Pure."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from services.hierarchy.sessions.inputs import DeviceName
from services.hierarchy.sign_in.rules import LONGEST_PASSWORD
from shared.schemas.base import Body, District, Phone

Password = Annotated[
    SecretStr,
    Field(min_length=1, max_length=LONGEST_PASSWORD, description="Password (密码).", examples=["十个字符以上的一句话"]),
]
SmsCode = Annotated[
    SecretStr,
    Field(
        min_length=6, max_length=6, description="The six digits of the text message (短信验证码).", examples=["048213"]
    ),
]
Totp = Annotated[
    SecretStr,
    Field(min_length=6, max_length=6, description="The authenticator's six digits (动态验证码).", examples=["492039"]),
]
Recovery = Annotated[
    SecretStr,
    Field(
        min_length=16,
        max_length=24,
        description="One of the recovery codes; each works once (恢复码).",
        examples=["ABCD-EFGH-JKMN-PQRS"],
    ),
]
WechatCode = Annotated[
    SecretStr,
    Field(min_length=1, max_length=128, description="What `wx.login` gave (微信登录凭证).", examples=["0c1Xy2"]),
]
RequestId = Annotated[UUID, Field(description="From the answer to the request for the code (请求编号).")]


class _WithSecondFactor(Body):
    """Everybody who set up an authenticator, and some roles must: one of the two."""

    totp: Totp | None = None
    recovery: Recovery | None = None
    device: DeviceName | None = None


class SignIn(_WithSecondFactor):
    """Phone number and password, in one district."""

    district: District
    phone: Phone
    password: Password


class SignInByCode(_WithSecondFactor):
    """Phone number and the code that was sent to it."""

    district: District
    phone: Phone
    request_id: RequestId
    code: SmsCode


class SignInByWechat(_WithSecondFactor):
    """The mini-program's login code, in one district."""

    district: District
    code: WechatCode


class CodeRequest(Body):
    """Asks for a code. With `device` it is good for a sign-in that names the same one."""

    district: District
    phone: Phone
    purpose: Annotated[
        Literal["sign_in", "confirm_phone"],
        Field(description="`sign_in`, or `confirm_phone`: shows that the present number is still the caller's (用途)."),
    ] = "sign_in"
    device: DeviceName | None = None


EnrolmentToken = Annotated[
    SecretStr,
    Field(min_length=1, max_length=2000, description="From the refusal `second_factor_enrolment_required` (设置凭证)."),
]


class Enrolment(Body):
    """Begins to set up the second factor that the caller's role needs."""

    enrolment_token: EnrolmentToken


class EnrolmentConfirm(Body):
    """The authenticator's first code; answers with a session."""

    enrolment_token: EnrolmentToken
    code: Totp
    device: DeviceName | None = None
