"""Against a real server on loopback that misbehaves as its path says."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from shared.kernel.errors import Unavailable
from shared.kernel.rights import Principal
from shared.runtime import clients
from shared.runtime.clients import CallInsideTransaction, RemoteProblem, RemoteUnavailable, ServiceClient
from shared.runtime.flags import in_transaction
from shared.runtime.settings import Settings

KEY, DISTRICT = b"k" * 32, "330106"
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY).public_key()
GOOD = (200, "application/json", b'{"place":"00010001"}')


class Place(BaseModel):
    place: str


class Server:
    """Answers each path with its list of behaviours, one per request; the last one stays."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.behaviours: list[Any] = [GOOD]
        self.url = ""

    def will(self, *behaviours: Any) -> None:
        self.requests, self.behaviours = [], list(behaviours)

    @property
    def last(self) -> dict[str, str]:
        return self.requests[-1][1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *fields = head.decode().strip().split("\r\n")
                headers = {k.lower(): v for k, v in (field.split(": ", 1) for field in fields)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append((line, headers, body))
                await self.answer(writer, self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, writer: asyncio.StreamWriter, behaviour: Any) -> None:
        match behaviour:
            case "hang":
                await asyncio.sleep(60)
            case "cut":
                writer.close()
            case ("drip", seconds):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
                for _ in range(600):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(seconds)
            case ("slow", seconds):
                await asyncio.sleep(seconds)
                await self.answer(writer, GOOD)
            case (status, media_type, content):
                writer.write(
                    f"HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\nlocation: /elsewhere\r\n"
                    f"content-length: {len(content)}\r\n\r\n".encode()
                    + content
                )
                await writer.drain()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    misbehaving = Server()
    running = await asyncio.start_server(misbehaving.serve, "127.0.0.1", 0)
    misbehaving.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield misbehaving
    running.close()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[ServiceClient]:
    """With time enough for a busy machine."""
    async with ServiceClient(server.url, "tickets", "hierarchy", KEY, deadline=30) as made:
        yield made


async def read(client: ServiceClient) -> str:
    return (
        await client.get("/api/hierarchy/v1/x", DISTRICT, {"category": "路灯", "at": ["a", "b"]}, model=Place)
    ).place


async def act(client: ServiceClient, key: str | None) -> str:
    return (await client.post("/api/hierarchy/v1/x", DISTRICT, {"n": 1}, key, Place)).place


async def failure(client: ServiceClient) -> RemoteUnavailable:
    with pytest.raises(RemoteUnavailable) as raised:
        await read(client)
    return raised.value


async def test_a_get_brings_the_model_and_says_who_asks(server: Server, client: ServiceClient) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1", traceparent="00-abc-def-01"):
        assert await read(client) == "00010001"
    line, headers, _ = server.requests[0]
    assert line == "GET /api/hierarchy/v1/x?category=%E8%B7%AF%E7%81%AF&at=a&at=b HTTP/1.1"
    claims = jwt.decode(headers["authorization"].removeprefix("Bearer "), PUBLIC, ["EdDSA"], audience="hierarchy")
    assert (claims["iss"], claims["district"]) == ("tickets", DISTRICT)
    assert (headers["x-request-id"], headers["traceparent"]) == ("r1", "00-abc-def-01")
    assert headers["linli-deadline-ms"] == "30000"


async def test_a_call_says_for_whom_it_is_made(server: Server, client: ServiceClient) -> None:
    for asked, person in (("a", "u1"), ("b", "u2"), ("a", "u1"), ("c", None)):
        await client.get(asked, DISTRICT, model=Place, act=person)
        token = server.last["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, PUBLIC, ["EdDSA"], audience="hierarchy")
        assert claims.get("act") == (None if person is None else {"sub": person})


def test_jobs_and_services_act_for_nobody() -> None:
    assert clients.acting_for(Principal(DISTRICT, "u1", "user")) == "u1"
    assert clients.acting_for(Principal(DISTRICT, "c1", "client")) == "c1"
    assert [clients.acting_for(Principal(DISTRICT, "x", kind)) for kind in ("job", "service", "command")] == [None] * 3


async def test_a_post_sends_json_and_its_idempotency_key(server: Server, client: ServiceClient) -> None:
    assert await act(client, "job-1") == "00010001"
    _, headers, body = server.requests[0]
    assert (headers["idempotency-key"], headers["content-type"]) == ("job-1", "application/json")
    assert json.loads(body) == {"n": 1}
    await client.post("/x", DISTRICT, Place(place="1"), None, Place)
    assert json.loads(server.requests[1][2]) == {"place": "1"}
    assert "idempotency-key" not in server.last


@pytest.mark.parametrize("trouble", [(500, "text/plain", b""), (503, "text/plain", b""), "cut"])
async def test_one_retry_where_repeating_is_harmless(server: Server, client: ServiceClient, trouble: Any) -> None:
    server.will(trouble, GOOD)
    assert await read(client) == "00010001"
    assert len(server.requests) == 2
    server.will(trouble, GOOD)
    assert await act(client, "job-1") == "00010001"
    assert [headers["idempotency-key"] for _, headers, _ in server.requests] == ["job-1", "job-1"]


async def test_no_retry_of_a_post_without_idempotency_key(server: Server, client: ServiceClient) -> None:
    server.will((500, "text/plain", b""), GOOD)
    with pytest.raises(RemoteUnavailable):
        await act(client, None)
    assert len(server.requests) == 1


async def test_two_failures_are_enough_for_one_call(server: Server, client: ServiceClient) -> None:
    server.will((500, "text/plain", b""), (500, "text/plain", b""), GOOD)
    assert (await failure(client)).reason == "status 500"
    assert len(server.requests) == 2


@pytest.mark.parametrize("trouble", ["hang", ("drip", 0.1), ("slow", 60)])
async def test_the_deadline_is_total(server: Server, trouble: Any) -> None:
    server.will(trouble)
    async with ServiceClient(server.url, "tickets", "hierarchy", KEY, deadline=0.4) as client:
        began = time.monotonic()
        error = await failure(client)
        assert 0.35 < time.monotonic() - began < 30
    assert error.reason == "no answer within 0.4 s" or "Timeout" in error.reason


async def test_slow_but_in_time_is_good(server: Server, client: ServiceClient) -> None:
    server.will(("slow", 0.2))
    assert await read(client) == "00010001"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((302, "text/html", b""), "status 302"),
        ((200, "application/json", b'{"place":' + b" " * 1_100_000), "longer than"),
        ((200, "application/json", b"{not json"), "something else than Place"),
        ((200, "application/json", b'{"place":7}'), "something else than Place"),
        ((204, "application/json", b""), "something else than Place"),
        ((404, "text/html", b"<h1>no such page"), "status 404"),
        ((507, "application/problem+json", b'{"code":"x"}'), "status 507"),
    ],
)
async def test_unusable_answers(server: Server, client: ServiceClient, answer: Any, reason: str) -> None:
    server.will(answer)
    assert reason in (await failure(client)).reason


async def test_nobody_listens() -> None:
    async with ServiceClient("http://127.0.0.1:1", "tickets", "hierarchy", KEY, deadline=30) as client:
        error = await failure(client)
    assert isinstance(error, Unavailable)
    assert error.status == 503
    assert str(error) == "hierarchy: ConnectError All connection attempts failed"
    assert "127.0.0.1" not in error.sentence("en")


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [(b'{"code":"unknown_place","detail":"no"}', "unknown_place", "no"), (b"garbage", "unknown", "")],
)
async def test_a_refusal_is_a_problem_and_does_not_open_the_circuit(
    server: Server, client: ServiceClient, body: bytes, code: str, detail: str
) -> None:
    server.will((422, "application/problem+json", body))
    for _ in range(7):
        with pytest.raises(RemoteProblem) as raised:
            await read(client)
    assert (raised.value.status, raised.value.code, raised.value.detail) == (422, code, detail)
    assert len(server.requests) == 7


async def opened(server: Server, client: ServiceClient) -> None:
    server.will((404, "text/html", b""))
    for _ in range(5):
        await failure(client)
    assert len(server.requests) == 5


async def test_the_circuit_opens_after_five_failed_calls(server: Server, client: ServiceClient) -> None:
    await opened(server, client)
    for _ in range(3):
        assert (await failure(client)).reason == "circuit open"
    assert len(server.requests) == 5


async def test_after_five_seconds_one_probe_goes_through_and_closes_it(
    server: Server, client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(server, client)
    server.will(("slow", 0.1))
    monkeypatch.setattr("purgatory.domain.model.time", SimpleNamespace(time=lambda: time.time() + 6))
    results = await asyncio.gather(*(read(client) for _ in range(5)), return_exceptions=True)
    assert results[0] == "00010001"
    assert [str(refused) for refused in results[1:]] == ["hierarchy: circuit open, being tried"] * 4
    assert len(server.requests) == 1
    assert await read(client) == "00010001"


async def test_a_failed_probe_opens_it_again(
    server: Server, client: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(server, client)
    monkeypatch.setattr("purgatory.domain.model.time", SimpleNamespace(time=lambda: time.time() + 6))
    assert (await failure(client)).reason == "status 404"
    assert (await failure(client)).reason == "circuit open"


async def test_a_caller_that_goes_away_leaves_the_client_usable(server: Server, client: ServiceClient) -> None:
    server.will("hang", GOOD)
    task = asyncio.create_task(read(client))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await read(client) == "00010001"


async def test_never_inside_a_transaction(server: Server, client: ServiceClient) -> None:
    mark = in_transaction.set(True)
    try:
        with pytest.raises(CallInsideTransaction, match="hierarchy"):
            await read(client)
    finally:
        in_transaction.reset(mark)
    assert server.requests == []


async def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with ServiceClient(server.url, "tickets", "hierarchy", KEY, deadline=30) as client:
        assert await read(client) == "00010001"


def test_the_numbers_of_the_design() -> None:
    deadline = Settings.model_fields["call_timeout_s"].default
    assert (deadline, clients.CONNECT_SHARE * deadline, clients.LONGEST_ANSWER) == (0.8, 0.2, 1024 * 1024)
