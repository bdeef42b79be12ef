"""The edge: what every answer passes last. Pure ASGI, so that a cancelled request leaks nothing.

Gives the request its id, takes up the trace it is part of, adds the headers that keep browsers from guessing, and
counts. What is refused before the application stands in `gate.py`; between the two lies CORS, so that a page may read
refusals too.
"""

import re
import time
from functools import lru_cache

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.ids import new_id

REQUESTS = Counter("linli_requests_total", "Requests answered.", ["service", "method", "status"])
SECONDS = Histogram("linli_request_seconds", "Seconds until the answer began.", ["service", "method"])
# An answer is data for programs: no browser is to show, embed, keep or run any of it.
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
# Not in dev: a browser that has once seen it on localhost asks there for https ever after.
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_CLOSE = (b"connection", b"close")
_UNREAD = {408, 413}  # what is left of the body would be taken for the next request
_PASSED_ON = {b"x-request-id", b"traceparent"}  # to the log, and to the services that are called
_TRACE = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")  # W3C Trace Context
_REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Edge:
    """See the module."""

    def __init__(self, app: ASGIApp, *, service: str, https: bool) -> None:
        self._app, self._service = app, service
        self._headers = (*HEADERS, _HSTS) if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _PASSED_ON}
        request_id = given.get(b"x-request-id", "")
        scope["linli.request_id"] = request_id if _REQUEST_ID.match(request_id) else new_id().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["linli.request_id"])
        if _TRACE.match(trace := given.get(b"traceparent", "")):
            structlog.contextvars.bind_contextvars(traceparent=trace)
        scope["linli.answering"] = answering = Answering(scope, send, self._service, self._headers)
        await self._app(scope, receive, answering)


class Answering:
    """Adds the common headers to the answer and counts it. `started`: it is on its way and cannot be another."""

    def __init__(self, scope: Scope, send: Send, service: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._scope, self._send, self._service, self._headers = scope, send, service, headers
        self._began = time.perf_counter()
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            present = {name for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *(pair for pair in self._headers if pair[0] not in present),
                *((_CLOSE,) if message["status"] in _UNREAD else ()),
                (b"x-request-id", self._scope["linli.request_id"].encode()),
            ]
            count, seconds = _counters(self._service, self._scope["method"], message["status"])
            count.inc()
            seconds.observe(time.perf_counter() - self._began)
        await self._send(message)


@lru_cache(maxsize=1000)  # a method is what a client says
def _counters(service: str, method: str, status: int) -> tuple[Counter, Histogram]:
    known = method if method in _METHODS else "OTHER"
    return REQUESTS.labels(service, known, str(status)), SECONDS.labels(service, known)
