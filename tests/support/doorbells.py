"""A Valkey of one's own, to be stopped, killed and emptied."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.local.ports import free_port
from services.local.valkey import program


@dataclass
class ThrowAway:
    url: str
    process: asyncio.subprocess.Process

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    async def empty(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()


@asynccontextmanager
async def throw_away_valkey(folder: Path) -> AsyncIterator[ThrowAway]:
    port = free_port(None)
    process = await asyncio.create_subprocess_exec(
        program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", str(folder), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    made = ThrowAway(f"redis://127.0.0.1:{port}/0", process)
    try:
        async with Redis.from_url(made.url) as redis, asyncio.timeout(60):
            while True:
                with suppress(RedisError, OSError):
                    await redis.ping()
                    break
                await asyncio.sleep(0.02)
        yield made
    finally:
        with suppress(ProcessLookupError):
            made.signal(signal.SIGCONT)
            made.signal(signal.SIGKILL)
        await process.wait()
