"""The hotline's webhook: only what is signed, each message once, every order kept, every news answered."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.kernel.rights import Role
from shared.runtime.webhooks import new_secret
from tests.support.world import somebody
from tests.tickets.conftest import BASE, COMMUNITY, Caller12345, Cast, problem

PING = {"event": "ping"}


# --- who is heard ---


async def test_what_is_signed_is_heard(hotline: Caller12345) -> None:
    answer = await hotline.send(PING)
    assert (answer.status_code, answer.json()) == (202, {"status": "pong", "ticket_no": None, "appeal_id": None})
    assert (await hotline.send(PING, headers={"content-type": "application/json; charset=utf-8"})).status_code == 202


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_unsigned_is_401(cast: Cast, hotline: Caller12345, header: str) -> None:
    assert problem(await hotline.send(hotline.order(), headers={header: None})) == (401, "signature_missing")
    assert await cast.count("appeals") == 0


async def test_badly_signed_is_401(cast: Cast, hotline: Caller12345) -> None:
    order = hotline.order()
    invalid = (401, "signature_invalid")
    assert problem(await hotline.send(order, secret=new_secret())) == invalid
    for header, value in (("webhook-signature", "v1,AAAA"), ("webhook-id", "another"), ("webhook-timestamp", "now")):
        assert problem(await hotline.send(order, headers={header: value})) == invalid
    assert await cast.count("appeals") == 0


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_stale_is_401_and_says_so(hotline: Caller12345, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert problem(await hotline.send(hotline.order(), at=at)) == (401, "signature_stale")


async def test_a_hotline_that_nobody_knows_is_answered_like_a_wrong_signature(hotline: Caller12345) -> None:
    stranger = Caller12345(hotline.client, "999999-nobody", hotline.secret)
    old = datetime.now(UTC) - timedelta(hours=1)
    for caller in (stranger, hotline.with_secret(new_secret())):
        assert problem(await caller.send(PING)) == (401, "signature_invalid")
        assert problem(await caller.send(PING, headers={"webhook-id": None})) == (401, "signature_missing")
        assert problem(await caller.send(PING, at=old)) == (401, "signature_stale")
    for id in ("nonsense", "012345-x", "141021-", "141021-" + "x" * 32, "141021-x y"):
        answer = await Caller12345(hotline.client, id, hotline.secret).send(PING)
        assert problem(answer)[0] in {401, 404}


async def test_while_the_secret_is_rotated_both_are_heard(cast: Cast, hotline: Caller12345) -> None:
    address, headers = f"{BASE}/hotlines/{hotline.id}", cast.operator.headers
    settings = {"name": "测试12345热线"}
    assert (await cast.client.put(address, json=settings, headers=headers)).json()["secret"] is None
    rotated = await cast.client.put(address, json=settings | {"rotate_secret": True}, headers=headers)
    new = hotline.with_secret(rotated.json()["secret"])
    assert [(await one.send(PING)).status_code for one in (new, hotline)] == [202, 202]

    await cast.sql("UPDATE tickets.hotlines SET previous_until = now() - interval '1 s' WHERE district = $1")
    assert (await new.send(PING)).status_code == 202
    assert problem(await hotline.send(PING)) == (401, "signature_invalid")


async def test_two_rotations_end_a_leaked_secret_at_once(cast: Cast, hotline: Caller12345) -> None:
    for _ in range(2):
        await cast.client.put(
            f"{BASE}/hotlines/{hotline.id}",
            json={"name": "测试12345热线", "rotate_secret": True},
            headers=cast.operator.headers,
        )
    assert problem(await hotline.send(PING)) == (401, "signature_invalid")


async def test_who_may_set_a_hotline_up(cast: Cast) -> None:
    async def put(who: Any, id: str = f"{cast.district}-12345", **changed: Any) -> Any:
        settings = {"name": "热线", "callback_url": None} | changed
        return await cast.client.put(f"{BASE}/hotlines/{id}", json=settings, headers=who.headers)

    assert problem(await put(cast.staff)) == (403, "forbidden")
    assert problem(await put(somebody(cast.district, Role.OPERATOR, COMMUNITY))) == (403, "forbidden")
    assert problem(await put(cast.operator, "999999-12345")) == (404, "not_found")
    for url in (
        "http://10.0.0.1/",
        "https://192.168.1.1/x",
        "ftp://8.8.8.8/",
        "x",
        "https://u:p@8.8.8.8/",
        "http://[::1/",
    ):
        assert problem(await put(cast.operator, callback_url=url)) == (422, "target_refused")
    assert (await put(cast.operator, callback_url="http://127.0.0.1:9/")).status_code == 200
    [row] = await cast.sql("SELECT h::text AS whole FROM tickets.hotlines h WHERE district = $1")
    assert "whsec_" not in row["whole"]


async def test_two_operators_who_set_it_up_at_once_have_one_secret(cast: Cast) -> None:
    puts = (
        cast.client.put(
            f"{BASE}/hotlines/{cast.district}-12345", json={"name": f"热线{n}"}, headers=cast.operator.headers
        )
        for n in range(8)
    )
    answers = await asyncio.gather(*puts)
    assert {answer.status_code for answer in answers} <= {200, 409}
    [secret] = [answer.json()["secret"] for answer in answers if answer.json().get("secret")]
    assert (await Caller12345(cast.client, f"{cast.district}-12345", secret).send(PING)).status_code == 202


# --- what is understood ---


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"order_no": ""}, "/body/order/order_no"),
        ({"order_no": "a\u0000b"}, "/body/order/order_no"),
        ({"title": "a\u0000b"}, "/body/order/title"),
        ({"content": "\u0000"}, "/body/order/content"),
        ({"content": "x" * 4001}, "/body/order/content"),
        ({"caller": {"name": "\u0000"}}, "/body/order/caller/name"),
        ({"caller": {"phone": "10 00"}}, "/body/order/caller/phone"),
        ({"caller": []}, "/body/order/caller"),
        ({"revision": 10**30}, "/body/order/revision"),
        ({"revision": 0}, "/body/order/revision"),
        ({"urgency": "L0"}, "/body/order/urgency"),
        ({"accepted_at": "2025-09-12T10:24:15"}, "/body/order/accepted_at"),
        ({"occurred": {"place_code": "../x"}}, "/body/order/occurred/place_code"),
        ({"occurred": {"lng": 181}}, "/body/order/occurred/lng"),
        ({"category": None}, "/body/order/category"),
        ({"weather": "cold"}, "/body/order/weather"),
        ({"attachments": [{"name": "1.jpg", "url": "javascript:alert(1)"}]}, "/body/order/attachments/0/url"),
    ],
)
async def test_an_order_that_is_wrong_is_422_and_the_field_is_named(
    cast: Cast, hotline: Caller12345, changed: dict[str, Any], at: str
) -> None:
    answer = await hotline.send(hotline.order(**changed))
    assert problem(answer) == (422, "invalid")
    assert at in [error["at"] for error in answer.json()["errors"]]
    assert await cast.count("appeals") == 0


@pytest.mark.parametrize(
    "event",
    [
        {"event": "order.dispatched"},
        {"event": "order.dispatched", "order": None},
        {"event": "order.dispatched", "order_no": "1"},
        {"event": "order.urged"},
        {"event": "order.callback_result", "order_no": "1"},
        {"event": "order.supplemented", "order_no": "1"},
        {"event": "order.urged", "order_no": "1", "note": ""},
        {"event": "order.urged", "order_no": "1", "note": "a\u0000"},
        {"event": "order.eaten", "order_no": "1"},
        {"event": "ping", "extra": 1},
        {"order": {}},
        [],
        None,
        "ping",
    ],
)
async def test_a_message_that_says_too_little_is_422(hotline: Caller12345, event: Any) -> None:
    assert problem(await hotline.send(event)) == (422, "invalid")


@pytest.mark.parametrize("body", [b"", b"{", b"\x00", b"[" * 5000, b'{"event": "\\ud800"}'])
async def test_a_body_that_is_no_json_is_422(hotline: Caller12345, body: bytes) -> None:
    assert problem(await hotline.send(body)) == (422, "invalid")


async def test_another_content_type_and_an_oversized_body(cast: Cast, hotline: Caller12345) -> None:
    refused = await hotline.send(PING, headers={"content-type": "text/xml"})
    assert problem(refused) == (415, "media_type_unsupported")
    big = hotline.order(content="x" * (cast.service.settings.body_limit + 1))
    assert problem(await hotline.send(big)) == (413, "body_too_large")


async def test_news_about_an_order_that_never_came_is_404(hotline: Caller12345) -> None:
    for event in ("urged", "withdrawn", "rework"):
        assert problem(await hotline.send(hotline.about(event))) == (404, "not_found")
    heard = hotline.about("callback_result", callback={"reached": True})
    assert problem(await hotline.send(heard)) == (404, "not_found")


async def test_an_order_of_another_hotline_is_not_ours_to_speak_of(cast: Cast, hotline: Caller12345) -> None:
    await hotline.send(hotline.order())
    settings = await cast.client.put(
        f"{BASE}/hotlines/{cast.district}-other", json={"name": "另一热线"}, headers=cast.operator.headers
    )
    other = Caller12345(cast.client, f"{cast.district}-other", settings.json()["secret"], hotline.order_no)
    assert problem(await other.send(other.about("urged"))) == (404, "not_found")
    assert (await other.send(other.order())).status_code == 202  # its own order, though the number is the same
    assert await cast.count("appeals") == 2


# --- each message once ---


async def test_fifty_deliveries_of_a_message_are_one_appeal(cast: Cast, hotline: Caller12345) -> None:
    order = hotline.order()
    answers = await asyncio.gather(*(hotline.send(order, message="msg_fifty") for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["appeal_id"] for answer in answers if answer.status_code == 202}) == 1
    assert await cast.count("appeals") == await cast.count("hotline_orders") == 1


async def test_many_messages_with_the_same_order_are_one_appeal(cast: Cast, hotline: Caller12345) -> None:
    """A hotline that forgot what it sent makes a new message id each time."""
    order = hotline.order()
    answers = await asyncio.gather(*(hotline.send(order) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["appeal_id"] for answer in answers}) == 1
    assert await cast.count("appeals") == await cast.count("hotline_orders") == await cast.count("journal") - 1 == 1


async def test_a_message_id_is_for_one_body(hotline: Caller12345) -> None:
    assert (await hotline.send(hotline.order(), message="msg_one")).status_code == 202
    again = await hotline.send(hotline.order(), message="msg_one")
    assert (again.status_code, again.json()["status"]) == (202, "placed")
    answer = await hotline.send(hotline.order(title="另一件事"), message="msg_one")
    assert problem(answer) == (422, "idempotency_key_reused")
