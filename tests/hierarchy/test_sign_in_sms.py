"""The SMS provider's adapter against a real server that misbehaves, and the job that uses it."""

import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from services.hierarchy.settings import HierarchySettings
from services.hierarchy.sign_in import sms
from shared.runtime.clients import CallInsideTransaction
from shared.runtime.flags import in_transaction
from shared.runtime.service import Service
from shared.runtime.webhooks import new_secret, verify
from tests.hierarchy.signing_in import Town, town
from tests.hierarchy.small import PHONE
from tests.support.contractors import Contractor, contracted

SECRET = new_secret()
LETTER: dict[str, Any] = {"message_id": "m1", "phone": PHONE, "code": "012345", "minutes": 5}


@pytest.fixture
async def provider() -> AsyncIterator[Contractor]:
    async with contracted(Contractor()) as running:
        yield running


def settings(provider: Contractor, **more: Any) -> HierarchySettings:
    fixed: dict[str, Any] = {
        "sms_url": f"{provider.url}/send",
        "sms_secret": SECRET,
        "sms_timeout_s": 15,
        "sms_template": "T1",
    }
    return HierarchySettings(**(fixed | {"sms_signature": "邻里"} | more))


@pytest.fixture(autouse=True)
def environment(database: dict[str, str]) -> None:
    assert database


async def test_a_message_is_signed_and_says_what_it_is(provider: Contractor) -> None:
    await sms.send(settings(provider), **LETTER)
    ((line, query, headers, body),) = provider.asked
    assert (line, query) == ("POST /send", {})
    assert orjson.loads(body) == {
        "id": "m1",
        "phone": PHONE,
        "template": "T1",
        "signature": "邻里",
        "params": {"code": "012345", "minutes": "5"},
    }
    assert verify([SECRET], headers, body).id == headers["idempotency-key"] == "m1"


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("hangs", sms.NotTaken),
        ("drips", sms.NotTaken),
        ("cuts", sms.NotTaken),
        ("down", sms.NotTaken),
        ("huge", sms.NotTaken),
        ("redirect", sms.NotTaken),
        ("garbage", sms.NotTaken),
        ("empty", sms.NotTaken),
        ("refuses", sms.Rejected),
        ("rejects", sms.Rejected),
    ],
)
async def test_a_provider_that_misbehaves(provider: Contractor, mood: str, error: type[Exception]) -> None:
    provider.mood = mood
    patience = {"sms_timeout_s": 0.5} if mood in ("hangs", "drips") else {}
    began = time.monotonic()
    with pytest.raises(error) as caught:
        await sms.send(settings(provider, **patience), **LETTER)
    assert time.monotonic() - began < 14  # half a second is set, where it matters; both would go on for thirty
    assert len(provider.asked) == 1  # no redirect is followed, nothing is repeated here
    assert provider.url not in str(caught.value)
    assert PHONE not in str(caught.value)


async def test_nobody_is_there() -> None:
    gone = Contractor(url="http://127.0.0.1:1")
    with pytest.raises(sms.NotTaken):
        await sms.send(settings(gone), **LETTER)


async def test_never_inside_a_transaction(provider: Contractor) -> None:
    in_transaction.set(True)
    try:
        with pytest.raises(CallInsideTransaction):
            await sms.send(settings(provider), **LETTER)
    finally:
        in_transaction.set(False)
    assert provider.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"sms_url": "http://sms.example/send"},
        {"sms_url": "ftp://sms.example/send"},
        {"sms_url": "https:///send"},
        {"sms_secret": ""},
        {"wechat_url": "http://weixin.example"},
        {"second_factor_roles": "operator,king"},
    ],
)
def test_settings_outside_dev(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"env": "production", "sms_url": "https://sms.example/send", "sms_secret": SECRET}
    assert HierarchySettings(**good).strong_roles
    with pytest.raises(ValidationError):
        HierarchySettings(**(good | wrong))


# --- the job -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def here(hierarchy: Service, provider: Contractor, district: str) -> AsyncIterator[Town]:
    assert hierarchy.name
    async with town(district, sms_url=f"{provider.url}/send", sms_secret=SECRET) as made:
        yield made


async def soon(here: Town) -> None:
    """What waits for another try is due now."""
    await here.sql("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND dead_at IS NULL")
    await here.work()


async def test_a_provider_that_was_down_gets_the_same_message_again(here: Town, provider: Contractor) -> None:
    provider.mood = "down"
    asked = await here.ask()
    await here.work()
    (job,) = await here.sql("SELECT * FROM hierarchy.jobs WHERE district = $1")
    assert (job["attempts"], job["dead_at"]) == (1, None)
    assert "500" in job["last_error"]
    provider.mood = "well"
    await soon(here)
    assert await here.sql("SELECT * FROM hierarchy.jobs WHERE district = $1") == []
    assert {headers["idempotency-key"] for _, _, headers, _ in provider.asked} == {asked.json()["request_id"]}
    assert len({body for _, _, _, body in provider.asked}) == 1


async def test_a_rejected_message_is_not_tried_again(here: Town, provider: Contractor) -> None:
    provider.mood = "rejects"
    await here.ask()
    await here.work()
    (job,) = await here.sql("SELECT * FROM hierarchy.jobs WHERE district = $1")
    assert job["dead_at"] is not None
    assert PHONE not in str(job)


async def test_a_code_that_is_over_is_not_sent(here: Town, provider: Contractor) -> None:
    await here.ask()
    await here.sql("UPDATE hierarchy.jobs SET created_at = now() - interval '301 s' WHERE district = $1")
    await here.work()
    assert provider.asked == []
    (entry,) = await here.journal("code_sent")
    assert entry["data"] == {"outcome": "too_late"}


async def test_a_letter_of_another_request_does_not_open(here: Town, provider: Contractor) -> None:
    await here.ask()
    await here.sql(
        "UPDATE hierarchy.jobs SET args = jsonb_set(args, '{request_id}', '\"00000000-0000-7000-8000-000000000000\"') "
        "WHERE district = $1"
    )
    await here.work()
    assert provider.asked == []
    (job,) = await here.sql("SELECT * FROM hierarchy.jobs WHERE district = $1")
    assert job["dead_at"] is not None


async def test_the_answer_does_not_wait_for_the_provider(here: Town, provider: Contractor) -> None:
    provider.mood = "hangs"
    assert (await here.ask()).status_code == 202
    assert provider.asked == []
