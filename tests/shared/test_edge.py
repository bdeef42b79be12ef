"""The edges over a real socket: whatever is sent, the answer is a clear 4xx, never a 5xx, and never silence."""

import asyncio
import json
from collections.abc import AsyncIterator
from unittest.mock import AsyncMock

import pytest

from shared.runtime.logging import context_value
from shared.runtime.web.edge import Edge
from tests.support.edge_lab import BASE, Served, lab_app, served
from tests.support.world import environment

LIMIT, PATIENCE = 2000, 0.6


@pytest.fixture(scope="module")
async def lab_server() -> AsyncIterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment({}, "redis://127.0.0.1:1/0").items():
            patch.setenv(name, value)
        app = lab_app(body_limit=LIMIT, body_patience_s=PATIENCE, max_in_flight=20)
    async with served(app) as running:
        yield running


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "host: x", *headers, "", ""]).encode("latin-1") + body


POST = f"POST {BASE}/things"
JSON = "content-type: application/json"


def post(body: bytes, *headers: str) -> bytes:
    return request(POST, JSON, "connection: close", f"content-length: {len(body)}", *headers, body=body)


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer.split(b" ", 2)[1])


def code(answer: bytes) -> str | None:
    """The stable code, where it is one of our problem documents."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"content-type: application/problem+json" not in head.lower():
        return None
    found = json.loads(body)
    assert found["status"] == status(answer)
    return str(found["code"])


# --- bodies: length and time ---------------------------------------------------------------------------------------

CHUNKED = (POST, JSON, "transfer-encoding: chunked")
CHUNK = b"1f4\r\n" + b"x" * 500 + b"\r\n"
BODIES: dict[str, tuple[list[bytes], int, str | None]] = {
    "as long as allowed": ([post(b'{"text":"a"}'.ljust(LIMIT))], 200, None),
    "declared too long": ([request(POST, JSON, "content-length: 2001")], 413, "body_too_large"),
    "declared far too long": ([request(POST, JSON, f"content-length: {10**18}")], 413, "body_too_large"),
    "chunked, too long": ([request(*CHUNKED), CHUNK * 5], 413, "body_too_large"),
    "chunked, too long, piece by piece": ([request(*CHUNKED), *[CHUNK] * 5], 413, "body_too_large"),
    "chunked, no end": ([request(*CHUNKED), CHUNK], 408, "sending_too_slow"),
    "chunked, one byte at a time": ([request(*CHUNKED), *[b"1\r\n{\r\n"] * 20], 408, "sending_too_slow"),
    "chunked, a size that is none": ([request(*CHUNKED), b"zz\r\n"], 400, None),
    "less than declared": ([request(POST, JSON, "content-length: 50", body=b'{"text":')], 408, "sending_too_slow"),
    "more than declared": ([request(POST, JSON, "content-length: 12", body=b'{"text":"a"}GET')], 200, None),
    "two lengths": ([request(POST, JSON, "content-length: 12", "content-length: 13", body=b"{}")], 400, None),
    "a length and chunks": ([request(*CHUNKED, "content-length: 5", body=b"0\r\n\r\n")], 400, None),
    "a length that is none": ([request(POST, JSON, "content-length: -5", body=b"{}")], 400, None),
    "waits to be asked": ([request(POST, JSON, "expect: 100-continue", "content-length: 9999")], 413, "body_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_has_an_end_and_a_time(lab_server: Served, name: str) -> None:
    parts, expected, problem = BODIES[name]
    answer = await lab_server.raw(*parts, pause=0.05 if len(parts) > 10 else 0, wait=3)
    assert (status(answer), code(answer) if expected in {408, 413} else None) == (expected, problem), answer
    if expected in {408, 413}:
        assert b"connection: close" in answer.lower()
        assert answer.count(b"HTTP/1.1 ") == 1  # the rest of the body is not taken for another request


async def test_one_who_dawdles_holds_up_nobody(lab_server: Served) -> None:
    """Slow senders fill half of the room; the others are answered meanwhile."""
    slow = [asyncio.create_task(lab_server.raw(request(*CHUNKED), CHUNK, wait=3)) for _ in range(10)]
    await asyncio.sleep(0.1)
    assert status(await lab_server.raw(post(b'{"text":"a"}'))) == 200
    assert [status(answer) for answer in await asyncio.gather(*slow)] == [408] * 10


# --- bodies: meaning ------------------------------------------------------------------------------------------------

MEANINGS: dict[str, tuple[bytes, int]] = {
    "plain": ('{"text": "路灯不亮", "number": 5, "ratio": 0.5}'.encode(), 200),
    "a byte order mark": (b'\xef\xbb\xbf{"text": "a"}', 422),
    "nothing": (b"", 422),
    "half of a document": (b'{"text": "a"', 422),
    "two documents": (b'{"text": "a"}{"text": "b"}', 422),
    "a comment": (b'{"text": "a"} // yes', 422),
    "a name twice": (b'{"text": "a", "text": "b"}', 422),
    "a name twice, deep inside": (b'{"text": "a", "more": [{"b": {"c": 1, "c": 2}}]}', 422),
    "64 levels": (b'{"text": "a", "more": ' + b"[" * 63 + b"]" * 63 + b"}", 200),
    "65 levels": (b'{"text": "a", "more": ' + b"[" * 64 + b"]" * 64 + b"}", 422),
    "900 levels": (b'{"text": "a", "more": ' + b"[" * 900 + b"]" * 900 + b"}", 422),
    "900 levels, no end": (b'{"a":' * 300, 422),
    "brackets in a text": (b'{"text": "' + b"[" * 90 + b'"}', 200),
    "a huge whole number": (b'{"text": "a", "more": ' + b"9" * 1500 + b"}", 200),
    "a huge whole number for a field": (b'{"text": "a", "number": ' + b"9" * 1500 + b"}", 200),
    "a number out of all range": (b'{"text": "a", "ratio": 1e999}', 422),
    "not a number": (b'{"text": "a", "ratio": NaN}', 422),
    "infinity": (b'{"text": "a", "more": [-Infinity]}', 422),
    "invalid UTF-8": (b'{"text": "\xff"}', 422),
    "overlong UTF-8": (b'{"text": "\xc0\xaf"}', 422),
    "UTF-16": ('{"text": "a"}'.encode("utf-16"), 422),
    "NUL, escaped": (b'{"text": "a\\u0000b"}', 422),
    "NUL, as it is": (b'{"text": "a\0b"}', 422),
    "NUL in a name": (b'{"text": "a", "more": {"\\u0000": 1}}', 422),
    "NUL deep inside": (b'{"text": "a", "more": [[{"x": "\\u0000"}]]}', 422),
    "an escaped escape": (b'{"text": "\\\\u0000"}', 200),
    "half of a surrogate pair": (b'{"text": "\\ud800"}', 422),
    "the other half": (b'{"text": "a", "more": ["\\uDFFF"]}', 422),
    "a whole surrogate pair": (b'{"text": "\\ud83d\\ude00"}', 200),
    "a line break in a text": (b'{"text": "a\nb"}', 422),
}


@pytest.mark.parametrize("name", MEANINGS)
async def test_a_body_means_one_thing_or_is_refused(lab_server: Served, name: str) -> None:
    body, expected = MEANINGS[name]
    answer = await lab_server.raw(post(body))
    assert (status(answer), code(answer)) == (expected, None if expected == 200 else "invalid"), answer


async def test_a_refusal_says_where(lab_server: Served) -> None:
    answer = await lab_server.raw(post(b'{"text": "a", "more": [[{"x": "\\u0000"}]]}'))
    [error] = json.loads(answer.partition(b"\r\n\r\n")[2])["errors"]
    assert error["at"] == "/body/more/0/0/x"
    assert error["zh"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("APPLICATION/JSON", 200),
        ("application/merge-patch+json", 200), ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415), ("application/jsonp", 415), ("text/json", 415), ("", 415),
    ],
)  # fmt: skip
async def test_a_body_calls_itself_json(lab_server: Served, kind: str, expected: int) -> None:
    async with lab_server.client() as http:
        answer = await http.post("/things", content=b'{"text": "a"}', headers={"content-type": kind})
        assert answer.status_code == expected, answer.text


# --- addresses and headers ------------------------------------------------------------------------------------------

LINES: dict[str, tuple[bytes, int, str | None]] = {
    "plain": (request(f"GET {BASE}/things/a?q=b", "connection: close"), 200, None),
    "Chinese": (request(f"GET {BASE}/things/%E8%B7%AF?q=%E7%81%AF", "connection: close"), 200, None),
    "NUL in the path": (request(f"GET {BASE}/things/a%00b"), 422, "invalid"),
    "NUL in the query": (request(f"GET {BASE}/things/a?q=%00"), 422, "invalid"),
    "NUL in a name of the query": (request(f"GET {BASE}/things/a?%00=1"), 422, "invalid"),
    "NUL where nothing is": (request("GET /nowhere%00"), 422, "invalid"),
    "invalid UTF-8 in the path": (request(f"GET {BASE}/things/%ff"), 422, "invalid"),
    "invalid UTF-8 in the query": (request(f"GET {BASE}/things/a?q=%c0%af"), 422, "invalid"),
    "half of a surrogate pair": (request(f"GET {BASE}/things/%ED%A0%80"), 422, "invalid"),
    "percent and nothing": (request(f"GET {BASE}/things/a%?q=%zz", "connection: close"), 200, None),
    "raw NUL": (request(f"GET {BASE}/things/\0"), 400, None),
    "raw bytes": (request(f"GET {BASE}/things/\xff"), 400, None),
    "a long path": (request(f"GET {BASE}/things/" + "a" * 9000), 414, "address_too_long"),
    "a long query": (request(f"GET {BASE}/things/a?q=" + "a" * 9000), 414, "address_too_long"),
    "a large header": (request(f"GET {BASE}/me", "x-much: " + "a" * 40_000), 431, "headers_too_large"),
    "many headers": (request(f"GET {BASE}/me", *(f"x-{n}: {n}" for n in range(5000))), 431, "headers_too_large"),
    "a header without a name": (request(f"GET {BASE}/me", ": x"), 400, None),
    "NUL in a header": (request(f"GET {BASE}/me", "accept-language: \0"), 400, None),
    "a token of strange letters": (request(f"GET {BASE}/me", "authorization: Bearer \xff\xfe"), 401, "token_invalid"),
    "no token": (request(f"GET {BASE}/me", "authorization: Basic eA=="), 401, "unauthenticated"),
    "an endless token": (request(f"GET {BASE}/me", "authorization: Bearer " + "a." * 10_000), 401, "token_invalid"),
    "an unknown method": (request(f"PROPFIND {BASE}/me"), 405, "method_not_allowed"),
    "no method at all": (request(f"NONSENSE {BASE}/me"), 400, None),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, None),
    "a whole address": (request("GET http://elsewhere.example/"), 404, "not_found"),
    "dots": (request(f"GET {BASE}/things/../../../../etc/passwd"), 404, "not_found"),
}


@pytest.mark.parametrize("name", LINES)
async def test_an_address_is_readable_or_refused(lab_server: Served, name: str) -> None:
    sent, expected, problem = LINES[name]
    answer = await lab_server.raw(sent, wait=0.3 if expected != 400 else 2)
    assert status(answer) == expected, answer[:500]
    assert expected in {200, 400} or code(answer) == problem


# --- every answer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/things/a", "/me", "/nowhere", "/things/%00", "/boom"])
async def test_every_answer_carries_the_headers(lab_server: Served, path: str) -> None:
    async with lab_server.client() as http:
        answer = await http.get(path, headers={"x-request-id": "request-0001"})
    assert answer.headers["x-request-id"] == "request-0001"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers  # dev


async def test_what_nobody_foresaw_is_a_problem_without_details(lab_server: Served) -> None:
    async with lab_server.client() as http:
        answer = await http.get("/boom")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "foresaw" not in answer.text


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\nx", False),
        ("made up", False),
    ],
)
async def test_the_trace_of_a_request_is_known_to_its_log_lines_and_calls(sent: str, known: bool) -> None:  # noqa: FBT001
    seen: list[str | None] = []

    async def application(*_: object) -> None:
        seen.append(context_value("traceparent"))

    edge = Edge(application, service="lab", https=False)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"traceparent", sent.encode())]}
    await edge(scope, AsyncMock(), AsyncMock())
    assert seen == [sent if known else None]
