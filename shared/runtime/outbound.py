"""Calls to an operator's contractors (the SMS provider, WeChat): short, capped, never redirected, never trusted.

The address comes from a setting, never from a caller. One attempt with one total deadline; who calls decides what to do
about a failure. Like every call to the outside it cannot be made inside an open transaction.
"""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import httpx

from shared.runtime.clients import CallInsideTransaction
from shared.runtime.flags import in_transaction

LONGEST_ANSWER = 65_536
_CONNECT_S = 2.0


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """Nothing usable came in time. The message names the kind of trouble and never the address, which may hold keys."""


async def ask(
    method: str,
    url: str,
    *,
    timeout_s: float,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Answer:
    """Sends one request and reads at most 64 kB of its answer. NoAnswer otherwise."""
    if in_transaction.get():
        raise CallInsideTransaction(f"{method} to a contractor")
    sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
    timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s))
    client = httpx.AsyncClient(verify=_tls(), trust_env=False, follow_redirects=False, timeout=timeout)
    try:
        async with (
            asyncio.timeout(timeout_s),
            client as out,
            out.stream(method, url, params=params, content=content, headers=sent) as answer,
        ):
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    raise NoAnswer("an answer that is too long")
            return Answer(answer.status_code, body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise NoAnswer(type(error).__name__) from None  # its own words could quote the address


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
