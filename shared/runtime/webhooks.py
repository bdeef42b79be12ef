"""Standard Webhooks in and out, and where we are willing to send one.

The signing is the library `standardwebhooks` (HMAC-SHA256 over `id.timestamp.body`, tolerance fixed at
five minutes either way). It was read before it was trusted: on malformed headers, signatures and bodies
it lets `ValueError` and its like through, and it signs the wall-clock digits of a time in another zone;
both are met here.
"""

import asyncio
import base64
import ipaddress
import re
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared.kernel.errors import LinliError, SignatureInvalid, SignatureMissing, SignatureStale
from shared.runtime.settings import Network

TOLERANCE: Final = 300
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_ID = re.compile(r"[!-~]{1,128}")  # it becomes a request key of the journal
_SECONDS = re.compile(r"[0-9]{1,11}")
_RESOLVE_SECONDS, _CONNECT_SECONDS = 2, 5
_LONGEST_WAIT_S = 24 * 3600
_LAST_PORT = 65_535
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The only IPv6 addresses that are public, and IPv4 ones that only look so: protocol assignments, 6to4's dead relay.
_UNICAST = ipaddress.IPv6Network("2000::/3")
_RESERVED = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class WebhookMeta:
    """What the signature vouches for beside the body. `id` is the idempotency key."""

    id: str
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A checked place to send to; a connection should go to one of `addresses`, not to a second look-up."""

    host: str
    port: int
    addresses: tuple[str, ...]


class Delivered(NamedTuple):
    """The other side's answer: its status, and how long it asks us to wait (`Retry-After` in seconds), if it does."""

    status: int
    retry_after_s: int | None


class NotDelivered(Exception):
    """No answer came; the message says what did."""


class Fetched(NamedTuple):
    """What lies there, if `status` is 2xx; the body of another answer is not read."""

    status: int
    content_type: str
    body: bytes


class NotFetched(Exception):
    """No answer came, or one that is too long; the message says which."""


class NotAcceptable(NotFetched):
    """Something came that was not to come so: too long, or packed. Asking again would bring the same."""


class TargetRefused(LinliError):
    status, code = 422, "target_refused"
    zh = "不能向“{url}”推送：{why_zh}。"
    en = "Will not send to {url!r}: {why_en}."


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def verify(secret_list: Sequence[str], headers: Mapping[str, str], body: bytes) -> WebhookMeta:
    """Check a webhook against any of the secrets (two are valid while one replaces the other).

    SignatureMissing, SignatureInvalid or SignatureStale, all 401. A secret that is none raises the library's
    own error: that is our mistake and must be seen.
    """
    webhooks = [Webhook(secret) for secret in secret_list]
    given = {name.lower(): value for name, value in headers.items()}
    if not all(given.get(name) for name in _HEADERS):
        raise SignatureMissing
    message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
    if not (_ID.fullmatch(message_id) and _SECONDS.fullmatch(timestamp)):
        raise SignatureInvalid
    if any(_matches(webhook, given, body) for webhook in webhooks):
        return WebhookMeta(message_id, datetime.fromtimestamp(int(timestamp), UTC))
    if abs(datetime.now(UTC).timestamp() - int(timestamp)) > TOLERANCE:
        raise SignatureStale
    raise SignatureInvalid


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers for sending `body` (UTF-8) under this id; a retry keeps the id and takes a new `at`."""
    utc = at.astimezone(UTC)
    values = (message_id, str(int(utc.timestamp())), Webhook(secret).sign(message_id, utc, body.decode()))
    return dict(zip(_HEADERS, values, strict=True))


async def check_target(
    url: str, *, allow_loopback: bool, allowed: Sequence[Network] = (), ports: Collection[int] = (443,)
) -> Target:
    """Refuse what is not https, on one of these ports, to a public address or into a network the operator `allowed`.

    `allow_loopback` (dev only) adds http, loopback and any port. TargetRefused otherwise. A name may change its answer
    after this look-up: whoever sends must connect to one of the addresses returned here.
    """
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _refused(url, "地址无法识别", "it is not a URL") from None
    if target.scheme != "https" and not (allow_loopback and target.scheme == "http"):
        raise _refused(url, "必须使用 https", "it must be https")
    host = target.raw_host.decode()  # as it travels: the system's own IDNA is an older one, and may mean another name
    if not host or target.userinfo:
        raise _refused(url, "地址须有主机名且不得含用户名", "it needs a host and must not hold a user name")
    port = target.port if target.port is not None else (443 if target.scheme == "https" else 80)
    if not (0 < port <= _LAST_PORT and (allow_loopback or port in ports)):
        raise _refused(url, "端口不在 LINLI_CALLBACK_PORTS 允许之列", "its port is not one of LINLI_CALLBACK_PORTS")
    addresses = await _resolved(url, host, port)
    found = (ipaddress.ip_address(one) for one in addresses)
    if not all(_permitted(one, allowed, allow_loopback=allow_loopback) for one in found):
        why = "主机不在公网，也不在 LINLI_CALLBACK_NETWORKS 允许的网段内"
        raise _refused(url, why, "its host is neither public nor inside LINLI_CALLBACK_NETWORKS")
    return Target(host, port, addresses)


async def deliver(url: str, target: Target, headers: Mapping[str, str], body: bytes, *, timeout_s: float) -> Delivered:
    """Post JSON to one of the addresses that were checked, whatever the name says by now.

    Follows no redirect and reads nothing of the answer but its head. NotDelivered if none came in time.
    """
    asked = httpx.Request("POST", url, content=body, headers={**headers, "content-type": "application/json"})
    try:
        async with _answered(asked, target, timeout_s) as answer:
            return Delivered(answer.status_code, _seconds(answer.headers.get("retry-after", "")))
    except (httpx.HTTPError, TimeoutError) as error:
        raise NotDelivered(type(error).__name__) from error


async def fetch(url: str, target: Target, *, max_bytes: int, timeout_s: float) -> Fetched:
    """Get what lies at one of the addresses that were checked, whatever the name says by now.

    Follows no redirect, unpacks nothing, and stops reading after `max_bytes` or `timeout_s`: NotFetched.
    """
    asked = httpx.Request("GET", url, headers={"accept-encoding": "identity"})
    try:
        async with _answered(asked, target, timeout_s) as answer:
            if not answer.is_success:
                return Fetched(answer.status_code, "", b"")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise NotAcceptable("packed, though it was asked for plain")
            return Fetched(answer.status_code, answer.headers.get("content-type", ""), await _read(answer, max_bytes))
    except (httpx.HTTPError, TimeoutError) as error:
        raise NotFetched(type(error).__name__) from error


async def _read(answer: httpx.Response, max_bytes: int) -> bytes:
    declared = answer.headers.get("content-length", "0")
    body = bytearray()
    if not (declared.isdigit() and int(declared) > max_bytes):
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > max_bytes:
                break
        else:
            return bytes(body)
    raise NotAcceptable(f"longer than {max_bytes} bytes")


@asynccontextmanager
async def _answered(asked: httpx.Request, target: Target, timeout_s: float) -> AsyncIterator[httpx.Response]:
    """The head of the answer of the first address that takes a connection; everything within `timeout_s`."""
    timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_SECONDS, timeout_s))
    client = httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=timeout, follow_redirects=False)
    async with asyncio.timeout(timeout_s), client as out:
        answer = await _first(out, asked, target)
        try:
            yield answer
        finally:
            await answer.aclose()


async def _first(out: httpx.AsyncClient, asked: httpx.Request, target: Target) -> httpx.Response:
    for address in target.addresses:
        there = httpx.Request(
            asked.method,
            asked.url.copy_with(host=address),
            headers=asked.headers,  # `host` among them
            content=asked.content,
            # The name that the certificate must bear.
            extensions={"sni_hostname": target.host, "timeout": out.timeout.as_dict()},
        )
        try:
            return await out.send(there, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            trouble = error
    raise trouble


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates of the world takes longer than a delivery."""
    return httpx.create_ssl_context(trust_env=False)


def _seconds(retry_after: str) -> int | None:
    """The wait in seconds, at most a day; a date is not worth its parser."""
    return min(int(retry_after), _LONGEST_WAIT_S) if _SECONDS.fullmatch(retry_after) else None


def _matches(webhook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError, OverflowError):
        return False
    return True


async def _resolved(url: str, host: str, port: int) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # TimeoutError is an OSError
        raise _refused(url, "主机名无法解析", "its host name does not resolve") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _permitted(address: _Address, allowed: Sequence[Network], *, allow_loopback: bool) -> bool:
    real = _embedded(address)
    if any(real in network for network in allowed):
        return True
    if real.is_loopback:
        return allow_loopback
    if isinstance(real, ipaddress.IPv6Address):
        return real in _UNICAST and real.is_global
    return real.is_global and not (real.is_multicast or real.is_reserved or any(real in part for part in _RESERVED))


def _embedded(address: _Address) -> _Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one: that is where the packets go."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _refused(url: str, zh: str, en: str) -> TargetRefused:
    return TargetRefused(url=url, why_zh=zh, why_en=en)
