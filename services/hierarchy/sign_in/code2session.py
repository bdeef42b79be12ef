"""WeChat's `code2session`, as an adapter: a mini-program's login code becomes an openid.

WeChat answers 200 also when it refuses and says so in `errcode`. The address of the request holds the app's secret, so
nothing here names it.
"""

from typing import Annotated

import structlog
from pydantic import BaseModel, Field, ValidationError

from services.hierarchy.settings import HierarchySettings
from services.hierarchy.sign_in.refusals import NotSetUp, WechatCodeInvalid
from shared.kernel.errors import TooManyRequests, Unavailable
from shared.runtime.outbound import NoAnswer, ask

log = structlog.get_logger()
_CODE_IS_BAD = {40029, 40163, 40226}  # invalid, used before, an account that WeChat blocks
_TOO_OFTEN = {45011, 45009}
_BUSY_S, _TOO_OFTEN_S = 2, 60


class _Told(BaseModel):
    """What is read of the answer; the session key is not, so that it is nowhere."""

    openid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{6,128}$")] | None = None
    errcode: int = 0


async def openid(settings: HierarchySettings, code: str) -> str:
    """Whose login code that is. NotSetUp, WechatCodeInvalid, TooManyRequests, Unavailable."""
    secret = settings.wechat_app_secret.get_secret_value()
    if not (settings.wechat_app_id and secret):
        raise NotSetUp(what_zh="微信登录", what_en="Signing in by WeChat")
    asked = {
        "appid": settings.wechat_app_id, "secret": secret, "js_code": code, "grant_type": "authorization_code"
    }  # fmt: skip
    url = f"{settings.wechat_url.rstrip('/')}/sns/jscode2session"
    try:
        answer = await ask("GET", url, timeout_s=settings.wechat_timeout_s, params=asked)
        told = _Told.model_validate_json(answer.body) if answer.status == 200 else None  # noqa: PLR2004 - the only one
    except (NoAnswer, ValidationError) as error:
        log.warning("wechat gave no usable answer", reason=type(error).__name__)
        raise Unavailable(retry_after=_BUSY_S) from None
    if told is None or (told.errcode == 0 and told.openid is None):
        log.warning("wechat gave no usable answer", status=answer.status)
        raise Unavailable(retry_after=_BUSY_S)
    if told.errcode == 0 and told.openid is not None:
        return told.openid
    if told.errcode in _CODE_IS_BAD:
        raise WechatCodeInvalid
    if told.errcode in _TOO_OFTEN:
        raise TooManyRequests(retry_after=_TOO_OFTEN_S)
    # -1 is "busy"; 40013 and 40125 are our own app id and secret: an operator must see them.
    log.log(30 if told.errcode == -1 else 40, "wechat refused us", errcode=told.errcode)
    raise Unavailable(retry_after=_BUSY_S)
