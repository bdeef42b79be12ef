"""Where a webhook really goes: to the address that was checked, and to a certificate of the name that was asked for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.runtime import webhooks
from shared.runtime.webhooks import Delivered, NotDelivered, Target, deliver

BODY = '{"event":"已签收"}'.encode()


def certificate(name: str, folder: Path) -> Path:
    """A self-signed certificate of that name, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers 204 to everything; gives its port and what came."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        heard[-1] += await reader.read(65536)
        writer.write(b"HTTP/1.1 204 No Content\r\nRetry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1], heard


def target(port: int, *addresses: str, host: str = "hotline.example") -> Target:
    return Target(host, port, addresses or ("127.0.0.1",))


async def test_it_goes_to_the_address_that_was_checked_whatever_the_name_says_now() -> None:
    """`hotline.example` resolves nowhere; a second look-up would fail, or find what an attacker put there."""
    async with listening() as (port, heard):
        url = f"http://hotline.example:{port}/callbacks?a=1"
        answer = await deliver(url, target(port), {"webhook-id": "msg_1"}, BODY, timeout_s=20)
    assert answer == Delivered(204, None)
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /callbacks?a=1 HTTP/1.1\r\n")
    assert f"host: hotline.example:{port}".encode() in head.lower()
    assert b"webhook-id: msg_1" in head.lower()
    assert body == BODY


async def test_another_address_is_tried_where_one_refuses() -> None:
    async with listening() as (port, heard):
        url = f"http://hotline.example:{port}/"
        assert (await deliver(url, target(port, "127.0.0.9", "127.0.0.1"), {}, BODY, timeout_s=20)).status == 204
        with pytest.raises(NotDelivered, match="ConnectError"):
            await deliver(url, target(port, "127.0.0.9", "127.0.0.8"), {}, BODY, timeout_s=20)
    assert len(heard) == 1


@pytest.mark.parametrize("name", ["hotline.example", "somebody-else.example"])
async def test_the_certificate_must_bear_the_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(name, tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr(webhooks, "_tls", lambda: trusting)
    async with listening(tls) as (port, heard):
        url = f"https://hotline.example:{port}/"
        if name == "hotline.example":
            assert (await deliver(url, target(port), {}, BODY, timeout_s=20)).status == 204
        else:
            with pytest.raises(NotDelivered, match="ConnectError"):
                await deliver(url, target(port), {}, BODY, timeout_s=20)
            assert heard == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate("hotline.example", tmp_path))
    async with listening(tls) as (port, heard):
        with pytest.raises(NotDelivered, match="ConnectError"):
            await deliver(f"https://hotline.example:{port}/", target(port), {}, BODY, timeout_s=20)
    assert heard == []
