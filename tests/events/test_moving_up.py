"""The waiting list while everything moves: people sign up, cancel and move up at once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from services.events.registrations.workflow import SEATED
from tests.events.conftest import World
from tests.events.seats import CONCURRENCY, cancel, connected, faults, insist, journal_of, person, rows_of, sign_up

SEATS = 100


@dataclass
class Crowd:
    """People who come within a second, of whom six of ten go again within the next one."""

    world: World
    activity: str
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENCY - 4))

    async def insist(self, call: Callable[[], Awaitable[Any]]) -> Any:
        async def through_the_gate() -> Any:
            async with self.gate:
                return await call()

        return await insist(through_the_gate)

    async def one(self) -> bool:
        """Whether this one went again."""
        who = person(self.world)
        await asyncio.sleep(self.chance.random())
        registration = await self.insist(lambda: sign_up(self.world, self.activity, who))
        if self.chance.random() > 0.6:
            return False
        await asyncio.sleep(self.chance.random())
        await self.insist(lambda: cancel(self.world, registration, who))
        return True


async def watch(world: World, activity: str, over: asyncio.Event) -> int:
    """Most seats ever seen held at one moment, by the rows themselves."""
    most = 0
    sql = "SELECT count(*) FROM events.registrations WHERE district = $1 AND activity_id = $2 AND step = ANY($3)"
    while not over.is_set():
        async with world.service.db.connection() as connection:
            most = max(most, await connection.fetchval(sql, world.district, activity, list(SEATED)))
        await asyncio.sleep(0.01)
    return most


async def work(world: World, over: asyncio.Event) -> None:
    while not over.is_set():
        await world.run()
        await asyncio.sleep(0.005)


async def test_cancelling_and_moving_up_while_people_sign_up(world: World) -> None:
    await connected(world)
    activity = await world.opened(capacity=SEATS)
    crowd, over = Crowd(world, activity), asyncio.Event()
    watcher = asyncio.create_task(watch(world, activity, over))
    workers = [asyncio.create_task(work(world, over)) for _ in range(3)]
    went = sum(await asyncio.gather(*(crowd.one() for _ in range(1000))))
    over.set()
    most = await watcher
    await asyncio.gather(*workers)
    await world.settle()

    assert await faults(world, activity) == []
    assert most <= SEATS
    one, rows = await rows_of(world, activity)
    gone = [row for row in rows if row["step"] == "cancelled"]
    assert len(gone) == went == await journal_of(world, "registration.cancel", activity)
    stayed = [row["step"] for row in rows if row["step"] != "cancelled"]
    assert stayed == ["registered"] * SEATS + ["waitlisted"] * (len(stayed) - SEATS), "those who came first sit"
    assert one["taken"] == SEATS
    promoted = await journal_of(world, "registration.promote", activity)
    async with world.service.db.connection() as connection:
        told = await connection.fetchval("SELECT count(*) FROM events.notices WHERE district = $1", world.district)
    assert promoted == told > 0
    print(f"\n{went} went, {promoted} moved up, most held {most}")  # noqa: T201 - shown with -s
