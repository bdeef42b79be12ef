"""Staff passwords: argon2id, two at a time.

Hashing costs about 100 ms and 19 MiB on purpose, which makes a flood of sign-ins a way to stop the whole
service. So two threads work and twenty callers may wait; the next one is told to come back (503). A
person who does not exist costs the same work as one who does, so that the answer's time tells nothing.
"""

import asyncio
import base64
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.kernel.errors import Overloaded

T = TypeVar("T")


class Passwords:
    """Hashes and checks passwords. The defaults are OWASP's minimum for argon2id; tests pass cheaper ones."""

    def __init__(
        self,
        *,
        time_cost: int = 2,
        memory_cost: int = 19_456,
        parallelism: int = 1,
        slots: int = 2,
        queue: int = 20,
    ) -> None:
        self._hasher = PasswordHasher(time_cost, memory_cost, parallelism)
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="passwords")
        self._places = BoundedSemaphore(slots + queue)
        salt, digest = (base64.b64encode(os.urandom(n)).decode().rstrip("=") for n in (16, 32))
        # Nobody's password: random bytes in the place of a digest, with today's costs.
        self._nobody = f"$argon2id$v=19$m={memory_cost},t={time_cost},p={parallelism}${salt}${digest}"

    async def hash(self, password: str) -> str:
        """The encoded hash to store."""
        return await self._run(lambda: self._hasher.hash(_prepared(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right. `stored` is None for nobody, and for one without a password."""
        return await self._run(lambda: self._matches(stored, _prepared(password)))

    def needs_rehash(self, stored: str) -> bool:
        """Whether it was made with other costs than today's: after a successful sign-in, hash again."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go; what still waits is cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str | None, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored or self._nobody, password)
        except InvalidHashError:
            return self._matches(None, password)
        except VerificationError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Overloaded(retry_after=1)
        future = self._pool.submit(work)
        # The place is free when the work is done or was never begun, not when its caller has gone away.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def _prepared(password: str) -> bytes:
    """The same bytes from every keyboard (NFKC, as NIST SP 800-63B has it); no text at all makes it fail."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
