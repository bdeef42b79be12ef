"""The second factor: set up by choice or because a role needs it, asked for at every way in, each code once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pyotp
import pytest

from services.hierarchy.sign_in import second_factor
from services.hierarchy.sign_in.rules import STEP_S, step_of, steps_taken
from services.hierarchy.sign_in.service import Ways
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.signing_in import Town, head, town
from tests.hierarchy.small import PASSWORD, with_password
from tests.support.contractors import Contractor, contracted
from tests.support.world import somebody

OUTSIDE = {"env": "production", "sms_url": "", "sms_secret": ""}


@pytest.fixture
async def here(hierarchy: Service, district: str) -> AsyncIterator[Town]:
    """In dev: nobody must, everybody may."""
    assert hierarchy.name
    async with town(district) as made:
        yield made


@pytest.fixture
async def outside(hierarchy: Service, district: str) -> AsyncIterator[Town]:
    """Not in dev, where the head has also become an operator."""
    assert hierarchy.name
    async with town(district, **OUTSIDE) as made:
        await with_password(made.service, district, role=Role.OPERATOR)
        yield made


STEP = step_of(datetime.now(UTC))


@pytest.fixture(autouse=True)
def one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute lasts as long as the story, so that `steps` mean the same for both sides, however slow it is."""
    held = datetime.fromtimestamp(STEP * STEP_S, UTC)

    def taken(now: datetime) -> tuple[int, int, int]:
        assert now >= held, "it is asked about the moment of the request"
        return steps_taken(held)

    monkeypatch.setattr(second_factor, "steps_taken", taken)


def shown(secret: str, steps: int = 0) -> str:
    """What the authenticator shows now, or showed so many steps ago."""
    return pyotp.TOTP(secret).generate_otp(STEP + steps)


async def set_up(here: Town, token: str | None = None, **more: Any) -> tuple[str, list[str]]:
    """Secret and recovery codes of the head, confirmed by the code of one step ago."""
    token = token or await here.token()
    started = await here.post("me/totp", {"password": PASSWORD} | more, token)
    assert started.status_code == 200, started.text
    secret, recovery = started.json()["secret"], started.json()["recovery"]
    confirmed = await here.post("me/totp/confirm", {"code": shown(secret, -1)}, token)
    assert confirmed.status_code == 200, confirmed.text
    assert (confirmed.json()["recovery_left"], confirmed.json()["confirmed_at"] is None) == (10, False)
    return secret, recovery


def strict(here: Town) -> None:
    """As outside dev, from now on, in a town whose text messages arrive."""
    ways: Ways = here.service.extras["sign_in"]
    identity = replace(ways.identity, strong_roles=frozenset({Role.OPERATOR}))
    here.service.extras |= {"identity": identity, "sign_in": replace(ways, identity=identity)}


async def outcome(here: Town, **more: Any) -> str:
    answer = await here.by_password(**more)
    return "in" if answer.status_code == 201 else str(answer.json()["code"])


# --- set up by choice ----------------------------------------------------------------------------------------------


async def test_set_up_and_sign_in(here: Town) -> None:
    secret, recovery = await set_up(here)
    assert len(set(recovery)) == 10
    assert await outcome(here) == "second_factor_required"
    assert await outcome(here, totp="000000") == "second_factor_wrong"
    token = await here.token(totp=shown(secret))
    devices = (await here.get("sessions", token)).json()
    assert devices[0]["way"] == "password+totp"
    assert (await here.get("me/totp", token)).json()["required"] is False
    assert await outcome(here, password="wrong", totp=shown(secret)) == "credentials_wrong"


async def test_the_address_for_the_qr_code(here: Town) -> None:
    token = await here.token()
    made = (await here.post("me/totp", {"password": PASSWORD}, token)).json()
    uri = urlsplit(made["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [made["secret"]], "issuer": ["Linli"]}
    assert "10077770001" not in made["uri"]
    assert len(made["secret"]) == 32


async def test_nothing_holds_before_it_is_confirmed(here: Town) -> None:
    token = await here.token()
    assert (await here.post("me/totp/confirm", {"code": "123456"}, token)).json()["code"] == "nothing_pending"
    made = (await here.post("me/totp", {"password": PASSWORD}, token)).json()
    assert await outcome(here) == "in"
    wrong = await here.post("me/totp/confirm", {"code": f"{(int(shown(made['secret'])) + 1) % 10**6:06}"}, token)
    # One of three steps could be that very code; then the test says nothing, once in 300,000.
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_confirmed")
    assert (await here.get("me/totp", token)).json() == {
        "confirmed_at": None, "recovery_left": 0, "required": False
    }  # fmt: skip


async def test_setting_it_up_takes_the_password_again(here: Town) -> None:
    token = await here.token()
    answer = await here.post("me/totp", {"password": "somebody else's"}, token)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_confirmed")
    assert await here.sql("SELECT * FROM hierarchy.second_factors WHERE district = $1") == []


async def test_replacing_it_takes_the_present_one(here: Town) -> None:
    secret, recovery = await set_up(here)
    token = await here.token(totp=shown(secret))
    bare = await here.post("me/totp", {"password": PASSWORD}, token)
    assert (bare.status_code, bare.json()["code"]) == (401, "second_factor_required")
    other, _ = await set_up(here, token, recovery=recovery[0])
    assert await outcome(here, totp=shown(other)) == "in"
    assert await outcome(here, totp=shown(secret, 1)) == "second_factor_wrong"
    assert await outcome(here, recovery=recovery[1]) == "second_factor_wrong"  # the old ones went with it


async def test_a_repeated_start_shows_the_same_and_then_nothing(here: Town) -> None:
    token = await here.token()
    first = await here.post("me/totp", {"password": PASSWORD}, token, key="the-same-key")
    again = await here.post("me/totp", {"password": PASSWORD}, token, key="the-same-key")
    assert first.json() == again.json()
    code = {"code": shown(first.json()["secret"])}
    done = await here.post("me/totp/confirm", code, token, key="another-key")
    assert (await here.post("me/totp/confirm", code, token, key="another-key")).json() == done.json()
    late = await here.post("me/totp", {"password": PASSWORD}, token, key="the-same-key")
    assert first.json()["secret"] not in late.text
    assert late.status_code in {401, 409}


# --- each code once ------------------------------------------------------------------------------------------------


async def test_a_step_is_taken_once(here: Town) -> None:
    secret, _ = await set_up(here)  # with the code of one step ago
    assert await outcome(here, totp=shown(secret, -1)) == "second_factor_wrong"
    assert await outcome(here, totp=shown(secret, 0)) == "in"
    assert await outcome(here, totp=shown(secret, 0)) == "second_factor_wrong"
    assert await outcome(here, totp=shown(secret, 1)) == "in"
    for steps in (-1, 0, 1):
        assert await outcome(here, totp=shown(secret, steps)) == "second_factor_wrong"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_one_step_to_either_side(here: Town, steps: int, taken: bool) -> None:  # noqa: FBT001 - a table
    secret, _ = await set_up(here)
    await here.sql("UPDATE hierarchy.second_factors SET last_step = NULL WHERE district = $1")
    assert (await outcome(here, totp=shown(secret, steps)) == "in") is taken


async def test_one_code_at_the_same_moment(here: Town) -> None:
    secret, _ = await set_up(here)
    code = shown(secret)
    outcomes = await asyncio.gather(*(outcome(here, totp=code) for _ in range(8)))
    assert outcomes.count("in") == 1
    assert set(outcomes) <= {"in", "second_factor_wrong", "request_in_progress"}
    (factor,) = await here.sql("SELECT last_step FROM hierarchy.second_factors WHERE district = $1")
    assert factor["last_step"] == STEP


async def test_recovery_codes_work_once_however_they_are_typed(here: Town) -> None:
    _, recovery = await set_up(here)
    assert await outcome(here, recovery=recovery[0].lower().replace("-", " ")) == "in"
    assert await outcome(here, recovery=recovery[0]) == "second_factor_wrong"
    token = await here.token(recovery=recovery[1])
    assert (await here.get("me/totp", token)).json()["recovery_left"] == 8
    outcomes = await asyncio.gather(*(outcome(here, recovery=recovery[2]) for _ in range(6)))
    assert outcomes.count("in") == 1


async def test_guessing_the_second_factor_is_counted(here: Town) -> None:
    await set_up(here)
    outcomes = [await outcome(here, totp="000000") for _ in range(12)]
    assert outcomes == ["second_factor_wrong"] * 10 + ["too_many_requests"] * 2


async def test_what_is_kept(here: Town) -> None:
    secret, recovery = await set_up(here)
    await outcome(here, totp=shown(secret))
    tables = ("second_factors", "recovery_codes", "journal", "jobs")
    kept = "".join([str(await here.sql(f"SELECT * FROM hierarchy.{t} WHERE district = $1")) for t in tables])
    plain = [secret, *recovery, *(code.replace("-", "") for code in recovery)]
    assert [word for word in plain if word in kept] == []
    events = [row["event"] for row in await here.sql("SELECT event FROM hierarchy.journal WHERE district = $1")]
    assert {"second_factor_started", "second_factor_set", "sign_in"} <= set(events)


# --- the other ways in -----------------------------------------------------------------------------------------------


async def test_a_phone_code_does_not_get_around_it(here: Town) -> None:
    secret, _ = await set_up(here)
    given = await here.code()
    bare = await here.by_code(**given)
    assert (bare.status_code, bare.json()["code"]) == (401, "second_factor_required")
    answer = await here.by_code(**given, totp=shown(secret))  # the code was not used up
    assert answer.status_code == 201


async def test_weixin_does_not_get_around_it(hierarchy: Service, district: str) -> None:
    async with contracted(Contractor()) as weixin:
        app = {"wechat_url": weixin.url, "wechat_app_id": "wx-app", "wechat_app_secret": "app-secret"}
        async with town(district, **app) as here:
            token = await here.token()
            await here.post("me/wechat", {"code": weixin.code_for("oInvented_0009")}, token)
            secret, _ = await set_up(here, token)
            body = {"district": district, "code": weixin.code_for("oInvented_0009")}
            bare = await here.http.post("sessions/by-wechat", json=body)
            assert bare.json()["code"] == "second_factor_required"
            body = {"district": district, "code": weixin.code_for("oInvented_0009"), "totp": shown(secret)}
            assert (await here.http.post("sessions/by-wechat", json=body)).status_code == 201


# --- roles that need it ----------------------------------------------------------------------------------------------


async def enrolment(outside: Town) -> dict[str, Any]:
    answer = await outside.by_password()
    refused: dict[str, Any] = answer.json()
    assert (answer.status_code, refused["code"]) == (401, "second_factor_enrolment_required")
    return refused


async def test_an_operator_enrols_and_is_signed_in(outside: Town) -> None:
    refused = await enrolment(outside)
    token = {"enrolment_token": refused["enrolment_token"]}
    made = (await outside.http.post("sign-in/totp", json=token)).json()
    body = token | {"code": shown(made["secret"], -1), "device": "虚构电脑"}
    answer = await outside.http.post("sign-in/totp/confirm", json=body)
    assert answer.status_code == 201, answer.text
    assert "operator" in [grant["role"] for grant in answer.json()["grants"]]
    me = (await outside.get("me/totp", answer.json()["access_token"])).json()
    assert (me["required"], me["recovery_left"]) == (True, 10)
    # From now on it is asked for, and the enrolment token is worth nothing.
    assert await outcome(outside) == "second_factor_required"
    assert await outcome(outside, totp=shown(made["secret"])) == "in"
    for path, more in (("sign-in/totp", {}), ("sign-in/totp/confirm", {"code": shown(made["secret"], 1)})):
        late = await outside.http.post(path, json=token | more)
        assert (late.status_code, late.json()["code"]) == (401, "enrolment_token_invalid")


async def test_an_enrolment_token_opens_no_other_door(outside: Town) -> None:
    token = (await enrolment(outside))["enrolment_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["grants"], claims["aud"]) == ([], "linli:enrolment")
    assert claims["exp"] - claims["iat"] == 600
    for path in ("me", "me/totp", "sessions", f"places/{outside.district}", "me/wechat"):
        answer = await outside.get(path, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid"), path
    for path in ("me/totp", "me/password", "sessions/refresh"):
        assert (await outside.post(path, {"password": PASSWORD}, token)).status_code in {401, 422}, path


async def test_an_ordinary_token_does_not_enrol(outside: Town) -> None:
    token = somebody(outside.district, Role.OPERATOR, id=await head(outside)).token
    answer = await outside.http.post("sign-in/totp", json={"enrolment_token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "enrolment_token_invalid")


async def test_an_operator_without_one_does_not_come_in_by_other_ways(
    here: Town,
) -> None:
    await with_password(here.service, here.district, role=Role.OPERATOR)
    given = await here.code()
    strict(here)
    answer = await here.by_code(**given)
    assert (answer.status_code, answer.json()["code"]) == (403, "password_needed")
    assert await outcome(here) == "second_factor_enrolment_required"


async def test_who_becomes_an_operator_does_not_refresh_into_it(here: Town) -> None:
    """Signed in by a code to the phone, as a neighbour; then appointed."""
    strict(here)
    session = (await here.by_code(**await here.code())).json()
    session = (await here.http.post("sessions/refresh", json={"refresh_token": session["refresh_token"]})).json()
    assert session["person"]["phone"] == "100****0001"
    await with_password(here.service, here.district, role=Role.OPERATOR)
    refused = await here.http.post("sessions/refresh", json={"refresh_token": session["refresh_token"]})
    assert (refused.status_code, refused.json()["code"]) == (401, "refresh_invalid")


async def test_who_needs_none_signs_in_as_before(hierarchy: Service, district: str) -> None:
    async with town(district, **OUTSIDE) as here:
        assert await outcome(here) == "in"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SECURITY_ADMIN, Role.AUDITOR, Role.COMMUNITY_STAFF])
async def test_the_roles_that_need_it(hierarchy: Service, district: str, role: Role) -> None:
    async with town(district, **OUTSIDE) as here:
        await with_password(here.service, district, role=role)
        assert await outcome(here) == "second_factor_enrolment_required"


async def test_the_security_administrator_resets_it(here: Town) -> None:
    secret, _ = await set_up(here)
    token = await here.token(totp=shown(secret))
    admin = somebody(here.district, Role.SECURITY_ADMIN)
    path = f"people/{await head(here)}/totp"
    operator = await here.http.delete(path, headers=somebody(here.district, Role.OPERATOR).headers)
    assert operator.status_code == 403
    for _ in range(2):
        assert (await here.http.delete(path, headers=admin.headers)).status_code == 204
    assert await outcome(here) == "in"
    (entry,) = await here.journal("second_factor_removed")
    assert (entry["actor"], entry["data"]) == (str(admin.id), {"by": "administrator"})
    assert token
