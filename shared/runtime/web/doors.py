"""The HTTP door: who calls, and the unit of work in which the call happens.

An endpoint's signature says what it needs: `Caller` (signed in), `Reading` (a unit of work), `Writing` (one with an
Idempotency-Key). Routes are `WorkRoute`s: the unit of work ends, and its transaction commits, when the answer is made
and before it leaves. A commit that fails can never have been answered with 201.

Each of them is one plain function of the request: FastAPI solves a dependency of a dependency anew for every request,
which was a tenth of an intake's time (docs/decisions/0012). So the headers are read here, and the route tells the
OpenAPI document about them.
"""

import hashlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import File, Form
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from shared.kernel.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    LinliError,
    PreconditionFailed,
    Unauthenticated,
)
from shared.kernel.rights import Principal
from shared.runtime.flags import acting
from shared.runtime.service import Service
from shared.runtime.web.bodies import ReadRequest, demand_json
from shared.runtime.web.limits import admit, admit_caller, count_stranger
from shared.runtime.web.refused import CALLER
from shared.runtime.work import Work

_MIN_KEY, _MAX_KEY = 8, 128
_WORK = "linli.work"
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The access token from `POST /api/hierarchy/v1/sessions` (登录).",
}
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new UUID for every submission; the same one when it is retried (防重复提交). "
    f"{_MIN_KEY}–{_MAX_KEY} visible ASCII characters, remembered for good.",
    "schema": {"type": "string", "minLength": _MIN_KEY, "maxLength": _MAX_KEY, "pattern": "^[!-~]+$"},
    "example": "5f0c2b7e-6a53-4a7e-9d0a-0e9f3f4c1a11",
}


class WorkRoute(APIRoute):
    """Ends the request's unit of work between the making of the answer and its leaving."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        self._options = options
        super().__init__(path, endpoint, **options)
        self.openapi_extra = _documented(self.dependant, self.openapi_extra)

    def under(self, base: str, **more: Any) -> "WorkRoute":  # noqa: ANN401
        """The same route below `base`, its responses added to those in `more`.

        `include_router` would keep a tree of routers, which are searched twice for every request.
        """
        responses = {**more.pop("responses", {}), **self.responses}
        return type(self)(base + self.path, self.endpoint, **self._options | more | {"responses": responses})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with the end of the work behind it."""
        handle, operation = super().get_route_handler(), self.name
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form | File)

        async def handled(request: Request) -> Response:
            request = ReadRequest(request.scope, request.receive)
            acting.set(None)
            try:
                await admit(request, request.app.state.service, operation)
                if takes_json:
                    await demand_json(request)
                response = await handle(request)
            except BaseException as error:
                await _end(request, error)
                raise
            await _end(request, None)
            return response

        return handled


def give_way(routes: Sequence[WorkRoute]) -> None:
    """`/sessions/{id}` gives way to `/sessions/current`, for every method, as OpenAPI reads such a pair."""
    plain = {route.path for route in routes if "{" not in route.path}
    for route in routes:
        taken = frozenset(path for path in plain if route.path not in plain and route.path_regex.match(path))
        if taken:
            route.matches = partial(_matches_else, route.matches, taken)  # type: ignore[method-assign]


def _matches_else(
    matches: Callable[[Scope], tuple[Match, Scope]], taken: frozenset[str], scope: Scope
) -> tuple[Match, Scope]:
    return (Match.NONE, {}) if scope.get("path") in taken else matches(scope)


async def _end(request: Request, error: BaseException | None) -> None:
    work: Work | None = request.scope.pop(_WORK, None)
    if work is not None:
        await work.__aexit__(type(error) if error else None, error, error.__traceback__ if error else None)


def api_router(*, tags: list[str | Enum] | None = None) -> APIRouter:
    """A router whose routes may ask for `Reading` and `Writing`."""
    return APIRouter(route_class=WorkRoute, tags=tags)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def this_service(request: Request) -> Service:  # async: FastAPI would send it to a thread otherwise
    """The running service."""
    return _service(request)


TheService = Annotated[Service, Depends(this_service)]


async def _signed_in(request: Request) -> Principal:
    service = _service(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    try:
        caller = service.verifier.verify(token)
    except LinliError:
        count_stranger(request, service)
        raise
    request.scope[CALLER] = caller
    await admit_caller(request, service, caller)
    return caller


async def _caller(request: Request) -> Principal:
    return await _signed_in(request)


async def _reading(request: Request) -> Work:
    work = _service(request).work(await _signed_in(request))
    request.scope[_WORK] = work
    return work


async def _writing(request: Request, response: Response) -> Work:
    caller = await _signed_in(request)
    key, service = checked_key(request.headers.get("idempotency-key")), _service(request)
    known = service.request(key, digest(request, await request.body()))
    request.scope[_WORK] = work = service.work(caller, known)
    work.on_replay = lambda: mark_replayed(response)
    return work


def checked_key(given: str | None) -> str:
    """The Idempotency-Key. Raises IdempotencyKeyMissing and IdempotencyKeyInvalid (400)."""
    if given is None:
        raise IdempotencyKeyMissing
    if not (_MIN_KEY <= len(given) <= _MAX_KEY and given.isascii() and given.isprintable() and " " not in given):
        raise IdempotencyKeyInvalid
    return given


Caller = Annotated[Principal, Depends(_caller)]
Reading = Annotated[Work, Depends(_reading)]
Writing = Annotated[Work, Depends(_writing)]


def digest(request: Request, body: bytes) -> bytes:
    """What makes a repeated request the same one: method, address and body."""
    # From the scope: a URL object is twenty times as dear.
    address = f"{request.method} {request.scope['path']}?".encode() + request.scope["query_string"] + b"\n"
    return hashlib.sha256(address + body).digest()


def mark_replayed(response: Response) -> None:
    """Tells the client that this was done before and only rendered again."""
    response.headers["Idempotent-Replayed"] = "true"


def _documented(dependant: Dependant, extra: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the doors read by themselves, for the OpenAPI document."""
    asked = {found.call for found in _all(dependant)}
    said: dict[str, Any] = {**(extra or {})}
    if asked & {_caller, _reading, _writing}:
        said["security"] = [{"HTTPBearer": []}]
    if _writing in asked:
        said["parameters"] = [*said.get("parameters", []), KEY_PARAMETER]
    return said or None


def _all(dependant: Dependant) -> Iterator[Dependant]:
    for found in dependant.dependencies:
        yield found
        yield from _all(found)


def etag(version: int) -> str:
    """The strong ETag of a versioned row."""
    return f'"{version}"'


class Versioned(Protocol):
    """A view that tells the version of its row."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def tagged(response: Response, shown: V) -> V:
    """The view itself, its version in the answer's ETag: what goes into If-Match of the next change."""
    response.headers["ETag"] = etag(shown.version)
    return shown


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(description="The ETag you read; 412 if it changed since (防止覆盖他人改动).", examples=['"3"']),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):  # noqa: PLR2004
        raise PreconditionFailed
    return int(digits)


IfMatch = Annotated[int | None, Depends(_if_match)]
