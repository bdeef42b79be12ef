"""A good app: repeats with the same key until it is answered, and writes down how it went."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from services.demo.api import Addresses, Api, User
from shared.runtime.webhooks import sign
from tests.chaos.ledger import Act, Ledger

PATIENCE_S = 60.0
_ONE_TRY_S = 4.0
_IN_PROGRESS = {"request_in_progress", "conflict"}

Headers = Callable[[], dict[str, str]]


class Client:
    """All the clients of a run, on one pool of connections."""

    def __init__(self, addresses: Addresses, ledger: Ledger, seed: int) -> None:
        self.addresses, self.ledger = addresses, ledger
        self.patient = Api()  # for what comes before and after the blows
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=60)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(_ONE_TRY_S, connect=1.0), limits=limits, trust_env=False)
        self._rng = random.Random(seed)

    async def close(self) -> None:
        await self._http.aclose()
        await self.patient.close()

    async def act(self, user: User, act: Act, url: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """A write by a person. Returns the answer, or None where it was not accepted."""
        content = orjson.dumps(body or {})

        def headers() -> dict[str, str]:
            return {"Authorization": f"Bearer {user.token}", "Idempotency-Key": act.key}

        async def sign_in_again() -> None:
            await user.sign_in()

        return await self._until_answered(act, url, content, headers, sign_in_again)

    async def webhook(self, hotline: str, secret: str, act: Act, event: dict[str, Any]) -> dict[str, Any] | None:
        """A message of a hotline: the same id at every try, signed anew."""
        content = orjson.dumps(event)

        def headers() -> dict[str, str]:
            return sign(secret, act.key, datetime.now(UTC), content)

        url = f"{self.addresses.tickets}/hotlines/{hotline}/events"
        return await self._until_answered(act, url, content, headers, None)

    async def get(self, user: User, url: str, **params: str) -> Any:
        """A read's JSON, or None where it failed: reads are simply asked again at the next round."""
        try:
            answer = await self._http.get(url, params=params, headers={"Authorization": f"Bearer {user.token}"})
        except httpx.HTTPError:
            return None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await user.sign_in()
        return answer.json() if answer.is_success else None

    async def _until_answered(
        self, act: Act, url: str, content: bytes, headers: Headers, sign_in_again: Any
    ) -> dict[str, Any] | None:
        self.ledger.acts.append(act)
        until = act.began + PATIENCE_S
        try:
            while time.monotonic() < until:
                act.tries += 1
                answer = await self._once(url, content, headers() | {"content-type": "application/json"})
                pause = self._pause(act, answer)
                if pause is None:
                    break
                if act.status == httpx.codes.UNAUTHORIZED and sign_in_again is not None:
                    await sign_in_again()
                await asyncio.sleep(pause)
        finally:
            act.ended = time.monotonic()
            if act.outcome == "under way":
                act.outcome = "unknown"
        return act.answer if act.outcome == "accepted" else None

    async def _once(self, url: str, content: bytes, headers: dict[str, str]) -> httpx.Response | None:
        try:
            return await self._http.post(url, content=content, headers=headers)
        except httpx.HTTPError as error:
            self.ledger.trouble(type(error).__name__)
            return None

    def _pause(self, act: Act, answer: httpx.Response | None) -> float | None:
        """How long to wait before the same again; None where the answer is final."""
        if answer is None:
            return self._rng.uniform(0.15, 0.35)
        act.status = answer.status_code
        if answer.is_success:
            act.outcome, act.answer = "accepted", answer.json()
            return None
        code = _code(answer)
        self.ledger.trouble(f"{answer.status_code} {code}")
        if act.status >= 500 or act.status in (401, 429) or code in _IN_PROGRESS:
            return min(float(answer.headers.get("retry-after", 0.25)), 1.0) * self._rng.uniform(0.8, 1.2)
        act.outcome, act.said = "refused", answer.text[:300]
        return None


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code"))
    except ValueError:
        return "no problem document"
