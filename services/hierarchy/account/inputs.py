"""What people send to change how they sign in. Pure."""

from typing import Annotated

from pydantic import Field, SecretStr

from services.hierarchy.sign_in.inputs import Password, Recovery, RequestId, SmsCode, Totp, WechatCode
from services.hierarchy.sign_in.rules import LONGEST_PASSWORD
from shared.schemas.base import Body, Phone


class NewPhoneCode(Body):
    """Asks for a code to the number that shall replace the present one."""

    phone: Phone


class SentCode(Body):
    """A code and the request it answers."""

    request_id: RequestId
    code: SmsCode


class NewPhone(Body):
    """The new number with its code; and the password, or a code (`confirm_phone`) sent to the present number."""

    phone: Phone
    request_id: RequestId
    code: SmsCode
    password: Password | None = None
    present: Annotated[
        SentCode | None, Field(description="The code that the present number was sent (原手机号验证码).")
    ] = None


class NewPassword(Body):
    """The present password and the new one."""

    present: Password
    new: Annotated[
        SecretStr,
        Field(
            min_length=1,
            max_length=LONGEST_PASSWORD,
            description="At least ten characters; not the phone number, not the name (新密码).",
            examples=["三个不相干的词连成一句"],
        ),
    ]


class WechatBinding(Body):
    """The mini-program's login code, of the WeChat account to bind."""

    code: WechatCode


class FactorStart(Body):
    """The password again; and the second factor, where one is set up already."""

    password: Password
    totp: Totp | None = None
    recovery: Recovery | None = None


class FactorConfirm(Body):
    """The first code that the authenticator shows."""

    code: Totp
