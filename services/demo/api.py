"""A patient client of the public APIs: what a good app does on a bad network.

Every write carries an Idempotency-Key and is repeated with the same one while the server is away, so that a process
may be killed at any moment and the story goes on with nothing done twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import httpx

T = TypeVar("T")
_AWAY = {409, 429, 502, 503, 504}
_IN_PROGRESS = {"request_in_progress", "conflict"}


class StoryBroken(Exception):
    """The story cannot go on: the message says where and why."""


@dataclass(frozen=True)
class Addresses:
    """Where each service's API is, up to and including `/api/<service>/v1`."""

    hierarchy: str
    tickets: str
    events: str

    @classmethod
    def behind(cls, url: str) -> "Addresses":
        """All three behind one host name."""
        base = url.rstrip("/")
        return cls(*(f"{base}/api/{service}/v1" for service in ("hierarchy", "tickets", "events")))

    @classmethod
    def of(cls, urls: dict[str, str]) -> "Addresses":
        """Each on its own port."""
        return cls(**{service: f"{url}/api/{service}/v1" for service, url in urls.items()})


class Api:
    """HTTP with patience: `patience` seconds in all for one request."""

    def __init__(self, patience: float = 60.0) -> None:
        self._http = httpx.AsyncClient(timeout=10, trust_env=False)
        self._patience = patience
        self.repeated = 0

    async def close(self) -> None:
        """Lets the connections go."""
        await self._http.aclose()

    async def send(self, method: str, url: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        """Sends until an answer comes that is not "away"; the caller looks at its status."""
        until = time.monotonic() + self._patience
        while True:
            try:
                answer = await self._http.request(method, url, **request)
            except httpx.HTTPError as error:
                trouble = f"{type(error).__name__}"
            else:
                if answer.status_code not in _AWAY or _final(answer):
                    return answer
                trouble = f"status {answer.status_code}"
            if time.monotonic() > until:
                raise StoryBroken(f"{method} {url}: {trouble}, and {self._patience:.0f} s of patience are over")
            self.repeated += 1
            await asyncio.sleep(0.25)


def _final(answer: httpx.Response) -> bool:
    """A 409 that repeating cannot change."""
    if answer.status_code != httpx.codes.CONFLICT:
        return False
    try:
        return answer.json().get("code") not in _IN_PROGRESS
    except ValueError:
        return True


@dataclass
class User:
    """A signed-in person."""

    api: Api
    addresses: Addresses
    login: dict[str, str]
    token: str = ""
    name: str = ""

    async def sign_in(self) -> "User":
        """With phone and password; also when the token has run out."""
        body = {key: self.login[key] for key in ("district", "phone", "password")}
        session = good(await self.api.send("POST", f"{self.addresses.hierarchy}/sessions", json=body), "sign-in")
        self.token = session["access_token"]
        return self

    async def get(self, url: str, **params: str) -> Any:  # noqa: ANN401
        """A read's JSON."""
        return good(await self._send("GET", url, params=params), url)

    async def act(self, url: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """A write's JSON."""
        return good(await self._send("POST", url, json=body or {}, headers={"Idempotency-Key": str(uuid4())}), url)

    async def put(self, url: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        """A setting's JSON."""
        return good(await self._send("PUT", url, json=body), url)

    async def _send(self, method: str, url: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        headers = request.pop("headers", {})
        answer = await self.api.send(
            method, url, headers=headers | {"Authorization": f"Bearer {self.token}"}, **request
        )
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.sign_in()
            headers |= {"Authorization": f"Bearer {self.token}"}
            answer = await self.api.send(method, url, headers=headers, **request)
        return answer


def good(answer: httpx.Response, what: str) -> Any:  # noqa: ANN401
    """The JSON of a 2xx, or StoryBroken with the problem's own words."""
    if not answer.is_success:
        raise StoryBroken(f"{what}: {answer.status_code} {answer.text[:300]}")
    return answer.json()


async def until(what: str, look: Callable[[], Awaitable[T | None]], seconds: float = 60.0) -> T:
    """Looks again and again until there is something."""
    end = time.monotonic() + seconds
    while True:
        found = await look()
        if found is not None:
            return found
        if time.monotonic() > end:
            raise StoryBroken(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(0.1)
