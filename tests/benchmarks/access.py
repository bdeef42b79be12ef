"""What access costs a request: everything between its arrival and its use case, timed by itself in this process.

The whole door is timed (header, token, ended sessions, the caller's rate limit), then its parts, and the scope. The
statement's own share of a scope is in the figures of `list`, which asks for it.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request

from services.documents import _SETTINGS
from services.tickets.main import create_app, open_tickets
from shared.kernel.paths import child
from shared.kernel.rights import Grant, Permission, Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.rates import Limit
from shared.runtime.service import Service
from shared.runtime.tokens import TokenSigner
from shared.runtime.web import doors

_SEED = bytes(range(1, 33))
_PLACE = child(child("0001", 1), 1)
_TIMES, _ROUNDS = 2_000, 5


@dataclass(frozen=True)
class Cost:
    """Microseconds of processor for one time, the best of some rounds."""

    what: str
    microseconds: float

    def __str__(self) -> str:
        return f"{self.what}: {self.microseconds:.1f} µs"


async def costs() -> list[Cost]:
    """The door as a whole, and what it is made of."""
    public = Ed25519PrivateKey.from_private_bytes(_SEED).public_key().public_bytes_raw()
    chosen = _SETTINGS | {"LINLI_VERIFY_KEYS": base64.b64encode(public).decode(), "LINLI_RATE_PERSON": "100000000"}
    with mock.patch.dict("os.environ", chosen, clear=True):
        service = open_tickets()
        app = create_app(service)
    tokens = iter([_token() for _ in range(_TIMES * _ROUNDS)])
    token = _token()
    caller = service.verifier.verify(token)
    try:
        return [
            await _timed("the whole door, a token seen before", lambda: doors._signed_in(_request(app, token))),
            await _timed("the whole door, a token seen first", lambda: doors._signed_in(_request(app, next(tokens)))),
            await _timed("  of it: making the request's object (no access)", lambda: _nothing(_request(app, token))),
            await _timed("  of it: a token seen before", lambda: _nothing(service.verifier.verify(token))),
            await _timed("  of it: the rate limit", lambda: _counted(service)),
            await _timed("the scope of a caller with two posts", lambda: _nothing(_scopes(caller))),
        ]
    finally:
        await service.close()


_LIMIT = Limit("bench", 100_000_000)


def _token() -> str:
    grants = [Grant(Role.RESIDENT, _PLACE), Grant(Role.GRID_WORKER, _PLACE)]
    return TokenSigner(_SEED).sign(user=str(new_id()), district="370704", session=str(new_id()), grants=grants)


def _scopes(known: Principal) -> list[str]:
    """Of a caller who was not asked before: a token's principal remembers its scopes."""
    caller = Principal(known.district, known.id, known.kind, known.grants, known.session)
    return caller.scopes(Permission.APPEALS_READ)


def _request(app: object, token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"host", b"linli")]
    return Request({"type": "http", "app": app, "headers": headers, "client": ("127.0.0.1", 1), "path": "/"})


async def _counted(service: Service) -> None:
    service.rates.count(_LIMIT, "somebody")


async def _nothing(_: object) -> None:
    pass


async def _timed(what: str, use: Callable[[], Awaitable[object]]) -> Cost:
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(_TIMES):
            await use()
        best = min(best, time.process_time() - began)
    return Cost(what, best / _TIMES * 1e6)


if __name__ == "__main__":
    for cost in asyncio.run(costs()):
        print(cost)  # noqa: T201 - a command's output
