"""Seats under fire: thousands of sign-ups, cancellations and promotions at once, on a real PostgreSQL.

`faults` is the one checker; a naive way of signing up must fail it, so that we know that it can fail.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
import pytest

from services.events.activities import service as activities
from services.events.registrations import service as registrations
from services.events.registrations.inputs import Note, SignUp
from services.events.registrations.workflow import SEATED
from shared.kernel.errors import LinliError
from shared.kernel.rights import Grant, Principal, Role
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
        return await work.once(lambda: registrations.sign_up(work, activity, SignUp()), _never)


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


@pytest.fixture(autouse=True)
async def _enough_connections(world: World) -> None:
    """All of them open before anybody starts: connecting takes longer than selling fifty seats."""

    async def touch() -> None:
        async with world.service.db.connection() as connection:
            await connection.execute("SELECT pg_sleep(0.2)")

    await asyncio.gather(*(touch() for _ in range(CONCURRENCY)))


async def test_two_thousand_tries_for_fifty_seats(world: World) -> None:
    activity = await world.opened(capacity=50)
    people = [person(world) for _ in range(2000)]
    began = time.perf_counter()
    await bounded((lambda who=who: sign_up(world, activity, who)) for who in people)
    rate = 2000 / (time.perf_counter() - began)
    print(f"\nsign-ups per second: {rate:.0f}")

    assert await faults(world, activity) == []
    one, rows = await rows_of(world, activity)
    assert [row["step"] for row in rows] == ["registered"] * 50 + ["waitlisted"] * 1950
    assert [row["place_no"] for row in rows] == list(range(1, 2001))
    assert (one["taken"], one["waiting"]) == (50, 1950)
    assert await journal_of(world, "registration.sign_up", activity) == 2000
    assert rate > 150


async def test_the_checker_finds_a_naive_way_out(world: World) -> None:
    """Count, then insert: what everybody writes first."""
    activity = await world.opened(capacity=50)

    async def naive(who: Principal) -> None:
        async with world.service.db.connection() as connection:
            taken = await connection.fetchval(
                "SELECT count(*) FROM events.registrations "
                "WHERE district = $1 AND activity_id = $2 AND step = 'registered'",
                world.district,
                activity,
            )
            await connection.execute(
                "INSERT INTO events.registrations (district, id, activity_id, person, step, place_no) "
                "VALUES ($1, $2, $3, $4, $5, nextval('naive'))",
                world.district,
                new_id(),
                activity,
                who.id,
                "registered" if taken < 50 else "waitlisted",
            )

    owner = await _owner(world)
    try:
        await owner.execute("CREATE SEQUENCE naive; GRANT USAGE ON SEQUENCE naive TO PUBLIC")
        await bounded((lambda: naive(person(world))) for _ in range(2000))
        found = await faults(world, activity)
        print(f"\nnaive: {found}")
        assert any(fault.startswith("oversold") for fault in found)
    finally:
        await owner.execute("DROP SEQUENCE IF EXISTS naive")
        await owner.close()


async def _owner(world: World) -> Any:
    return await asyncpg.connect(world.owner_url)


async def test_cancelling_and_moving_up_while_people_sign_up(world: World) -> None:
    activity = await world.opened(capacity=100)
    chance = random.Random(7)
    moving = True

    gate = asyncio.Semaphore(CONCURRENCY - 4)
    retried: list[str] = []

    async def insist(call: Callable[[], Awaitable[Any]]) -> Any:
        """As an app does: 409 `request_in_progress` and `conflict` say that trying again helps."""
        for _ in range(50):
            try:
                async with gate:
                    return await call()
            except LinliError as refused:
                assert refused.code in ("request_in_progress", "conflict"), refused
                retried.append(refused.code)
                await asyncio.sleep(0.02)
        raise AssertionError("never got through")

    async def come_and_go(who: Principal) -> str:
        """Comes within a second, and six of ten go again within the next one."""
        await asyncio.sleep(chance.random())
        registration = await insist(lambda: sign_up(world, activity, who))
        if chance.random() > 0.6:
            return "stayed"
        await asyncio.sleep(chance.random())
        await insist(lambda: cancel(world, registration, who))
        return "went"

    async def watch() -> int:
        """The database itself must never show more seats held than there are."""
        worst = 0
        sql = "SELECT count(*) FROM events.registrations WHERE district = $1 AND activity_id = $2 AND step = ANY($3)"
        while moving:
            async with world.service.db.connection() as connection:
                worst = max(worst, await connection.fetchval(sql, world.district, activity, list(SEATED)))
            await asyncio.sleep(0.01)
        return worst

    async def work() -> None:
        while moving:
            await world.run()
            await asyncio.sleep(0.005)

    watcher, workers = asyncio.create_task(watch()), [asyncio.create_task(work()) for _ in range(3)]
    outcomes = await asyncio.gather(*(come_and_go(person(world)) for _ in range(1000)))
    moving = False
    worst = await watcher
    await asyncio.gather(*workers)
    while await world.run():
        pass

    assert await faults(world, activity) == []
    assert worst <= 100
    one, rows = await rows_of(world, activity)
    gone = [row for row in rows if row["step"] == "cancelled"]
    assert len(gone) == outcomes.count("went") == await journal_of(world, "registration.cancel", activity)
    stayed = [row["step"] for row in rows if row["step"] != "cancelled"]
    assert stayed == ["registered"] * 100 + ["waitlisted"] * (len(stayed) - 100), "those who came first sit"
    promoted = await journal_of(world, "registration.promote", activity)
    async with world.service.db.connection() as connection:
        told = await connection.fetchval("SELECT count(*) FROM events.notices WHERE district = $1", world.district)
    print(
        f"\n{outcomes.count('went')} went, {promoted} moved up, most seats seen taken: {worst}, retried {len(retried)}"
    )
    assert promoted == told > 0
    assert one["taken"] == 100


async def test_one_person_never_holds_two_seats(world: World) -> None:
    activity, who = await world.opened(capacity=5), person(world)

    async def once() -> str:
        try:
            await sign_up(world, activity, who)
        except LinliError as refused:
            return refused.code
        return "in"

    outcomes = await bounded([once] * 50)
    assert outcomes.count("in") == 1
    assert set(outcomes) == {"in", "already_done"}
    assert await faults(world, activity) == []
    one, _ = await rows_of(world, activity)
    assert one["taken"] == 1


async def test_fifty_of_the_same_request_are_one(world: World) -> None:
    activity, who, key = await world.opened(capacity=5), world.resident(), str(new_id())
    path = f"/activities/{activity}/registrations"
    answers = await asyncio.gather(*(world.post(who, path, {"note": "一次"}, key=key) for _ in range(50)))
    good = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in good}) == 1
    one, rows = await rows_of(world, activity)
    assert len(rows) == one["taken"] == 1
    assert await journal_of(world, "registration.sign_up", activity) == 1
    again = await world.post(who, path, {"note": "一次"}, key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    other = await world.post(who, path, {"note": "另一次"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_more_seats_are_given_to_the_head_and_fewer_are_refused(world: World) -> None:
    activity = await world.opened(capacity=2)
    for _ in range(5):
        await world.signed_up(activity)
    low = await world.post(world.staff, f"/activities/{activity}/edit", {"capacity": 1})
    assert (low.status_code, low.json()["code"], low.json()["taken"]) == (409, "capacity_too_low", 2)
    more = await world.post(world.staff, f"/activities/{activity}/edit", {"capacity": 4})
    assert more.status_code == 200, more.text
    late = await world.signed_up(activity)
    assert (late["step"], late["position"]) == ("waitlisted", 4), "a free seat is the head's, not the latest comer's"
    await world.run()
    assert await faults(world, activity) == []
    _, rows = await rows_of(world, activity)
    assert [row["step"] for row in rows] == ["registered"] * 4 + ["waitlisted"] * 2


async def test_capacity_against_sign_ups_of_the_same_moment(world: World) -> None:
    activity = await world.opened(capacity=60)

    async def lower() -> int:
        await asyncio.sleep(0.05)
        answer = await world.post(world.staff, f"/activities/{activity}/edit", {"capacity": 30})
        return answer.status_code

    people = [person(world) for _ in range(200)]
    status, *_ = await asyncio.gather(
        lower(), bounded((lambda who=who: sign_up(world, activity, who)) for who in people)
    )
    assert status in (200, 409)
    await world.run()
    assert await faults(world, activity) == []
    one, _ = await rows_of(world, activity)
    assert one["taken"] == one["capacity"] == (30 if status == 200 else 60)


async def test_called_off_releases_and_tells_everybody(world: World) -> None:
    activity = await world.opened(capacity=30)
    people = [person(world) for _ in range(45)]
    for who in people:
        await sign_up(world, activity, who)
    off = await world.post(world.staff, f"/activities/{activity}/cancel", {"reason": "暴雨预警"})
    assert off.json()["step"] == "cancelled"
    while await world.run():
        pass
    one, rows = await rows_of(world, activity)
    assert {row["step"] for row in rows} == {"cancelled"}
    assert (one["taken"], one["waiting"]) == (0, 0)
    async with world.service.db.connection() as connection:
        told = await connection.fetch("SELECT person FROM events.notices WHERE district = $1", world.district)
    assert sorted(row["person"] for row in told) == sorted(who.id for who in people)
    with pytest.raises(LinliError, match="Sign-up is not open"):
        await sign_up(world, activity, person(world))


async def test_a_hold_keeps_the_seats_still(world: World) -> None:
    """Whoever waits for the row too long is told to retry; nothing is half done."""
    activity = await world.opened(capacity=1)
    async with world.service.work(world.service.job_principal(world.district, "test")) as work:
        await activities.hold(work, activity)  # type: ignore[arg-type]
        with pytest.raises(LinliError) as refused:
            await sign_up(world, activity, person(world))
        assert refused.value.code == "request_in_progress"
    await sign_up(world, activity, person(world))
    assert await faults(world, activity) == []
