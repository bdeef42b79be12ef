"""Changing the password and the phone number: who one is must be shown again, and all other sessions end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.hierarchy.sign_in import service as ways
from shared.runtime.service import Service
from tests.hierarchy.signing_in import NEW, Town, head, people_by_phone, town
from tests.hierarchy.small import PASSWORD, PHONE, loader
from tests.support.world import service_headers, somebody

FRESH = "another long sentence"


@pytest.fixture
async def here(hierarchy: Service, district: str) -> AsyncIterator[Town]:
    assert hierarchy.name
    async with town(district) as made:
        yield made


async def change(here: Town, token: str, **more: str) -> tuple[int, str]:
    answer = await here.post("me/password", {"present": PASSWORD, "new": FRESH} | more, token)
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def sessions(here: Town) -> int:
    return len(await here.sql("SELECT * FROM hierarchy.sessions WHERE district = $1 AND ended_at IS NULL"))


# --- the password --------------------------------------------------------------------------------------------------


async def test_a_new_password_ends_the_other_sessions(here: Town) -> None:
    token, other = await here.token(), await here.token()
    assert await sessions(here) == 2
    assert await change(here, token) == (204, "")
    assert await sessions(here) == 1
    await asyncio.sleep(0)
    assert (await here.get("me", token)).status_code == 200
    (ended,) = await here.journal("sessions_ended")
    assert (ended["data"]["why"], len(ended["data"]["sessions"])) == ("password_changed", 1)
    assert other
    assert (await here.by_password()).json()["code"] == "credentials_wrong"
    assert (await here.by_password(password=FRESH)).status_code == 201
    (entry,) = await here.journal("password_changed")
    assert entry["data"] == {}


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"present": "somebody else's"}, (403, "not_confirmed")),
        ({"new": "too short"}, (422, "password_unsuitable")),
        ({"new": "10077770001"}, (422, "password_unsuitable")),
        ({"new": "虚构楼栋长虚构楼栋长"}, (422, "password_unsuitable")),
        ({"new": ""}, (422, "invalid")),
        ({"new": "x" * 201}, (422, "invalid")),
    ],
)
async def test_passwords_that_are_refused(here: Town, more: dict[str, str], refusal: tuple[int, str]) -> None:
    token = await here.token()
    assert await change(here, token, **more) == refusal
    assert (await here.by_password()).status_code == 201
    assert await here.journal("password_changed") == []
    refused = [row["data"] | {"actor": row["actor"]} for row in await here.journal("sign_in_refused")]
    assert [(row["why"], row["actor"]) for row in refused] == [("not_confirmed", str(await head(here)))] * (
        refusal[0] == 403
    )


async def test_guessing_the_present_password_is_counted_like_a_sign_in(here: Town) -> None:
    token = await here.token()
    seen = [(await change(here, token, present="a guess"))[0] for _ in range(11)]
    assert seen == [403] * 10 + [429]
    assert (await here.by_password()).status_code == 429


async def test_a_repeated_change_changes_once(here: Town) -> None:
    token = await here.token()
    body = {"present": PASSWORD, "new": FRESH}
    answers = [await here.post("me/password", body, token, key="the-same-key") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204] * 3
    assert len(await here.journal("password_changed")) == 1


async def test_two_changes_at_the_same_moment(here: Town) -> None:
    token = await here.token()
    seen = await asyncio.gather(*(change(here, token, new=f"{FRESH} number {n}") for n in range(4)))
    assert [status for status, _ in seen].count(204) == 1
    assert {code for _, code in seen} <= {"", "not_confirmed", "conflict", "request_in_progress"}


# --- the number ----------------------------------------------------------------------------------------------------


async def new_code(here: Town, token: str, phone: str = NEW) -> dict[str, str]:
    answer = await here.post("me/phone/codes", {"phone": phone}, token)
    assert answer.status_code == 202, answer.text
    await here.work()
    return {"phone": phone, "request_id": answer.json()["request_id"], "code": here.phones.code(phone)}


async def refused(here: Town, token: str, body: dict[str, Any]) -> str:
    answer = await here.post("me/phone", body, token)
    assert answer.status_code >= 400
    return str(answer.json()["code"])


async def test_a_new_number_by_password(here: Town) -> None:
    token, _ = await here.token(), await here.token()
    given = await new_code(here, token)
    answer = await here.post("me/phone", given | {"password": PASSWORD}, token)
    assert (answer.status_code, answer.json()["phone"]) == (200, "100****8888")
    assert await sessions(here) == 1
    assert (await here.by_password()).status_code == 401
    assert (await here.by_password(phone=NEW)).status_code == 201
    assert PHONE not in str(await here.sql("SELECT * FROM hierarchy.journal WHERE district = $1"))
    assert NEW not in str(await here.sql("SELECT * FROM hierarchy.journal WHERE district = $1"))
    assert len(await here.journal("phone_changed")) == 1


async def test_a_new_number_by_a_code_to_the_present_one(here: Town) -> None:
    token = await here.token()
    given = await new_code(here, token)
    present = await here.code(purpose="confirm_phone")
    answer = await here.post("me/phone", given | {"present": present}, token, key="the-same-key")
    assert answer.status_code == 200, answer.text
    again = await here.post("me/phone", given | {"present": present}, token, key="the-same-key")
    assert (again.json(), again.headers["idempotent-replayed"]) == (answer.json(), "true")


async def test_nobody_changes_a_number_without_showing_who_they_are(here: Town) -> None:
    token = await here.token()
    given = await new_code(here, token)
    assert await refused(here, token, given) == "not_confirmed"
    assert await refused(here, token, given | {"password": "a guess"}) == "not_confirmed"
    present = await here.code()  # for signing in, not for this
    assert await refused(here, token, given | {"present": present}) == "not_confirmed"
    wrong = given | {"code": f"{(int(given['code']) + 1) % 10**6:06}", "password": PASSWORD}
    assert await refused(here, token, wrong) == "not_confirmed"
    assert await people_by_phone(here, NEW) is None
    assert (await here.post("me/phone", given | {"password": PASSWORD}, token)).status_code == 200


async def test_a_sign_in_code_to_the_new_number_is_none_for_this(here: Town) -> None:
    token, phone = await here.token(), await here.neighbour(1)
    given = {"phone": phone} | await here.code(phone)
    assert await refused(here, token, given | {"password": PASSWORD}) == "not_confirmed"


async def test_a_number_that_somebody_has(here: Town) -> None:
    """Asking for the code does not tell; only who holds the phone learns it, and the code is not used up."""
    token, phone = await here.token(), await here.neighbour(1)
    given = await new_code(here, token, phone)
    assert await refused(here, token, given | {"password": PASSWORD}) == "phone_taken"
    assert await people_by_phone(here, PHONE) == await head(here)
    assert await sessions(here) == 1


async def test_codes_to_new_numbers_are_limited_too(here: Town) -> None:
    token = await here.token()
    statuses = [(await here.post("me/phone/codes", {"phone": NEW}, token)).status_code for _ in range(2)]
    assert statuses == [202, 429]


# --- who has an account at all ---------------------------------------------------------------------------------------

WRITES: list[tuple[str, dict[str, Any]]] = [
    ("me/password", {"present": PASSWORD, "new": FRESH}),
    ("me/phone/codes", {"phone": NEW}),
    ("me/phone", {"phone": NEW, "request_id": "01a201c0-6a71-75f2-abf2-7179fd6826d5", "code": "123456"}),
    ("me/totp", {"password": PASSWORD}),
    ("me/totp/confirm", {"code": "123456"}),
    ("me/wechat", {"code": "x"}),
]


@pytest.mark.parametrize(("path", "body"), WRITES, ids=[path for path, _ in WRITES])
async def test_only_people_have_accounts(here: Town, path: str, body: dict[str, Any]) -> None:
    assert (await here.post(path, body)).json()["code"] == "unauthenticated"
    ghost = await here.post(path, body, somebody(here.district).token)
    assert ghost.status_code in {404, 409, 501}, ghost.text
    headers = service_headers(here.district, "tickets", "hierarchy") | {"Idempotency-Key": "the-same-key"}
    assert (await here.http.post(path, json=body, headers=headers)).status_code == 403


async def test_an_erased_person_keeps_no_way_in(here: Town) -> None:
    person = await head(here)
    async with loader(here.service, here.district) as work:
        await ways.forget(work, person)
    for table in ("wechat_accounts", "second_factors", "recovery_codes"):
        assert await here.sql(f"SELECT * FROM hierarchy.{table} WHERE district = $1") == []
