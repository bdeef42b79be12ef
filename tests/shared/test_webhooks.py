import asyncio
import socket
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.kernel.errors import SignatureInvalid, SignatureMissing, SignatureStale
from shared.runtime.settings import Settings
from shared.runtime.webhooks import Target, TargetRefused, check_target, new_secret, sign, verify
from tests.support.world import environment

OLD, NEW = new_secret(), new_secret()
BODY = '{"order":"H-1","内容":"路灯不亮"}'.encode()


def signed(secret: str = NEW, at: datetime | None = None, body: bytes = BODY) -> dict[str, str]:
    return sign(secret, "msg_1", at or datetime.now(UTC), body)


def test_what_we_sign_verifies() -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    meta = verify([NEW], signed(at=at), BODY)
    assert (meta.id, meta.timestamp) == ("msg_1", at)


def test_the_specifications_own_example() -> None:
    headers = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_either_secret_is_good_while_one_replaces_the_other() -> None:
    assert verify([NEW, OLD], signed(OLD), BODY).id == "msg_1"
    both = signed(NEW) | {"webhook-signature": " ".join(signed(s)["webhook-signature"] for s in (OLD, NEW))}
    assert verify([NEW], both, BODY).id == "msg_1"
    with pytest.raises(SignatureInvalid):
        verify([NEW], signed(OLD), BODY)
    with pytest.raises(SignatureInvalid):
        verify([], signed(), BODY)


def test_a_time_in_another_zone_is_the_same_instant() -> None:
    china = datetime.now(timezone(timedelta(hours=8)))
    assert verify([NEW], signed(at=china), BODY).timestamp == china.replace(microsecond=0)


def test_header_names_in_any_case() -> None:
    assert verify([NEW], {name.title(): value for name, value in signed().items()}, BODY).id == "msg_1"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, ""])
def test_each_header_is_required(name: str, value: str | None) -> None:
    headers = signed()
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(SignatureMissing):
        verify([NEW], headers, BODY)


@pytest.mark.parametrize(("minutes", "stale"), [(-6, True), (-4, False), (4, False), (6, True)])
def test_five_minutes_either_way(minutes: int, *, stale: bool) -> None:
    headers = signed(at=datetime.now(UTC) + timedelta(minutes=minutes))
    if not stale:
        verify([NEW], headers, BODY)
        return
    with pytest.raises(SignatureStale):
        verify([NEW], headers, BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": "x" * 129},
        {"webhook-id": "a b"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "1700000000.5"},
        {"webhook-timestamp": "１７００００００００"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1,路灯"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1,AAAA  v1,AAAA"},
    ],
    ids=str,
)
def test_malformed_headers_are_invalid_and_nothing_else(changes: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify([NEW], signed() | changes, BODY)


@pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff\xfe"])
def test_another_body_is_invalid(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify([NEW], signed(), body)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=60), st.binary(max_size=40))
def test_no_headers_make_it_fail_otherwise(one: str, two: str, three: str, body: bytes) -> None:
    with pytest.raises((SignatureMissing, SignatureInvalid, SignatureStale)):
        verify([NEW], {"webhook-id": one, "webhook-timestamp": two, "webhook-signature": three}, body)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_*"])
def test_a_secret_that_is_none_is_our_own_mistake(secret: str) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the library's own errors
        verify([secret], signed(), BODY)
    assert not isinstance(raised.value, SignatureInvalid)


def test_secrets_differ_and_hold_32_bytes() -> None:
    assert NEW != OLD
    assert NEW.startswith("whsec_")
    assert len(NEW) == len("whsec_") + 44


# --- where we send ---


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(*addresses: str) -> None:
        async def look_up(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", look_up)

    return to


async def test_https_to_a_public_address_is_fine(resolves: Any) -> None:
    resolves("8.8.8.8", "2001:4860:4860::8888")
    target = await check_target("https://hotline.example.cn/events", allow_loopback=False)
    assert target == Target("hotline.example.cn", 443, ("8.8.8.8", "2001:4860:4860::8888"))


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
async def test_addresses_that_are_not_public_are_refused(resolves: Any, address: str, *, allow_loopback: bool) -> None:
    resolves("8.8.8.8", address)  # one bad answer among good ones is enough
    with pytest.raises(TargetRefused):
        await check_target("https://hotline.example.cn/", allow_loopback=allow_loopback)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9"])
async def test_loopback_only_in_dev(resolves: Any, address: str) -> None:
    resolves(address)
    assert (await check_target("http://localhost:9000/", allow_loopback=True)).port == 9000
    with pytest.raises(TargetRefused):
        await check_target("https://localhost:9000/", allow_loopback=False)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(networks: str) -> Settings:
        for name, value in environment({}, "redis://x").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LINLI_CALLBACK_NETWORKS", networks)
        return Settings()

    return to


@pytest.mark.parametrize(
    ("networks", "address", "fine"),
    [
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("10.1.0.0/16", "::ffff:10.1.2.3", True),
        ("10.1.0.0/16", "127.0.0.1", False),
        ("192.168.5.9/32, fd00::/8", "fd12::1", True),
        ("192.168.5.9/32, fd00::/8", "192.168.5.8", False),
        ("", "10.1.2.3", False),
    ],
)
async def test_an_operator_may_allow_networks_of_their_own(
    resolves: Any, configured: Any, networks: str, address: str, *, fine: bool
) -> None:
    resolves(address)
    allowed = configured(networks).allowed_networks
    if fine:
        assert (await check_target("https://hotline/", allow_loopback=False, allowed=allowed)).addresses == (address,)
    else:
        with pytest.raises(TargetRefused, match="LINLI_CALLBACK_NETWORKS"):
            await check_target("https://hotline/", allow_loopback=False, allowed=allowed)
    with pytest.raises(TargetRefused, match="https"):
        await check_target("http://hotline/", allow_loopback=False, allowed=allowed)


@pytest.mark.parametrize("networks", ["10.0.0.1/8", "everywhere", "10.0.0.0/8;192.168.0.0/16", "0.0.0.0/40"])
def test_a_network_that_is_none_is_refused_at_the_start(configured: Any, networks: str) -> None:
    with pytest.raises(ValidationError, match="callback_networks"):
        configured(networks)


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "https://", "https:///x", "example.cn", "",
        "https://user:word@8.8.8.8/", "https://[::1/", "https://8.8.8.8:99999/", "https://a\x00b/",
        "javascript:alert(1)",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/",
    ],
)  # fmt: skip
async def test_urls_that_are_refused_everywhere_but_in_dev(url: str) -> None:
    with pytest.raises(TargetRefused):
        await check_target(url, allow_loopback=False)


async def test_a_name_that_does_not_resolve_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", look_up)
    with pytest.raises(TargetRefused, match="does not resolve"):
        await check_target("https://nowhere.example/", allow_loopback=False)
