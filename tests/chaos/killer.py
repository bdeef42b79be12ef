"""Carries out the blows and measures how long each victim was away. Signals only, and only to our own children."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.local import probes
from services.local.stack import LocalStack
from shared.runtime.jobs import TIMEOUTS_S
from tests.chaos.schedule import Blow

_LONGEST_ABSENCE_S = 60.0
_QUEUES = tuple(TIMEOUTS_S)
# Empties Valkey in a moment in which due jobs wait there, and says how many. arq leaves a job in its queue while it
# runs; such a one would end all the same.
_EMPTY = """
local waiting = 0
local now = redis.call('TIME')[1] * 1000
for _, key in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, 0, now)) do
    waiting = waiting + 1 - redis.call('EXISTS', 'arq:in-progress:' .. id)
  end
end
if waiting > 0 or ARGV[1] == 'now' then redis.call('FLUSHALL') end
return waiting
"""


@dataclass
class Struck:
    """What came of a blow. `away_s`: until the victim answered again, counted from the kill or the SIGCONT."""

    blow: Blow
    at: float
    away_s: float | None = None
    note: str = ""


class Killer:
    def __init__(self, stack: LocalStack, began: float) -> None:
        self._stack, self._began = stack, began
        self.struck: list[Struck] = []
        self._stopped: dict[int, list[psutil.Process]] = {}

    async def carry_out(self, blows: list[Blow]) -> None:
        """Returns when the last victim is back."""
        tasks = []
        try:
            for blow in blows:
                await asyncio.sleep(max(0.0, self._began + blow.at - time.monotonic()))
                struck = Struck(blow, time.monotonic() - self._began)
                self.struck.append(struck)
                tasks.append(asyncio.create_task(self._strike(struck)))
            await asyncio.gather(*tasks)
        finally:
            for processes in self._stopped.values():
                _send(processes, signal.SIGCONT)

    async def _strike(self, struck: Struck) -> None:
        blow = struck.blow
        deeds: dict[str, Callable[[Struck], Awaitable[None]]] = {
            "kill": self._kill,
            "hang": self._hang,
            "kill one backend": self._kill_backend,
            "empty": self._empty,
        }
        pid = await self._pid(blow.victim)
        if pid is None:
            struck.note = "was away already"
            return
        await deeds[blow.how](struck)

    async def _pid(self, victim: str) -> int | None:
        """A victim that has just been struck is waited for: a blow at nobody is none."""
        until = time.monotonic() + 15
        while time.monotonic() < until:
            pid = self._stack.supervisor.pid(victim)
            if pid is not None and pid not in self._stopped:
                return pid
            await asyncio.sleep(0.05)
        return None

    def _family(self, victim: str) -> list[psutil.Process]:
        """The process, and of PostgreSQL its children, which are processes of their own groups."""
        pid = self._stack.supervisor.pid(victim)
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            return [parent, *(parent.children(recursive=True) if victim == "postgres" else [])]
        return []

    async def _kill(self, struck: Struck) -> None:
        family = self._family(struck.blow.victim)
        _send(family, signal.SIGKILL)
        await self._back(struck, not_pid=family[0].pid if family else None)

    async def _kill_backend(self, struck: Struck) -> None:
        backends = [one for one in self._family("postgres")[1:] if "linli_tickets" in " ".join(_words(one))]
        struck.note = "the postmaster ends the others" if backends else "there was none"
        _send(backends[:1], signal.SIGKILL)
        await asyncio.sleep(0.05)
        await self._back(struck, not_pid=None)

    async def _hang(self, struck: Struck) -> None:
        family = self._family(struck.blow.victim)
        if not family:
            return
        self._stopped[family[0].pid] = family
        _send(family, signal.SIGSTOP)
        await asyncio.sleep(struck.blow.lasts)
        _send(family, signal.SIGCONT)
        del self._stopped[family[0].pid]
        await self._back(struck, not_pid=None)

    async def _empty(self, struck: Struck) -> None:
        keys = [f"linli:{service}:{queue}" for service in ("tickets", "events") for queue in _QUEUES]
        until = time.monotonic() + 5
        waiting = 0
        async with Redis.from_url(self._stack.layout.redis_url, socket_timeout=2) as redis:
            while not waiting:
                with suppress(RedisError, OSError):
                    mood = "now" if time.monotonic() > until else "if jobs wait"
                    waiting = int(await redis.eval(_EMPTY, len(keys), *keys, mood))
                    if mood == "now":
                        break
                await asyncio.sleep(0.002)
        struck.note = f"{waiting} jobs waited there"
        await self._back(struck, not_pid=None)

    async def _back(self, struck: Struck, *, not_pid: int | None) -> None:
        began = time.monotonic()
        while time.monotonic() - began < _LONGEST_ABSENCE_S:
            pid = self._stack.supervisor.pid(struck.blow.victim)
            if pid is not None and pid != not_pid and await self._answers(struck.blow.victim, pid):
                struck.away_s = time.monotonic() - began
                return
            await asyncio.sleep(0.05)
        struck.note += " never came back"

    async def _answers(self, victim: str, pid: int) -> bool:
        layout = self._stack.layout
        service, _, part = victim.partition(".")
        if victim == "valkey":
            return await probes.valkey_ready(layout.redis_url, 1.0)
        if victim == "postgres":
            with suppress(Exception):
                await probes.postgres_executes(f"{layout.owner_url}?sslmode=disable", deadline=2.0)
                return True
            return False
        if part == "api":
            return await probes.http_status(layout.ports[service], "/healthz", 1.0) == 200
        return _holds_connections(pid, {_port(layout.owner_url), _port(layout.redis_url)})


def _holds_connections(pid: int, ports: set[int | None]) -> bool:
    """A worker has no address to ask: it works once it holds connections to both servers."""
    with suppress(psutil.Error):
        found = psutil.Process(pid).net_connections("tcp")
        return ports <= {one.raddr.port for one in found if one.status == psutil.CONN_ESTABLISHED}
    return False


def _port(url: str) -> int | None:
    return urlsplit(url).port


def _send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if process.is_running():  # psutil compares the start time: never somebody else's number
                os.kill(process.pid, number)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
