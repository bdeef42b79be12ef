"""How often something may be asked for: counted in this process, and what is sensitive in Valkey as well.

No request waits for Valkey: it has `DEADLINE_S` to answer, and after one failure is left alone for a while. What this
process counted holds meanwhile, so a dead, hung or emptied Valkey loosens a limit and never refuses or fails anybody.

The library `limits` counts over Valkey. In memory it walks over every key it holds at every hit, which is a lever for
those whom a limit is to stop; so there a caller is one number, the time at which all that was taken is paid back.
"""

import asyncio
import hashlib
import math
import time
from typing import Any, NamedTuple

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from shared.kernel.errors import TooManyRequests

log = structlog.get_logger()
REFUSED = Counter("linli_too_many_requests_total", "Requests refused by a rate limit.", ["limit"])
ALONE = Counter("linli_rates_without_valkey_total", "Times Valkey did not answer for a rate limit.")
DEADLINE_S, PAUSE_S = 0.05, 5.0
_MOST_CALLERS = 100_000
_CONNECTIONS = 16


class Limit(NamedTuple):
    """At most `amount` within `seconds`. All that share a `name` and a caller are counted together."""

    name: str
    amount: int
    seconds: int = 60


class Rates:
    """One per process. `factor` multiplies every limit; 0 turns them all off."""

    def __init__(self, redis_url: str, *, factor: float, key: bytes) -> None:
        self._factor, self._key = factor, key
        self._paid_back: dict[tuple[str, str], float] = {}
        # No `socket_timeout`: with one, redis-py sends within `asyncio.wait_for`, which loses a deadline that ends in
        # the same moment as the sending (Python 3.11), and the request would wait for the socket's.
        pool = ConnectionPool.from_url(redis_url, max_connections=_CONNECTIONS, socket_connect_timeout=1.0)
        self._redis = Redis(connection_pool=pool)
        options: Any = {"connection_pool": pool}  # documented, but not in its types
        storage = RedisStorage(redis_url, implementation="redispy", key_prefix="linli:rates", **options)
        self._windows = MovingWindowRateLimiter(storage)
        self._alone_until = 0.0

    def count(self, limit: Limit, caller: str) -> None:
        """Counts one request in this process alone. TooManyRequests (429)."""
        amount = limit.amount * self._factor
        if not amount:
            return
        now, key = time.monotonic(), (limit.name, caller)
        paid_back = max(self._paid_back.get(key, 0.0), now) + limit.seconds / amount
        if paid_back - now > limit.seconds + 1e-6:
            raise _refusal(limit, self._factor, paid_back - now - limit.seconds)
        if len(self._paid_back) >= _MOST_CALLERS:
            self._forget(now)
        self._paid_back[key] = paid_back

    async def spend(self, limit: Limit, caller: str) -> None:
        """Counts one request here and for all processes together. TooManyRequests (429)."""
        self.count(limit, caller)
        now = time.monotonic()
        if not self._factor or now < self._alone_until:
            return
        try:
            async with asyncio.timeout(DEADLINE_S):
                wait = await self._everywhere(limit, caller)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._alone_until = now + PAUSE_S
            ALONE.inc()
            log.warning("rates.alone", error=type(error).__name__, seconds=PAUSE_S)
            return
        if wait:
            raise _refusal(limit, self._factor, wait)

    async def _everywhere(self, limit: Limit, caller: str) -> float:
        """Seconds to wait, 0 if there is nothing to wait for."""
        item = RateLimitItemPerSecond(max(1, round(limit.amount * self._factor)), limit.seconds)
        # Keyed, so that who reads Valkey learns no addresses.
        who = hashlib.blake2b(caller.encode(), key=self._key, digest_size=16).hexdigest()
        if await self._windows.hit(item, limit.name, who):
            return 0.0
        return max(0.001, (await self._windows.get_window_stats(item, limit.name, who)).reset_time - time.time())

    def _forget(self, now: float) -> None:
        """Who has paid everything back is forgotten; if that is not enough, who came first."""
        left = {key: paid_back for key, paid_back in self._paid_back.items() if paid_back > now}
        self._paid_back = left if len(left) < _MOST_CALLERS // 2 else dict(list(left.items())[_MOST_CALLERS // 2 :])

    async def close(self) -> None:
        """Lets the connections go."""
        await self._redis.aclose(close_connection_pool=True)


def _refusal(limit: Limit, factor: float, wait_s: float) -> TooManyRequests:
    REFUSED.labels(limit.name).inc()
    amount = max(1, round(limit.amount * factor))
    return TooManyRequests(retry_after=max(1, math.ceil(wait_s)), limit=limit.name, most=amount, within=limit.seconds)
