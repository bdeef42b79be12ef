"""From the hotline's order to the officer's inbox, end to end: webhook, job, arq, HTTP to hierarchy, three moves.

Orders come at their own pace, whether or not Linli keeps up. An order is in the inbox once the journal row of its
assignment can be read, which commits together with it; it is looked for every 20 ms.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from services.demo.simulator import heating_order
from shared.runtime.webhooks import sign
from tests.benchmarks.machine import Meter
from tests.benchmarks.stack import Bench
from tests.benchmarks.town import DISTRICT, Town

_CONNECTIONS, _LOOK_EVERY, _LOOK_BACK = 32, 0.02, timedelta(seconds=2)
_ASSIGNED = """
SELECT subject_id FROM tickets.journal WHERE district = $1 AND at > now() - $2::interval AND event = 'assign'
"""
# What earlier measurements made due is not measured here.
_SETTLE = (
    "DELETE FROM tickets.jobs WHERE district = $1 AND due_at < now() + interval '1 hour'",
    "UPDATE tickets.journal_heads SET sealed_to = now() WHERE district = $1",
)


_SETTLE_S = 1.5
Looking = tuple[asyncpg.Connection, Meter]  # what looks for arrivals, and who is watched meanwhile


@dataclass(frozen=True)
class Delivered:
    """How it went at one pace. `sustained` is how many a second reached an inbox from the first order to the last."""

    offered: int
    accepted: int
    arrived: int
    sustained: float
    accept_p99_ms: float
    p50_ms: float
    p99_ms: float
    cpu_us: dict[str, int]  # per order that arrived, by who spent it

    @property
    def saturated(self) -> bool:
        return self.arrived < self.accepted or self.sustained < 0.8 * self.offered

    def __str__(self) -> str:
        state = "SATURATED" if self.saturated else "keeps up"
        waiting = f", {self.accepted - self.arrived:,} still on their way" if self.arrived < self.accepted else ""
        spent = ", ".join(f"{who} {used:,}" for who, used in self.cpu_us.items())
        return (
            f"{self.offered}/s: {self.accepted:,} accepted, in the inbox p50 {self.p50_ms:,.0f} ms "
            f"p99 {self.p99_ms:,.0f} ms; {state} ({self.sustained:,.0f}/s sustained{waiting}); "
            f"µs of processor per order: {spent}"
        )


@asynccontextmanager
async def ready(bench: Bench) -> AsyncIterator[Looking]:
    """The tickets worker on, for as long as the block lasts."""
    connection = await asyncpg.connect(bench.layout.owner_url)
    try:
        async with bench.workers(("tickets",)) as workers:
            groups = {"worker": workers, "tickets": bench.pids("intake"), "hierarchy": bench.pids("responsibility")}
            yield connection, Meter({**groups, "database": bench.postgres()})
    finally:
        await connection.close()


async def deliver(bench: Bench, looking_with: Looking, town: Town, pace: int, seconds: float) -> Delivered:
    """Sends `pace` orders a second for so long, then waits as long again (at least five seconds)."""
    requests = _orders(bench, town, int(pace * seconds))
    accepted: dict[UUID, tuple[float, float]] = {}
    arrived: dict[UUID, float] = {}
    connection, meter = looking_with
    for statement in _SETTLE:
        await connection.execute(statement, DISTRICT)
    await asyncio.sleep(_SETTLE_S)
    began, before = time.perf_counter(), meter.read()
    looking = asyncio.create_task(_look(connection, arrived))
    try:
        await _send(bench.layout.ports["tickets"], requests, pace, accepted)
        give_up = time.perf_counter() + max(5.0, seconds)
        while time.perf_counter() < give_up and not accepted.keys() <= arrived.keys():  # noqa: ASYNC110 - it polls
            await asyncio.sleep(_LOOK_EVERY)
    finally:
        looking.cancel()
    spent = meter.read()
    there = accepted.keys() & arrived.keys()
    waits = sorted(max(0.0, arrived[one] - accepted[one][1]) for one in there)
    answers = sorted(done - sent for sent, done in accepted.values())
    last = max((arrived[one] for one in there), default=began + 1)
    return Delivered(
        offered=pace,
        accepted=len(accepted),
        arrived=len(there),
        sustained=len(there) / (last - began),
        accept_p99_ms=_at(answers, 0.99),
        p50_ms=_at(waits, 0.5),
        p99_ms=_at(waits, 0.99),
        cpu_us={who: round((spent[who] - before[who]) / max(1, len(there)) * 1e6) for who in spent},
    )


def _orders(bench: Bench, town: Town, count: int) -> list[bytes]:
    """Signed before the clock runs, so that making them costs the measurement nothing."""
    hotline = next(one for one in bench.stack.credentials()["hotlines"] if one["district"] == DISTRICT)
    buildings = town.of_kind("building")
    made = []
    for number in range(count):
        event = heating_order(buildings[number * 7 % len(buildings)].code, "10010000001")
        event["order"]["order_no"] = f"B{uuid4().hex}"
        body = orjson.dumps(event)
        headers = sign(hotline["secret"], f"msg_{uuid4().hex}", datetime.now(UTC), body)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(
            f"POST /api/tickets/v1/hotlines/{hotline['id']}/events HTTP/1.1\r\nHost: linli\r\n{head}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
    return made


async def _send(port: int, requests: list[bytes], pace: int, accepted: dict[UUID, tuple[float, float]]) -> None:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    began, sending = time.perf_counter(), []
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, began + number / pace - time.perf_counter()))
        sending.append(asyncio.create_task(_one(free, request, accepted)))
    await asyncio.gather(*sending)
    while not free.empty():
        free.get_nowait()[1].close()


async def _one(free: asyncio.Queue[Any], request: bytes, accepted: dict[UUID, tuple[float, float]]) -> None:
    due = time.perf_counter()
    reader, writer = await free.get()
    try:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
    finally:
        free.put_nowait((reader, writer))
    if head[9:12] == b"202":
        accepted[UUID(orjson.loads(body)["appeal_id"])] = (due, time.perf_counter())


async def _look(connection: asyncpg.Connection, arrived: dict[UUID, float]) -> None:
    while True:
        rows = await connection.fetch(_ASSIGNED, DISTRICT, _LOOK_BACK)
        now = time.perf_counter()
        for row in rows:
            arrived.setdefault(row["subject_id"], now)
        await asyncio.sleep(_LOOK_EVERY)


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] * 1000 if values else 0.0
