"""What people change about how they sign in, over HTTP: second factor, password, phone number, WeChat."""

from uuid import UUID

from fastapi import Request, status

from services.hierarchy.identity import service as identities
from services.hierarchy.sign_in import accounts, code2session, codes, second_factor, service, wechat
from services.hierarchy.sign_in.endpoints import REFUSALS, TheWays, address_of, given_of
from services.hierarchy.sign_in.inputs import (
    FactorConfirm,
    FactorStart,
    NewPassword,
    NewPhone,
    NewPhoneCode,
    WechatBinding,
)
from services.hierarchy.sign_in.service import Ways, journaling
from services.hierarchy.sign_in.views import CodeAsked, SecondFactorSecret, SecondFactorView, WechatView
from shared.runtime.service import Service
from shared.runtime.web.doors import Reading, TheService, Writing, api_router
from shared.runtime.work import Work

router = api_router(tags=["登录 Signing in"])


async def _refusals(work: Work, running: Service, ways: Ways, way: str):  # type: ignore[no-untyped-def]  # noqa: ANN202, E501 - a context manager
    """Journals refusals of the caller by their own number's index."""
    return journaling(running, work.actor, way, await service.person_bytes(work, ways))


@router.get("/me/totp", summary="我的动态验证码 My second factor")
async def read_second_factor(work: Reading, ways: TheWays) -> SecondFactorView:
    """Whether an authenticator is set up, how many recovery codes are left, and whether the caller's role needs it."""
    return await second_factor.standing(work, ways)
