"""Where Linli itself connects to, when somebody else names the place: never into the house (SSRF)."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.runtime.settings import Settings
from shared.runtime.webhooks import (
    Fetched,
    NotDelivered,
    NotFetched,
    Target,
    TargetRefused,
    check_target,
    deliver,
    fetch,
)
from tests.support.world import environment


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[str]], list[str]]:
    """Answers each look-up with the next address; gives the names that were asked for."""

    def use(answers: Iterator[str]) -> list[str]:
        asked: list[str] = []
        real = type(asyncio.get_running_loop()).getaddrinfo

        async def look_up(loop: Any, host: Any, port: int, **more: Any) -> list[Any]:
            name = host.decode() if isinstance(host, bytes) else host
            try:
                ipaddress.ip_address(name)
            except ValueError:
                asked.append(name)
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
            found: list[Any] = await real(loop, host, port, **more)  # an address: how one connects
            return found

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", look_up)
        return asked

    return use


# Each is this machine, a private or a special address, spelt in some way that a system's resolver understands.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "localhost", "LOCALHOST", "localhost.",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0", "0.0.0.0",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]",
    "[fec0::1]", "[fd00::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[5f00::1]", "[4000::1]",
    "10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.254", "169.254.169.254", "0xa9fea9fe",
    "2852039166", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_an_inner_address_gets_out(host: str) -> None:
    with pytest.raises(TargetRefused):
        await check_target(f"https://{host}/", allow_loopback=False)


@pytest.mark.parametrize("host", ["8.8.8.8", "0x08080808", "134744072", "[2001:4860:4860::8888]", "[64:ff9b::808:808]"])
async def test_a_public_address_is_fine_however_it_is_spelt(host: str) -> None:
    try:
        target = await check_target(f"https://{host}/", allow_loopback=False)
    except TargetRefused as error:
        assert "resolve" in error.fields["why_en"]  # a machine without IPv6  # noqa: PT017
        assert ":" in host
    else:
        assert target.port == 443


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://user@8.8.8.8/", "user name"), ("https://user:word@8.8.8.8/", "user name"),
        ("https://8.8.8.8@127.0.0.1/", "user name"), ("https://8.8.8.8:0/", "LINLI_CALLBACK_PORTS"),
        ("https://8.8.8.8:22/", "LINLI_CALLBACK_PORTS"), ("https://8.8.8.8:6379/", "LINLI_CALLBACK_PORTS"),
        ("https://8.8.8.8:65536/", ""), ("https://8.8.8.8:-1/", ""), ("https://8.8.8.8:443x/", ""),
        ("http://8.8.8.8/", "https"), ("gopher://8.8.8.8/", "https"), ("//8.8.8.8/", "https"),
        ("https://8.8.8.8\\@127.0.0.1/", ""), ("https://8.8.8.8%00.example.cn/", ""), ("https://a b/", ""),
        ("https://127.0.0.1#@8.8.8.8/", ""), ("https://xn--/", ""), ("https://" + "a" * 64 + ".cn/", ""),
    ],
)  # fmt: skip
async def test_what_is_more_than_a_host_is_refused(url: str, why: str) -> None:
    with pytest.raises(TargetRefused, match=why or "Will not send"):
        await check_target(url, allow_loopback=False)


async def test_other_ports_are_listed_by_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment({}, "redis://x").items():
        monkeypatch.setenv(name, value)
    ports = Settings(callback_ports="443, 8443").allowed_ports
    assert (await check_target("https://8.8.8.8:8443/", allow_loopback=False, ports=ports)).port == 8443
    with pytest.raises(TargetRefused):
        await check_target("https://8.8.8.8:8444/", allow_loopback=False, ports=ports)
    for unusable in ("0", "65536", "https", "443;8443"):
        with pytest.raises(ValueError, match="callback_ports"):
            Settings(callback_ports=unusable)


async def test_an_international_name_is_looked_up_as_it_travels(resolver: Any) -> None:
    """By today's IDNA. The system's own codec would look up `strasse.example`, which may be somebody else's."""
    asked = resolver(iter(["8.8.8.8"] * 2))
    target = await check_target("https://straße.example/", allow_loopback=False)
    assert asked == ["xn--strae-oqa.example"]
    assert target.host == "xn--strae-oqa.example"  # for the certificate, too
    await check_target("https://热线.example/", allow_loopback=False)
    assert asked[1] == "xn--lrxu80a.example"


# --- what comes back --------------------------------------------------------------------------------------------------

PAGE = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 5\r\n\r\nimage"


@asynccontextmanager
async def saying(*parts: bytes, pause: float = 0.0, host: str = "127.0.0.1") -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers everybody with these bytes, then closes; its port and what came."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, host, 0) as server:
        yield server.sockets[0].getsockname()[1], heard


async def got(port: int, *, max_bytes: int = 1000, timeout_s: float = 20) -> Fetched:
    target = Target("pictures.example", port, ("127.0.0.1",))
    return await fetch(f"http://pictures.example:{port}/a.png", target, max_bytes=max_bytes, timeout_s=timeout_s)


async def test_a_name_that_changes_its_mind_changes_nothing(resolver: Any) -> None:
    """DNS rebinding: public when it is checked, ours when it is used. There is no second look-up to lie to."""
    asked = resolver(iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"]))
    async with saying(PAGE) as (port, heard), saying(PAGE, host="127.0.0.2") as (_, lured):
        url = f"http://pictures.example:{port}/a.png"
        target = await check_target(url, allow_loopback=True)
        assert (await fetch(url, target, max_bytes=100, timeout_s=20)).body == b"image"
        assert (await deliver(url, target, {}, b"{}", timeout_s=20)).status == 200
    assert (len(asked), len(heard), lured) == (1, 2, [])
    assert f"host: pictures.example:{port}".encode() in heard[0].lower()


async def test_what_lies_there() -> None:
    async with saying(PAGE) as (port, heard):
        assert await got(port) == Fetched(200, "image/png", b"image")
    assert heard[0].startswith(b"GET /a.png HTTP/1.1\r\n")
    assert b"accept-encoding: identity" in heard[0].lower()


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"307 Again", b"404 Gone", b"500 Oops"])
async def test_no_redirect_is_followed_and_no_other_body_read(status: bytes) -> None:
    async with saying(PAGE) as (inner, lured):
        answer = b"HTTP/1.1 %b\r\nlocation: http://127.0.0.1:%d/\r\ncontent-length: 9\r\n\r\n" % (status, inner)
        async with saying(answer, b"x" * 9) as (port, _):
            assert await got(port) == Fetched(int(status[:3]), "", b"")
            url = f"http://pictures.example:{port}/"
            target = Target("pictures.example", port, ("127.0.0.1",))
            assert (await deliver(url, target, {}, b"{}", timeout_s=20)).status == int(status[:3])
        assert lured == []


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([HEAD + b"content-length: 1001\r\n\r\n"], "longer than 1000"),
        ([HEAD + b"\r\n", b"x" * 1001], "longer than 1000"),
        ([HEAD + b"transfer-encoding: chunked\r\n\r\n", *[b"64\r\n" + b"x" * 100 + b"\r\n"] * 11], "longer than 1000"),
        ([HEAD + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\n", b"\x1f\x8b\x08"], "packed"),
        ([HEAD + b"content-length: 50\r\n\r\n", b"half"], "RemoteProtocolError"),
        ([b"not HTTP at all\r\n\r\n"], "RemoteProtocolError"),
        ([HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"], "RemoteProtocolError"),
        ([], "RemoteProtocolError"),
    ],
    ids=str,
)
async def test_what_is_too_long_or_no_answer(parts: list[bytes], why: str) -> None:
    async with saying(*parts) as (port, _):
        with pytest.raises(NotFetched, match=why):
            await got(port)


@pytest.mark.parametrize("head", [b"", HEAD + b"content-length: 900\r\n\r\n"])
async def test_a_trickle_has_an_end(head: bytes) -> None:
    """Each byte comes in time; all of them do not."""
    async with saying(head, *[b"x"] * 100, pause=0.05) as (port, _):
        with pytest.raises(NotFetched, match="TimeoutError"):
            await got(port, timeout_s=0.4)


async def test_a_trickling_head_has_an_end_for_callbacks_too() -> None:
    async with saying(*[b"H"] * 100, pause=0.05) as (port, _):
        with pytest.raises(NotDelivered, match="TimeoutError"):
            await deliver(f"http://x:{port}/", Target("x", port, ("127.0.0.1",)), {}, b"{}", timeout_s=0.4)


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with saying(PAGE) as (port, _), saying(PAGE) as (proxy, lured):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert (await got(port)).body == b"image"
        assert lured == []
