"""What an app does that is told to try again in a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Container

import httpx


async def insist(ask: Callable[[], Awaitable[httpx.Response]], also: Container[int] = ()) -> httpx.Response:
    """Asks until the answer is another than 409 `request_in_progress` (or one with a status of `also`)."""
    while True:
        answer = await ask()
        if answer.status_code not in also and answer.json().get("code") != "request_in_progress":
            return answer
        await asyncio.sleep(0.05)
