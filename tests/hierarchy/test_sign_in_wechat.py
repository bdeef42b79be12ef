"""Signing in by WeChat, against a local server that speaks `code2session` with its errors, or raves."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.hierarchy.sign_in.service import Ways
from shared.runtime.service import Service
from tests.hierarchy.signing_in import Town, head, town
from tests.hierarchy.small import with_password
from tests.support.contractors import Contractor, contracted

OPENID = "oInvented_0001"
APP = {"wechat_app_id": "wx-app", "wechat_app_secret": "app-secret"}


@pytest.fixture
async def weixin() -> AsyncIterator[Contractor]:
    async with contracted(Contractor()) as running:
        yield running


@pytest.fixture
async def here(hierarchy: Service, weixin: Contractor, district: str) -> AsyncIterator[Town]:
    assert hierarchy.name
    async with town(district, wechat_url=weixin.url, **APP) as made:
        yield made


async def sign_in(here: Town, code: str, **more: str) -> tuple[int, str]:
    answer = await here.http.post("sessions/by-wechat", json={"district": here.district, "code": code} | more)
    return answer.status_code, answer.json().get("code", "")


def waits_s(here: Town, seconds: float) -> None:
    """From now on WeChat is given so long to answer."""
    ways: Ways = here.service.extras["sign_in"]
    settings = ways.settings.model_copy(update={"wechat_timeout_s": seconds})
    here.service.extras |= {"sign_in": replace(ways, settings=settings)}


async def bind(here: Town, weixin: Contractor, openid: str = OPENID) -> str:
    token = await here.token()
    answer = await here.post("me/wechat", {"code": weixin.code_for(openid)}, token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["bound_at"]
    return token


async def test_bind_sign_in_unbind(here: Town, weixin: Contractor) -> None:
    assert await sign_in(here, weixin.code_for(OPENID)) == (401, "wechat_unbound")
    token = await bind(here, weixin)
    body = {"district": here.district, "code": weixin.code_for(OPENID), "device": "虚构手机"}
    session = (await here.http.post("sessions/by-wechat", json=body)).json()
    assert session["person"]["id"] == str(await head(here))
    assert (await here.get("me/wechat", token)).json()["bound_at"]
    for _ in range(2):
        answer = await here.http.delete("me/wechat", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 204
    assert (await here.get("me/wechat", token)).json() == {"bound_at": None}
    assert await sign_in(here, weixin.code_for(OPENID)) == (401, "wechat_unbound")
    assert len(await here.journal("wechat_bound")) == len(await here.journal("wechat_unbound")) == 1


async def test_what_weixin_is_asked_and_what_is_kept(here: Town, weixin: Contractor) -> None:
    await bind(here, weixin)
    ((line, query, _, _),) = weixin.asked
    assert line == "GET /sns/jscode2session"
    assert query == {
        "appid": "wx-app", "secret": "app-secret", "js_code": "wx0", "grant_type": "authorization_code"
    }  # fmt: skip
    (row,) = await here.sql("SELECT * FROM hierarchy.wechat_accounts WHERE district = $1")
    journal = await here.sql("SELECT * FROM hierarchy.journal WHERE district = $1")
    assert OPENID not in str(row) + str(journal)
    assert "session_key" not in str(row) + str(journal)


async def test_a_repeated_binding_is_answered_again(here: Town, weixin: Contractor) -> None:
    """WeChat's code is good once: the repetition must not fail because of that."""
    token, code = await here.token(), weixin.code_for(OPENID)
    first = await here.post("me/wechat", {"code": code}, token, key="the-same-key")
    again = await here.post("me/wechat", {"code": code}, token, key="the-same-key")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json() == again.json()
    other = await here.post("me/wechat", {"code": code}, token)
    assert (other.status_code, other.json()["code"]) == (401, "wechat_code_invalid")


async def test_one_account_belongs_to_one_person(here: Town, weixin: Contractor) -> None:
    await bind(here, weixin)
    phone = await here.neighbour(1)
    await with_password(here.service, here.district, phone)
    neighbour = await here.token(phone=phone)
    answer = await here.post("me/wechat", {"code": weixin.code_for(OPENID)}, neighbour)
    assert (answer.status_code, answer.json()["code"]) == (409, "wechat_taken")
    assert (await here.get("me/wechat", neighbour)).json() == {"bound_at": None}


async def test_two_who_bind_one_account_at_the_same_moment(here: Town, weixin: Contractor) -> None:
    phone = await here.neighbour(1)
    await with_password(here.service, here.district, phone)
    tokens = [await here.token(), await here.token(phone=phone)]
    codes = [weixin.code_for(OPENID) for _ in tokens]
    answers = await asyncio.gather(
        *(here.post("me/wechat", {"code": code}, token) for token, code in zip(tokens, codes, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_another_account_replaces_the_first(here: Town, weixin: Contractor) -> None:
    await bind(here, weixin)
    await bind(here, weixin, "oInvented_0002")
    assert await sign_in(here, weixin.code_for(OPENID)) == (401, "wechat_unbound")
    assert (await sign_in(here, weixin.code_for("oInvented_0002")))[0] == 201


async def test_codes_that_weixin_does_not_know(here: Town, weixin: Contractor) -> None:
    await bind(here, weixin)
    code = weixin.code_for(OPENID)
    assert (await sign_in(here, code))[0] == 201
    assert await sign_in(here, code) == (401, "wechat_code_invalid")  # 40163, been used
    assert await sign_in(here, "never-given") == (401, "wechat_code_invalid")  # 40029
    refused = [row["data"]["why"] for row in await here.journal("sign_in_refused")]
    assert refused == ["wechat_code_invalid"] * 2


@pytest.mark.parametrize(
    ("mood", "status", "code"),
    [
        ("errcode 40029", 401, "wechat_code_invalid"),
        ("errcode 40163", 401, "wechat_code_invalid"),
        ("errcode 40226", 401, "wechat_code_invalid"),
        ("errcode 45011", 429, "too_many_requests"),
        ("errcode -1", 503, "unavailable"),
        ("errcode 40125", 503, "unavailable"),  # our own secret is wrong
        ("errcode 99999", 503, "unavailable"),
        ("hangs", 503, "unavailable"),
        ("drips", 503, "unavailable"),
        ("cuts", 503, "unavailable"),
        ("down", 503, "unavailable"),
        ("huge", 503, "unavailable"),
        ("garbage", 503, "unavailable"),
        ("empty", 503, "unavailable"),
        ("redirect", 503, "unavailable"),
    ],
)
async def test_what_weixin_answers(
    here: Town, weixin: Contractor, mood: str, status: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await bind(here, weixin)
    weixin.mood, known = mood, len(weixin.asked)
    login = weixin.code_for(OPENID)
    if mood in ("hangs", "drips"):
        waits_s(here, 0.5)
    began = time.monotonic()
    answer = await here.http.post("sessions/by-wechat", json={"district": here.district, "code": login})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert time.monotonic() - began < 14  # half a second is set, where it matters, and fifteen before
    assert len(weixin.asked) == known + 1
    if status > 401:
        assert int(answer.headers["retry-after"]) > 0
    said = answer.text + capsys.readouterr().out
    assert "app-secret" not in said
    assert OPENID not in said


async def test_an_address_signs_in_so_often(hierarchy: Service, weixin: Contractor, district: str) -> None:
    async with town(district, wechat_url=weixin.url, wechat_per_address=2, **APP) as here:
        seen = [await sign_in(here, "never-given") for _ in range(4)]
        assert [status for status, _ in seen] == [401, 401, 429, 429]
        assert len(weixin.asked) == 2


async def test_guesses_count_by_account_too(here: Town, weixin: Contractor) -> None:
    seen = [(await sign_in(here, weixin.code_for(OPENID)))[0] for _ in range(12)]
    assert seen == [401] * 10 + [429] * 2


async def test_without_an_app_weixin_is_off(hierarchy: Service, district: str) -> None:
    async with town(district) as here:
        assert await sign_in(here, "x") == (501, "not_set_up")
        answer = await here.post("me/wechat", {"code": "x"}, await here.token())
        assert (answer.status_code, answer.json()["code"]) == (501, "not_set_up")
