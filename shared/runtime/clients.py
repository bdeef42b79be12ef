"""Calls from one service to another: short, bounded, and honest about failure.

A call has one total deadline over everything (connecting, a retry, reading), is retried once if repeating
it is harmless, and is not even tried while its target's circuit is open. Two things can come of a failed
one: the other service refused (`RemoteProblem`), or no usable answer came (`RemoteUnavailable`, a 503 if
nobody catches it). It cannot be made inside an open transaction: a hung neighbour would hold our locks
and connections.

`purgatory` opens the circuit after five failed calls in a row and tries again five seconds later. Two of
its habits are met here: at that moment it would let every caller through, and it raises one exception
object again and again, whose traceback grows with each refusal. A call that its own caller cancels counts
as failed: usually it was cancelled because the target hung.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self, TypeVar

import httpx
import orjson
from httpx_retries import Retry, RetryTransport
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import CLOSED, OpenedState
from pydantic import BaseModel, ValidationError

from shared.kernel.errors import Unavailable
from shared.kernel.rights import Principal
from shared.runtime.flags import in_transaction
from shared.runtime.logging import context_value
from shared.runtime.tokens import service_token

Model = TypeVar("Model", bound=BaseModel)
Query = Mapping[str, str | int | bool | list[str]]

CONNECT_SHARE, LONGEST_ANSWER = 0.25, 1_048_576  # of the deadline: who is not there leaves time for another try
_FAILURES, _OPEN_SECONDS = 5, 5
_TOKEN_SECONDS, _MOST_TOKENS = 30.0, 1000
_ONCE_AGAIN = Retry(
    total=1,
    allowed_methods=["GET", "POST"],
    status_forcelist=[500, 502, 503, 504],
    backoff_factor=0.05,  # full jitter: 0 to 100 ms before the retry
    respect_retry_after_header=False,  # the deadline is shorter than any Retry-After
)
_NOT_AGAIN = _ONCE_AGAIN.copy_with(total=0)


class CallInsideTransaction(RuntimeError):
    """A mistake in our code: the call belongs before the transaction, or into a job."""


class RemoteUnavailable(Unavailable):
    """No usable answer: not reached, too late, 5xx, unreadable, or circuit open. `reason` is for the log."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(retry_after=1)
        self.service, self.reason = service, reason
        self.args = (f"{service}: {reason}",)


class RemoteProblem(Exception):
    """The other service understood and refused; its caller decides what that means here."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class _Answer(NamedTuple):
    status: int
    media_type: str
    body: bytes


class _Problem(BaseModel):
    """What is read of a problem document (RFC 9457)."""

    code: str = "unknown"
    detail: str = ""


def acting_for(caller: Principal) -> str | None:
    """Whom a call is made for: the person or client who asked. Jobs and services act for nobody."""
    return caller.id if caller.kind in ("user", "client") else None


class ServiceClient:
    """One per called service and process; `caller` and `audience` are service names, as in service tokens.

    `seed` is the caller's own. `act` of a call is whom it is made for: the other service learns who asked, which gives
    no right there.
    """

    def __init__(self, base_url: str, caller: str, audience: str, seed: bytes, *, deadline: float) -> None:
        self._caller, self._audience, self._seed = caller, audience, seed
        self._deadline = deadline
        self._breakers = AsyncCircuitBreakerFactory(default_threshold=_FAILURES, default_ttl=_OPEN_SECONDS)
        self._probing = False
        self._tokens: dict[tuple[str, str | None], tuple[float, str]] = {}
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(
            base_url=base_url,
            transport=RetryTransport(httpx.AsyncHTTPTransport(trust_env=False, limits=limits), _ONCE_AGAIN),
            timeout=httpx.Timeout(deadline, connect=CONNECT_SHARE * deadline),
            trust_env=False,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def get(
        self, path: str, district: str, params: Query | None = None, *, model: type[Model], act: str | None = None
    ) -> Model:
        """Read something; retried once."""
        return await self._call("GET", path, (district, act), model, _ONCE_AGAIN, params=params)

    async def post(
        self,
        path: str,
        district: str,
        body: BaseModel | Mapping[str, Any],
        idempotency_key: str | None,
        model: type[Model],
        act: str | None = None,
    ) -> Model:
        """Have something done; retried once if it has an idempotency key."""
        headers = {"content-type": "application/json"}
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        content = body.model_dump_json().encode() if isinstance(body, BaseModel) else orjson.dumps(body)
        retry = _NOT_AGAIN if idempotency_key is None else _ONCE_AGAIN
        return await self._call("POST", path, (district, act), model, retry, headers=headers, content=content)

    async def _call(
        self,
        method: str,
        path: str,
        whose: tuple[str, str | None],
        model: type[Model],
        retry: Retry,
        **request: Any,  # noqa: ANN401 - as httpx takes them
    ) -> Model:
        if in_transaction.get():
            raise CallInsideTransaction(f"{method} {self._audience} {path}")
        headers = self._headers(*whose) | request.pop("headers", {})
        built = self._client.build_request(method, path, headers=headers, extensions={"retry": retry}, **request)
        answer = await self._guarded(built)
        if not httpx.codes.is_success(answer.status):
            raise _problem(answer)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            raise self._unavailable(f"{path} answered something else than {model.__name__}") from error

    async def _guarded(self, request: httpx.Request) -> _Answer:
        """Send it if the circuit is closed, or as the one probe of a circuit that may close again."""
        breaker = await self._breakers.get_breaker(self._audience)
        probe = breaker.context.state != CLOSED
        if probe and self._probing:
            raise self._unavailable("circuit open, being tried")
        self._probing = self._probing or probe
        try:
            async with breaker:
                return await self._within_deadline(request)
        except OpenedState as opened:
            opened.__traceback__ = None
            raise self._unavailable("circuit open") from None
        finally:
            self._probing = self._probing and not probe

    async def _within_deadline(self, request: httpx.Request) -> _Answer:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._read(request)
        except TimeoutError:
            raise self._unavailable(f"no answer within {self._deadline} s") from None
        except httpx.HTTPError as error:
            raise self._unavailable(f"{type(error).__name__} {error}".strip()) from error
        if httpx.codes.is_success(answer.status) or _refused(answer):
            return answer
        raise self._unavailable(f"status {answer.status}")

    async def _read(self, request: httpx.Request) -> _Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    raise self._unavailable(f"an answer longer than {LONGEST_ANSWER} bytes")
        finally:
            await response.aclose()
        return _Answer(response.status_code, response.headers.get("content-type", ""), body)

    def _token(self, district: str, act: str | None) -> str:
        """A token lives sixty seconds and is used for half of them."""
        until, token = self._tokens.get((district, act), (0.0, ""))
        if time.monotonic() >= until:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            token = service_token(self._seed, self._caller, self._audience, district, act=act)
            self._tokens[district, act] = (time.monotonic() + _TOKEN_SECONDS, token)
        return token

    def _headers(self, district: str, act: str | None) -> dict[str, str]:
        token = self._token(district, act)
        passed_on = {"x-request-id": context_value("request_id"), "traceparent": context_value("traceparent")}
        return {
            "authorization": f"Bearer {token}",
            "accept": "application/json",
            "accept-encoding": "identity",  # the cap on an answer's size is to mean what it says
            "linli-deadline-ms": str(round(self._deadline * 1000)),
        } | {name: value for name, value in passed_on.items() if value}

    def _unavailable(self, reason: str) -> RemoteUnavailable:
        return RemoteUnavailable(self._audience, reason)


def _refused(answer: _Answer) -> bool:
    """Whether it is our own kind of refusal; a proxy's 404 page is none."""
    return httpx.codes.is_client_error(answer.status) and answer.media_type.startswith("application/problem+json")


def _problem(answer: _Answer) -> RemoteProblem:
    try:
        problem = _Problem.model_validate_json(answer.body)
    except ValidationError:
        problem = _Problem()
    return RemoteProblem(answer.status, problem.code, problem.detail)
