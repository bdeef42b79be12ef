"""The edge: what every request passes before the application. Pure ASGI, so that a cancelled request leaks nothing.

Gives the request its id, refuses before it answers slowly (503), counts the body's bytes as they arrive (413), and
adds the headers that keep browsers from guessing.
"""

import re
import time

import structlog
from fastapi import Request
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import BodyTooLarge, Overloaded
from shared.runtime.ids import new_id
from shared.runtime.web.problems import render

REQUESTS = Counter("linli_requests_total", "Requests answered.", ["service", "method", "status"])
SECONDS = Histogram("linli_request_seconds", "Seconds until the answer began.", ["service", "method"])
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
]
_REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_UNGUARDED = {"/healthz", "/readyz", "/metrics"}


class Edge:
    """See the module. `limit` is in bytes, `room` in requests at a time."""

    def __init__(self, app: ASGIApp, *, service: str, limit: int, room: int) -> None:
        self._app, self._service, self._limit, self._room = app, service, limit, room
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        scope["linli.request_id"] = given if _REQUEST_ID.match(given) else new_id().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["linli.request_id"])
        answering = _Answering(scope, send, self._service)
        if self._inside >= self._room and scope["path"] not in _UNGUARDED:
            await render(Request(scope), Overloaded(retry_after=1))(scope, receive, answering)
            return
        self._inside += 1
        try:
            await self._app(scope, self._counted(headers, receive), answering)
        except BodyTooLarge as error:  # where the application lets it through; FastAPI wraps it (`problems.py`)
            if not answering.started:
                await render(Request(scope), error)(scope, receive, answering)
        finally:
            self._inside -= 1

    def _counted(self, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        declared = headers.get(b"content-length", b"0")
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if declared.isdigit() and int(declared) > self._limit:
                raise BodyTooLarge(limit=self._limit)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise BodyTooLarge(limit=self._limit)
            return message

        return counted


class _Answering:
    """Adds the common headers to the answer and counts it."""

    def __init__(self, scope: Scope, send: Send, service: str) -> None:
        self._scope, self._send, self._service = scope, send, service
        self._began = time.perf_counter()
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            present = {name for name, _ in message["headers"]}
            request_id = (b"x-request-id", self._scope["linli.request_id"].encode())
            message["headers"] = [
                *message["headers"],
                *(pair for pair in _HEADERS if pair[0] not in present),
                request_id,
            ]
            method = self._scope["method"] if self._scope["method"] in _METHODS else "OTHER"
            REQUESTS.labels(self._service, method, str(message["status"])).inc()
            SECONDS.labels(self._service, method).observe(time.perf_counter() - self._began)
        await self._send(message)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
