"""Seats under fire: thousands of sign-ups at once, on a real PostgreSQL.

`faults` is the one checker; a naive way of signing up must fail it, so that we know that it can fail.
"""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

from services.events.activities import service as activities
from shared.kernel.errors import LinliError
from shared.kernel.rights import Principal
from shared.runtime.ids import new_id
from tests.events.conftest import World
from tests.events.seats import bounded, connected, faults, insist, journal_of, person, rows_of, sign_up


@pytest.fixture(autouse=True)
async def _enough_connections(world: World) -> None:
    await connected(world)


async def test_two_thousand_tries_for_fifty_seats(world: World) -> None:
    activity = await world.opened(capacity=50)
    people = [person(world) for _ in range(2000)]
    await bounded(partial(insist, partial(sign_up, world, activity, who)) for who in people)
    assert await faults(world, activity) == []
    one, rows = await rows_of(world, activity)
    assert [row["step"] for row in rows] == ["registered"] * 50 + ["waitlisted"] * 1950
    assert [row["place_no"] for row in rows] == list(range(1, 2001))
    assert (one["taken"], one["waiting"]) == (50, 1950)
    assert await journal_of(world, "registration.sign_up", activity) == 2000


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
        print(f"\nnaive: {found}")  # noqa: T201 - shown with -s
        assert any(fault.startswith("oversold") for fault in found)
    finally:
        await owner.execute("DROP SEQUENCE IF EXISTS naive")
        await owner.close()


async def _owner(world: World) -> Any:
    return await asyncpg.connect(world.owner_url)


async def test_one_person_never_holds_two_seats(world: World) -> None:
    activity, who = await world.opened(capacity=5), person(world)

    async def once() -> str:
        try:
            await insist(partial(sign_up, world, activity, who))
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
    await world.settle()
    assert await faults(world, activity) == []
    _, rows = await rows_of(world, activity)
    assert [row["step"] for row in rows] == ["registered"] * 4 + ["waitlisted"] * 2


async def test_putting_it_off_gives_the_seats_that_nobody_could_be_given(world: World) -> None:
    activity, first = await world.opened(capacity=1), world.resident()
    seated = await world.signed_up(activity, first)
    await world.signed_up(activity)
    async with world.service.db.connection() as connection:
        sql = "UPDATE events.jobs SET due_at = now() + interval '1 hour' WHERE district = $1"
        await connection.execute(sql, world.district)  # the clock's own turn is late
    await world.post(first, f"/registrations/{seated['id']}/cancel")
    start = world.now - timedelta(minutes=1)
    await world.shift(activity, starts_at=start, signup_until=start)
    await world.run()
    assert await faults(world, activity) == ["a seat is lost: free while somebody waits"], (
        "nobody moves up after the start"
    )
    later = {"starts_at": (world.now + timedelta(minutes=30)).isoformat()}
    assert (await world.post(world.staff, f"/activities/{activity}/edit", later)).status_code == 200
    await world.run()
    assert await faults(world, activity) == []


async def test_capacity_against_sign_ups_of_the_same_moment(world: World) -> None:
    activity = await world.opened(capacity=60)

    async def lower() -> int:
        await asyncio.sleep(0.05)
        answer = await world.post(world.staff, f"/activities/{activity}/edit", {"capacity": 30})
        return answer.status_code

    people = [person(world) for _ in range(200)]
    status, *_ = await asyncio.gather(
        lower(), bounded(partial(insist, partial(sign_up, world, activity, who)) for who in people)
    )
    assert status in (200, 409)
    await world.settle()
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
    await world.settle()
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
