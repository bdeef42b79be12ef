"""The door for one file with a few fields (multipart/form-data), kept in memory and as narrow as its route.

Nothing is read before the caller is known and there is room. Bytes are counted as they arrive (`gate.py`, with the
limit set here); the parts are told apart here and not by a general parser: at most a handful, with short heads.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import Depends, Header, Request, Response
from python_multipart.multipart import parse_options_header

from shared.kernel.errors import (
    BadRequest,
    BodyTooLarge,
    Invalid,
    LinliError,
    Overloaded,
    TooManyRequests,
)
from shared.runtime.attachments.refusals import FormExpected
from shared.runtime.web.doors import _WORK, Caller, TheService, checked_key, mark_replayed
from shared.runtime.web.gate import BODY_LIMIT
from shared.runtime.work import Work

_AROUND = 64 * 1024  # what a form may hold besides its file
_PARTS, _HEAD, _FIELD = 8, 4096, 200
_PER_PERSON = 2
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{1,70}")
_FILE = "file"


class Uploads:
    """How large a file may be, and how many this process holds in memory at a time. In `service.extras`."""

    def __init__(self, *, limit: int, at_once: int, wait_s: float = 5.0) -> None:
        self.limit, self._wait_s = limit, wait_s
        self._room = asyncio.Semaphore(at_once)
        self._by_person: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def room(self, person: str) -> AsyncIterator[None]:
        """Room for one, after a moment's wait. Raises TooManyRequests (429) where this person has too many on the way,
        Overloaded (503) where all have.
        """
        mine = self._by_person.setdefault(person, asyncio.Semaphore(_PER_PERSON))
        too_many, all_taken = TooManyRequests(retry_after=2), Overloaded(retry_after=2)
        async with self._within(mine, too_many), self._within(self._room, all_taken):
            yield

    @asynccontextmanager
    async def _within(self, room: asyncio.Semaphore, refusal: LinliError) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._wait_s):
                await room.acquire()
        except TimeoutError:
            raise refusal from None
        try:
            yield
        finally:
            room.release()


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came, with the form's other fields, and the unit of work in which it is taken."""

    work: Work
    name: str
    content: bytes
    fields: dict[str, str]


async def _uploading(
    request: Request,
    response: Response,
    service: TheService,
    caller: Caller,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A new UUID for every file; the same one when it is sent again (防重复提交). The same file "
            "with the same fields is the same request, whatever its multipart boundary.",
            examples=["5f0c2b7e-6a53-4a7e-9d0a-0e9f3f4c1a11"],
        ),
    ] = None,
) -> AsyncIterator[Upload]:
    key = checked_key(idempotency_key)
    boundary = _boundary(request)
    uploads: Uploads = service.extras["uploads"]
    request.scope[BODY_LIMIT] = uploads.limit + _AROUND
    async with uploads.room(f"{caller.district} {caller.id}"):
        name, content, fields = _parts(await _body(request), boundary)
        if len(content) > uploads.limit:
            raise BodyTooLarge(limit=uploads.limit)
        work = service.work(caller, service.request(key, _digest(request, name, content, fields)))
        work.on_replay = lambda: mark_replayed(response)
        request.scope[_WORK] = work
        yield Upload(work, name, content, fields)


async def _body(request: Request) -> bytearray:
    """The body, once: `Request.body` would keep it beside the file."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
    return body


def _boundary(request: Request) -> bytes:
    """Raises FormExpected (415)."""
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not _BOUNDARY.fullmatch(boundary):
        raise FormExpected
    return boundary


def _digest(request: Request, name: str, content: bytes, fields: dict[str, str]) -> bytes:
    """What makes a repeated upload the same one: its parts. The boundary is another at every attempt."""
    whole = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    for field, value in sorted({**fields, "\0name": name}.items()):
        whole.update(f"{len(field)} {field} {len(value)} {value}\n".encode())
    whole.update(hashlib.sha256(content).digest())
    return whole.digest()


def _parts(body: bytearray, boundary: bytes) -> tuple[str, bytes, dict[str, str]]:
    """The file's name, its content, the other fields. Raises BadRequest (400), Invalid (422)."""
    name, content, fields = "", None, {}
    for begin, end in _bounds(body, b"\r\n--" + boundary):
        blank = body.find(b"\r\n\r\n", begin, min(begin + _HEAD, end))
        if blank < 0:
            raise BadRequest
        field, filename = _names(bytes(body[begin:blank]))
        value = bytes(memoryview(body)[blank + 4 : end])
        if field in fields or (field == _FILE and content is not None):
            raise _wrong(field, "duplicate", "只能填写一次", "given more than once")
        if field == _FILE:
            name, content = filename, value
        elif len(value) > _FIELD:
            raise _wrong(field, "string_too_long", f"最多 {_FIELD} 字节", f"at most {_FIELD} bytes")
        else:
            fields[field] = _text(value)
    if content is None:
        raise _wrong(_FILE, "missing", "必填项不能为空", "Field required")
    return name, content, fields


def _bounds(body: bytearray, line: bytes) -> list[tuple[int, int]]:
    """Where each part begins and ends. Raises BadRequest where there is no end, no part, or far too many."""
    found: list[tuple[int, int]] = []
    at = len(line) - 2 if body.startswith(line[2:]) else -1
    while at >= 0 and len(found) <= _PARTS:
        if body[at : at + 2] == b"--" and found:
            return found
        if body[at : at + 2] != b"\r\n" or (end := body.find(line, at)) < 0:
            break
        found.append((at, end))
        at = end + len(line)
    raise BadRequest


def _names(head: bytes) -> tuple[str, str]:
    """The field's name and the file's, from the part's Content-Disposition."""
    for one in head.split(b"\r\n"):
        name, _, value = one.partition(b":")
        if name.strip().lower() == b"content-disposition":
            kind, options = parse_options_header(value.strip())
            if kind == b"form-data" and options.get(b"name"):
                return _text(options[b"name"]), options.get(b"filename", b"").decode("utf-8", "replace")
    raise BadRequest


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise BadRequest from None
    if "\0" in text:
        raise BadRequest
    return text


def _wrong(field: str, kind: str, zh: str, en: str) -> Invalid:
    return Invalid(errors=[{"at": f"/body/{field[:64]}", "kind": kind, "zh": zh, "en": en}])


Uploading = Annotated[Upload, Depends(_uploading, scope="function")]
