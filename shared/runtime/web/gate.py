"""The gate: what is refused before the application spends anything on it. Pure ASGI.

Refuses before it answers slowly (503), counts the body's bytes as they arrive (413), does not wait for a sender that
dawdles (408), and takes no address that names what cannot be (414, 422). What goes wrong behind it and nobody
foresaw is answered here (500), within CORS and with the common headers.
"""

import asyncio
from urllib.parse import unquote_to_bytes

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import (
    BodyTooLarge,
    Invalid,
    LinliError,
    Overloaded,
)
from shared.runtime.web.problems import render

log = structlog.get_logger()
BODY_LIMIT = "linli.body_limit"  # a route that takes more (or less) than most sets this in the scope
LONGEST_ADDRESS, LONGEST_HEADERS = 8192, 32_768
_UNGUARDED = {"/healthz", "/readyz", "/metrics"}


class AddressTooLong(LinliError):
    status, code = 414, "address_too_long"
    zh = "地址过长，上限为 {limit} 字节。"
    en = "The address is longer than {limit} bytes."


class HeadersTooLarge(LinliError):
    status, code = 431, "headers_too_large"
    zh = "请求头过大，上限为 {limit} 字节。"
    en = "The headers are larger than {limit} bytes."


class SendingTooSlow(LinliError):
    """The body did not arrive in time; nothing was done."""

    status, code = 408, "sending_too_slow"
    zh = "提交内容未在 {seconds} 秒内传完，请检查网络后重试。"
    en = "The body did not arrive within {seconds} seconds. Check the connection and send it again."


class Gate:
    """See the module. `limit` is in bytes, `room` in requests at a time, `patience_s` for a whole body."""

    def __init__(self, app: ASGIApp, *, limit: int, room: int, patience_s: float) -> None:
        self._app, self._limit, self._room, self._patience_s = app, limit, room, patience_s
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._admit(scope)
        except LinliError as refusal:
            await render(Request(scope), refusal)(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, _Body(scope, receive, self._limit, self._patience_s), send)
        except Exception as error:
            if scope["linli.answering"].started:
                raise
            known = isinstance(error, LinliError)
            if not known:
                log.exception("unhandled", path=scope["path"])
            await render(Request(scope), error if isinstance(error, LinliError) else LinliError())(scope, receive, send)
        finally:
            self._inside -= 1

    def _admit(self, scope: Scope) -> None:
        if self._inside >= self._room and scope["path"] not in _UNGUARDED:
            raise Overloaded(retry_after=1)
        query, path = scope["query_string"], scope["raw_path"]
        if len(query) + len(path) > LONGEST_ADDRESS:
            raise AddressTooLong(limit=LONGEST_ADDRESS)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
            raise HeadersTooLarge(limit=LONGEST_HEADERS)
        if b"%" in query:
            _check_text("query", query)
        if b"%" in path:
            _check_text("path", path)


def _check_text(part: str, quoted: bytes) -> None:
    """Invalid (422) unless this is text, and such as PostgreSQL can hold."""
    found = unquote_to_bytes(quoted)
    try:
        found.decode()
    except UnicodeDecodeError:
        why = ("string_unicode", "不是合法的 UTF-8 文字", "Input should be valid UTF-8 text")
    else:
        if b"\0" not in found:
            return
        why = ("string_nul", "不能含有 NUL 字符", "Input should not hold the character NUL")
    raise Invalid(errors=[{"at": f"/{part}", "kind": why[0], "zh": why[1], "en": why[2]}])


class _Body:
    """The request's `receive`, with an end to its length and to its time."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, patience_s: float) -> None:
        self._scope, self._receive, self._limit, self._patience_s = scope, receive, limit, patience_s
        self._seen = 0
        self._whole = False
        self._until = 0.0

    async def __call__(self) -> Message:
        if self._whole:  # what else comes is only that the client has gone
            return await self._receive()
        limit = self._scope.get(BODY_LIMIT, self._limit)
        if not self._until:
            declared = next((value for name, value in self._scope["headers"] if name == b"content-length"), b"0")
            if declared.isdigit() and int(declared) > limit:
                raise BodyTooLarge(limit=limit)
            self._until = asyncio.get_running_loop().time() + self._patience_s
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise SendingTooSlow(seconds=self._patience_s) from None
        self._seen += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._seen > limit:
            raise BodyTooLarge(limit=limit)
        return message
