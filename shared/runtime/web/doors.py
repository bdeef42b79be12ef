"""The HTTP door: who calls, and the unit of work in which the call happens.

An endpoint's signature says what it needs: `Caller` (signed in), `Reading` (a unit of work), `Writing` (one with an
Idempotency-Key). Routes are `WorkRoute`s: the unit of work ends, and its transaction commits, when the answer is made
and before it leaves. A commit that fails can never have been answered with 201.
"""

import hashlib
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from shared.kernel.errors import (
    Forbidden,
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    PreconditionFailed,
    Unauthenticated,
)
from shared.kernel.rights import Permission, Principal
from shared.runtime.service import Service
from shared.runtime.work import Request as WorkRequest
from shared.runtime.work import Work

_MIN_KEY, _MAX_KEY = 8, 128
_WORK = "linli.work"
_bearer = HTTPBearer(auto_error=False, description="The access token from `POST /api/hierarchy/v1/sessions` (登录).")


async def this_service(request: Request) -> Service:  # async: FastAPI would send it to a thread otherwise
    """The running service."""
    service: Service = request.app.state.service
    return service


class WorkRoute(APIRoute):
    """Ends the request's unit of work between the making of the answer and its leaving."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with the end of the work behind it."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                response = await handle(request)
            except BaseException as error:
                await _end(request, error)
                raise
            await _end(request, None)
            return response

        return handled


async def _end(request: Request, error: BaseException | None) -> None:
    work: Work | None = request.scope.pop(_WORK, None)
    if work is not None:
        await work.__aexit__(type(error) if error else None, error, error.__traceback__ if error else None)


def api_router(*, tags: list[str | Enum] | None = None) -> APIRouter:
    """A router whose routes may ask for `Reading` and `Writing`."""
    return APIRouter(route_class=WorkRoute, tags=tags)


TheService = Annotated[Service, Depends(this_service)]


async def _caller(
    service: TheService, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if bearer is None:
        raise Unauthenticated
    return service.verifier.verify(bearer.credentials)


Caller = Annotated[Principal, Depends(_caller)]


def fingerprint(request: Request, body: bytes) -> bytes:
    """What makes a repeated request the same one: method, address and body."""
    address = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(address + body).digest()


async def _reading(request: Request, service: TheService, caller: Caller) -> Work:
    request.scope[_WORK] = work = service.work(caller)
    return work


async def _writing(
    request: Request,
    response: Response,
    service: TheService,
    caller: Caller,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A new UUID for every submission; the same one when it is retried (防重复提交). "
            "8–128 visible ASCII characters, remembered for good.",
            examples=["5f0c2b7e-6a53-4a7e-9d0a-0e9f3f4c1a11"],
        ),
    ] = None,
) -> Work:
    if idempotency_key is None:
        raise IdempotencyKeyMissing
    if not (
        _MIN_KEY <= len(idempotency_key) <= _MAX_KEY and idempotency_key.isascii() and idempotency_key.isprintable()
    ):
        raise IdempotencyKeyInvalid
    key = WorkRequest(idempotency_key, fingerprint(request, await request.body()))
    request.scope[_WORK] = work = service.work(caller, key)
    work.on_replay = lambda: mark_replayed(response)
    return work


def mark_replayed(response: Response) -> None:
    """Tells the client that this was done before and only rendered again."""
    response.headers["Idempotent-Replayed"] = "true"


Reading = Annotated[Work, Depends(_reading)]
Writing = Annotated[Work, Depends(_writing)]


def demand(caller: Principal, permission: Permission, place: str | None = None) -> None:
    """Raises Forbidden (403) unless the caller holds the permission at the place (anywhere, if none is given)."""
    if not caller.may(permission, place):
        raise Forbidden


def etag(version: int) -> str:
    """The strong ETag of a versioned row."""
    return f'"{version}"'


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
