"""Signing in over HTTP: by password, by phone code, by WeChat; and the second factor that some must set up first.

Each route has two units of work: what is counted stays counted, whatever the second one decides.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, status

from services.hierarchy.identity import service as identities
from services.hierarchy.people import service as people
from services.hierarchy.sessions import service as sessions
from services.hierarchy.sessions.views import SessionView
from services.hierarchy.sign_in import code2session, codes, second_factor, service, wechat
from services.hierarchy.sign_in.inputs import (
    CodeRequest,
    Enrolment,
    EnrolmentConfirm,
    SignIn,
    SignInByCode,
    SignInByWechat,
)
from services.hierarchy.sign_in.refusals import CodeWrong
from services.hierarchy.sign_in.second_factor import Given
from services.hierarchy.sign_in.service import Ways, journaling, user
from services.hierarchy.sign_in.views import CodeAsked, SecondFactorSecret
from shared.runtime.web.doors import TheService, api_router
from shared.runtime.web.problems import MEDIA_TYPE
from shared.runtime.work import Work

router = api_router(tags=["登录 Signing in"])


def ways_of(running: TheService) -> Ways:
    """What the ways of signing in work with."""
    found: Ways = running.extras["sign_in"]
    return found


TheWays = Annotated[Ways, Depends(ways_of)]


def _problems(**described: str) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status.removeprefix("_"): {"description": text, "content": content} for status, text in described.items()}


REFUSALS = _problems(
    _401="Refused. `code` says what is missing: `credentials_wrong`, `code_wrong`, `second_factor_required`, "
    "`second_factor_wrong`, `second_factor_enrolment_required`, `wechat_unbound`, … (登录失败).",
    _403="`account_disabled`; `password_needed`: the role takes a password and a second factor (不允许此方式).",
    _429="Too many attempts; wait for Retry-After (尝试过多).",
    _501="This way is not set up on this system (未开通).",
)


def given_of(body: Any) -> Given:  # noqa: ANN401 - every body with the two optional fields
    """The second factor of a body."""
    totp, recovery = body.totp, body.recovery
    return Given(totp and totp.get_secret_value(), recovery and recovery.get_secret_value())


def address_of(request: Request) -> str | None:
    """The client's address as uvicorn gives it: a proxy's word counts only for proxies that are trusted."""
    return request.client.host if request.client else None


async def _open(work: Work, ways: Ways, person: UUID, way: str, body: Any) -> SessionView:  # noqa: ANN401 - as above
    """The second factor, then the session, in one transaction."""
    await work.begin()
    with_factor = await second_factor.way_in(work, ways, person, way, given_of(body))
    return await sessions.open(work, ways.identity, person, way=with_factor, device=body.device)


@router.post("/sessions", status_code=status.HTTP_201_CREATED, summary="密码登录 Sign in", responses=REFUSALS)
async def session_create(given: SignIn, running: TheService, ways: TheWays) -> SessionView:
    """Phone number and password, in one district. Public.

    The answer and its time are the same whether or not anybody has that number. Ten attempts per number within a
    quarter of an hour, then 429 with Retry-After. Whoever set up an authenticator sends `totp` (or one `recovery`
    code) as well: without it the answer is 401 `second_factor_required`. Whose role needs a second factor and who has
    none gets 401 `second_factor_enrolment_required` with an `enrolment_token` for `POST /sign-in/totp`. A repeated
    sign-in makes another session, so it takes no Idempotency-Key.
    """
    stranger = identities.stranger(given.district)
    index = service.phone_bytes(ways, given.district, given.phone)
    async with journaling(running, stranger, "password", index):
        async with running.work(stranger) as work:
            password = given.password.get_secret_value()
            who = await identities.check_password(work, ways.identity, phone=given.phone, password=password)
        async with running.work(user(given.district, who.person)) as work:
            await work.begin()
            view = await _open(work, ways, who.person, "password", given)
            await identities.confirm_password(work, who)
    return view


@router.post(
    "/sign-in/codes", status_code=status.HTTP_202_ACCEPTED, summary="获取短信验证码 Ask for a code", responses=REFUSALS
)
async def sign_in_ask_code(given: CodeRequest, request: Request, running: TheService, ways: TheWays) -> CodeAsked:
    """Has a six-digit code sent to a mainland mobile number, good for five minutes, for five guesses and once. Public.

    The answer is the same whether or not anybody has the number; to numbers that nobody has nothing is sent. A new code
    replaces the one before. Once a minute per number, three times in ten minutes, five times in an hour; ten times an
    hour per address (429 with Retry-After). 503 `codes_paused` when the day's messages are used up.
    """
    stranger = identities.stranger(given.district)
    wanted = codes.Wanted(given.phone, given.purpose, given.device, address_of(request))
    async with journaling(running, stranger, "code", service.phone_bytes(ways, given.district, given.phone)):
        async with running.work(stranger) as work:
            asked = await codes.ask(work, ways, wanted)
        return asked.answer()


@router.post(
    "/sessions/by-code",
    status_code=status.HTTP_201_CREATED,
    summary="短信验证码登录 Sign in by code",
    responses=REFUSALS,
)
async def session_create_by_code(given: SignInByCode, running: TheService, ways: TheWays) -> SessionView:
    """Phone number, the code that was sent to it and the id of the request for it (`POST /sign-in/codes`). Public.

    401 `code_wrong` is the one answer for wrong, old and used codes and for numbers that nobody has. Where `totp` is
    missing or wrong, the code is not used up. It works once, also for fifty tries at the same moment.
    """
    stranger = identities.stranger(given.district)
    index = service.phone_bytes(ways, given.district, given.phone)
    guess = codes.Guess(given.phone, given.request_id, "sign_in", given.code.get_secret_value(), given.device)
    async with journaling(running, stranger, "phone_code", index):
        async with running.work(stranger) as work:
            await service.require_district(work)
            await service.attempt(work, ways, index)
            right = await codes.guess(work, ways, guess)
            person = await people.by_phone(work, ways.vault, given.phone)
        if person is None:
            raise CodeWrong
        async with running.work(user(given.district, person["id"])) as work:
            await work.begin()
            await codes.use(work, right)
            await identities.forget_attempts(work, index.hex())
            view = await _open(work, ways, person["id"], "phone_code", given)
    return view


@router.post(
    "/sessions/by-wechat", status_code=status.HTTP_201_CREATED, summary="微信登录 Sign in by WeChat", responses=REFUSALS
)
async def session_create_by_wechat(
    given: SignInByWechat, request: Request, running: TheService, ways: TheWays
) -> SessionView:
    """The login code of the mini-program (`wx.login`), in one district. Public.

    401 `wechat_unbound`: the account belongs to nobody here; sign in another way and bind it with `POST /me/wechat`.
    401 `wechat_code_invalid`: WeChat does not know the code, or it was used. 503 when WeChat does not answer.
    """
    stranger, address = identities.stranger(given.district), address_of(request)
    whence = service.address_bytes(ways, given.district, address)
    async with journaling(running, stranger, "wechat", whence):
        async with running.work(stranger) as work:
            refused = await wechat.count(work, ways, address)
        if refused is not None:
            raise refused
        openid = await code2session.openid(ways.settings, given.code.get_secret_value())
    index = wechat.index_of(ways, given.district, openid)
    async with journaling(running, stranger, "wechat", index):
        async with running.work(stranger) as work:
            await service.attempt(work, ways, index)
            person = await wechat.owner(work, ways, openid)
        async with running.work(user(given.district, person)) as work:
            await work.begin()
            await identities.forget_attempts(work, index.hex())
            view = await _open(work, ways, person, "wechat", given)
    return view


@router.post("/sign-in/totp", summary="首次设置动态验证码 Set up the second factor", responses=REFUSALS)
async def enrolment_begin(given: Enrolment, running: TheService, ways: TheWays) -> SecondFactorSecret:
    """For people whose role needs a second factor and who have none: shows the secret for the authenticator.

    Takes the `enrolment_token` of the refused sign-in and nothing else; it opens no other door. Beginning again makes
    another secret and forgets the one before. Those who are signed in use `POST /me/totp`.
    """
    caller = second_factor.enrolling(ways, given.enrolment_token.get_secret_value())
    async with running.work(caller) as work:
        person = await second_factor.enrolment(work)
        return await second_factor.start(work, ways, person)


@router.post(
    "/sign-in/totp/confirm",
    status_code=status.HTTP_201_CREATED,
    summary="确认并登录 Confirm the second factor and sign in",
    responses=REFUSALS,
)
async def enrolment_confirm(given: EnrolmentConfirm, running: TheService, ways: TheWays) -> SessionView:
    """The authenticator's first code: from now on it is asked for at sign-in, and the caller is signed in.

    403 `not_confirmed` for a wrong code; 409 `nothing_pending` before `POST /sign-in/totp`.
    """
    caller = second_factor.enrolling(ways, given.enrolment_token.get_secret_value())
    async with running.work(caller) as work:
        person = await second_factor.enrolment(work)
        await second_factor.confirm(work, ways, person, given.code.get_secret_value())
        return await sessions.open(work, ways.identity, person, way="password+totp", device=given.device)
