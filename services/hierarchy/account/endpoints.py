"""What people change about how they sign in, over HTTP: second factor, password, phone number, WeChat."""

from uuid import UUID

from fastapi import Request, status

from services.hierarchy.account import service
from services.hierarchy.account.inputs import (
    FactorConfirm,
    FactorStart,
    NewPassword,
    NewPhone,
    NewPhoneCode,
    WechatBinding,
)
from services.hierarchy.identity import service as identities
from services.hierarchy.identity.views import PersonView
from services.hierarchy.sessions import accounts
from services.hierarchy.sign_in import code2session, codes, second_factor, wechat
from services.hierarchy.sign_in import service as ways_in
from services.hierarchy.sign_in.endpoints import REFUSALS, TheWays, address_of, given_of
from services.hierarchy.sign_in.service import journaling
from services.hierarchy.sign_in.views import CodeAsked, SecondFactorSecret, SecondFactorView, WechatView
from shared.runtime.personal import own_id
from shared.runtime.web.doors import Reading, TheService, Writing, api_router

router = api_router(tags=["我的账号 My account"])
_NOTHING = status.HTTP_204_NO_CONTENT


@router.get("/me/totp", summary="我的动态验证码 My second factor")
async def second_factor_read(work: Reading, ways: TheWays) -> SecondFactorView:
    """Whether an authenticator is set up, how many recovery codes are left, and whether the caller's role needs it."""
    return await second_factor.standing(work, ways)


@router.post("/me/totp", summary="设置动态验证码 Set up an authenticator", responses=REFUSALS)
async def second_factor_begin(
    given: FactorStart, work: Writing, running: TheService, ways: TheWays
) -> SecondFactorSecret:
    """Shows a new secret, as text and as a QR code's content, and ten recovery codes. Nothing holds yet.

    Takes the password again, and the present second factor where there is one: it stays until the new one is confirmed.
    Until then a repetition with the same Idempotency-Key shows the same; afterwards it is shown to nobody (409).
    """
    person = own_id(work)

    async def run() -> SecondFactorSecret:
        await service.confirm_password(work, ways, given.password.get_secret_value())
        await second_factor.show_again(work, ways, given_of(given))
        return await second_factor.start(work, ways, person)

    async def again(_: UUID) -> SecondFactorSecret:
        return await second_factor.started(work, ways, person)

    async with journaling(running, work.actor, "totp", await ways_in.person_bytes(work, ways)):
        return await work.once(run, again)


@router.post("/me/totp/confirm", summary="确认动态验证码 Confirm the authenticator", responses=REFUSALS)
async def second_factor_confirm(given: FactorConfirm, work: Writing, ways: TheWays) -> SecondFactorView:
    """The authenticator's first code: from now on it is asked for at sign-in, and the recovery codes are good.

    403 `not_confirmed` for a wrong code; 409 `nothing_pending` before `POST /me/totp`.
    """

    async def run() -> SecondFactorView:
        await second_factor.confirm(work, ways, own_id(work), given.code.get_secret_value())
        return await second_factor.standing(work, ways)

    async def again(_: UUID) -> SecondFactorView:
        return await second_factor.standing(work, ways)

    return await work.once(run, again)


@router.post("/me/password", status_code=_NOTHING, summary="修改密码 Change the password", responses=REFUSALS)
async def password_change(given: NewPassword, work: Writing, running: TheService, ways: TheWays) -> None:
    """Takes the present password and a new one; all other sessions of the caller end.

    At least ten characters, not made of the phone number or the name; no other rules (NIST SP 800-63B). 403
    `not_confirmed` for a wrong present password, counted like a sign-in; 422 `password_unsuitable`.
    """

    async def run() -> None:
        await service.change_password(work, ways, given)

    async def again(_: UUID) -> None:
        """There is nothing to show."""

    async with journaling(running, work.actor, "password", await ways_in.person_bytes(work, ways)):
        await work.once(run, again)


@router.post(
    "/me/phone/codes",
    status_code=status.HTTP_202_ACCEPTED,
    summary="向新手机号发送验证码 A code to the new number",
    responses=REFUSALS,
)
async def phone_ask_code(
    given: NewPhoneCode, request: Request, work: Reading, running: TheService, ways: TheWays
) -> CodeAsked:
    """Has a code sent to the number that shall replace the caller's. Limited like every code; the answer is the same
    for a number that somebody has. Asking again replaces the code, so it takes no Idempotency-Key.
    """
    index = await ways_in.person_bytes(work, ways)
    wanted = codes.Wanted(given.phone, "new_phone", None, address_of(request))
    async with journaling(running, work.actor, "code", index):
        async with running.work(work.actor) as asking:
            asked = await codes.ask(asking, ways, wanted)
        return asked.answer()


@router.post("/me/phone", summary="更换手机号 Change the phone number", responses=REFUSALS)
async def phone_change(given: NewPhone, work: Writing, running: TheService, ways: TheWays) -> PersonView:
    """Takes the code that the new number was sent, and either the password or a code (`confirm_phone`) that the present
    number was sent. All other sessions of the caller end. 409 `phone_taken` where the number is somebody else's.
    """

    async def run() -> PersonView:
        await service.change_phone(work, ways, given)
        return await identities.person_view(work, ways.vault, own_id(work))

    async def again(person: UUID) -> PersonView:
        return await identities.person_view(work, ways.vault, person)

    async with journaling(running, work.actor, "phone", await ways_in.person_bytes(work, ways)):
        return await work.once(run, again)


@router.get("/me/wechat", summary="我绑定的微信 My WeChat account")
async def wechat_read(work: Reading) -> WechatView:
    """Whether a WeChat account signs the caller in."""
    return await wechat.bound(work)


@router.post("/me/wechat", summary="绑定微信 Bind a WeChat account", responses=REFUSALS)
async def wechat_bind(given: WechatBinding, work: Writing, running: TheService, ways: TheWays) -> WechatView:
    """Takes the mini-program's login code; from now on that account signs the caller in, instead of the one before.

    409 `wechat_taken` where the account is somebody else's. Only a keyed index of the account's id is kept.
    """

    async def run() -> WechatView:
        openid = await code2session.openid(ways.settings, given.code.get_secret_value())
        await wechat.bind(work, ways, openid)
        return await wechat.bound(work)

    async def again(_: UUID) -> WechatView:
        return await wechat.bound(work)

    async with journaling(running, work.actor, "wechat", await ways_in.person_bytes(work, ways)):
        return await work.once(run, again)


@router.delete("/me/wechat", status_code=_NOTHING, summary="解除微信绑定 Unbind WeChat")
async def wechat_unbind(work: Reading) -> None:
    """The account signs nobody in any more. Doing it again changes nothing, so it takes no Idempotency-Key."""
    await wechat.unbind(work, own_id(work))


@router.delete("/people/{id}/totp", status_code=_NOTHING, summary="重置他人动态验证码 Reset a second factor")
async def second_factor_reset(id: UUID, work: Reading, ways: TheWays) -> None:
    """For somebody whose authenticator and recovery codes are lost: forgets both and ends all sessions.

    For the security administrator (`sessions.manage` at the person's place). Where the role needs a second factor, the
    next sign-in by password begins a new one. Doing it again changes nothing, so it takes no Idempotency-Key.
    """
    await accounts.seen(work, id)
    await service.reset_second_factor(work, ways, id)
