"""Trying to take seats, and the one checker of what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from services.events.registrations import service as registrations
from services.events.registrations.inputs import SignUp
from services.events.registrations.workflow import SEATED
from shared.kernel.errors import LinliError
from shared.kernel.rights import Grant, Principal, Role
from shared.kernel.workflow import Note
from shared.runtime.ids import new_id
from tests.events.conftest import World

CONCURRENCY = 20


async def rows_of(world: World, activity: str) -> tuple[Any, list[Any]]:
    async with world.service.db.connection() as connection:
        one = await connection.fetchrow(
            "SELECT * FROM events.activities WHERE district = $1 AND id = $2", world.district, activity
        )
        all_ = await connection.fetch(
            "SELECT * FROM events.registrations WHERE district = $1 AND activity_id = $2 ORDER BY place_no",
            world.district,
            activity,
        )
    return one, all_


async def faults(world: World, activity: str) -> list[str]:
    """What is wrong with an activity's seats when all is quiet; empty if nothing."""
    one, rows = await rows_of(world, activity)
    seated = [row for row in rows if row["step"] in SEATED]
    waiting = [row for row in rows if row["step"] == "waitlisted"]
    found = {
        f"oversold: {len(seated)} of {one['capacity']}": len(seated) > one["capacity"],
        f"seats counted {one['taken']}, held {len(seated)}": one["taken"] != len(seated),
        f"waiting counted {one['waiting']}, there {len(waiting)}": one["waiting"] != len(waiting),
        "a seat is lost: free while somebody waits": bool(waiting) and len(seated) < one["capacity"],
        "queue jumped: somebody waits before one who sits": bool(waiting and seated)
        and waiting[0]["place_no"] < seated[-1]["place_no"],
        "place numbers repeat": len({row["place_no"] for row in rows}) != len(rows),
    }
    return [fault for fault, holds in found.items() if holds]


async def journal_of(world: World, event: str, activity: str) -> int:
    async with world.service.db.connection() as connection:
        sql = "SELECT count(*) FROM events.journal WHERE district = $1 AND event = $2 AND data->>'activity' = $3"
        return int(await connection.fetchval(sql, world.district, event, activity))


def person(world: World) -> Principal:
    return Principal(world.district, str(new_id()), "user", (Grant(Role.RESIDENT, "0001"),))


async def sign_up(world: World, activity: Any, who: Principal) -> Any:
    async with world.service.work(who) as work:

        async def run() -> UUID:
            row, _ = await registrations.sign_up(work, activity, SignUp())
            registered: UUID = row["id"]
            return registered

        return await work.once(run, _never)


async def insist(call: Callable[[], Awaitable[Any]]) -> Any:
    """As an app does: 409 `request_in_progress` and `conflict` say that trying again helps."""
    for _ in range(50):
        try:
            return await call()
        except LinliError as refused:
            if refused.code not in ("request_in_progress", "conflict"):
                raise
        await asyncio.sleep(0.02)
    raise AssertionError("never got through")


async def cancel(world: World, registration: Any, who: Principal) -> None:
    async with world.service.work(who) as work:
        await work.once(lambda: registrations.move(work, registration, "cancel", Note()), _never)


async def _never(_: Any) -> Any:
    raise AssertionError("nothing is repeated here")


async def bounded(calls: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
    gate = asyncio.Semaphore(CONCURRENCY)

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))


async def connected(world: World) -> None:
    """All connections open before anybody starts: connecting takes longer than selling fifty seats."""

    async def touch() -> None:
        async with world.service.db.connection() as connection:
            await connection.execute("SELECT pg_sleep(0.2)")

    await asyncio.gather(*(touch() for _ in range(CONCURRENCY)))
