"""Jobs on a real database: a due job runs, in its order, once in effect, and dies visibly if it must."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.db import Row, Statement, fetch_one
from shared.runtime.jobs import TIMEOUTS_S, JobKind, Permanent, Run
from shared.runtime.queue_statements import revival
from shared.runtime.runner import LOST, run_job
from shared.runtime.service import Service
from tests.support.lab import SCHEMA, SOON, Lab, add
from tests.support.lab_jobs import at_once, claim, due, handler_adding, made, rows, run_all

# --- order -----------------------------------------------------------------------------------------------------------


async def test_of_one_key_only_the_head_is_claimed(service: Service, district: str) -> None:
    ran = handler_adding(service)
    await due(service, district, SOON.of(order=("k", 3), name="k3"), SOON.of(order=("k", 1), name="k1"))
    await due(service, district, SOON.of(order=("k", 2), name="k2"), SOON.of(order=("l", 7), name="l7"))
    assert await run_all(service, district) == 2
    assert sorted(ran) == ["k1", "l7"]
    assert await run_all(service, district) == 1
    assert await run_all(service, district) == 1
    assert [name for name in ran if name != "l7"] == ["k1", "k2", "k3"]
    assert await run_all(service, district) == 0


async def test_a_head_that_waits_holds_its_key(service: Service, district: str) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await due(service, district, SOON.of(order=("k", 1), name="k1", due_at=later), SOON.of(order=("k", 2), name="k2"))
    assert await claim(service, district) == []


async def test_a_dead_head_holds_its_key_until_it_is_revived(lab: Lab, service: Service, district: str) -> None:
    broken = True
    ran: list[str] = []

    @service.registry.handles(SOON)
    async def handle(_: Run, name: str) -> None:
        if broken:
            raise Permanent("not today")
        ran.append(name)

    await due(service, district, SOON.of(order=("k", 1), name="k1"), SOON.of(order=("k", 2), name="k2"))
    assert await run_all(service, district) == 1
    head = next(row for row in await rows(lab, district) if row["dead_at"] is not None)
    assert (head["order_seq"], head["last_error"]) == (1, "Permanent not today")
    assert await run_all(service, district) == 0
    broken = False
    async with service.db.connection() as connection:
        assert await fetch_one(connection, Statement(revival(SCHEMA)), district=district, id=head["id"]) is not None
        assert await fetch_one(connection, Statement(revival(SCHEMA)), district=district, id=head["id"]) is None
    assert await run_all(service, district) == 1
    assert await run_all(service, district) == 1
    assert ran == ["k1", "k2"]


# --- one attempt -----------------------------------------------------------------------------------------------------


async def test_two_runs_at_once_have_one_effect(lab: Lab, service: Service, district: str) -> None:
    ready = asyncio.Barrier(2)

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        await ready.wait()
        async with run.work() as work:
            await add(work, f"made by {name} {time.perf_counter_ns()}")

    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    await asyncio.gather(*(run_job(service, district, claimed["id"], claimed["attempts"]) for _ in range(2)))
    assert await made(lab, district) == 1
    assert await rows(lab, district) == []


async def test_a_run_that_a_newer_attempt_overtook_has_no_effect(lab: Lab, service: Service, district: str) -> None:
    claimed: list[Row] = []

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        if run.attempt == 1:  # frozen outside until the lease was over and the job was rung again
            await at_once(lab, district)
            claimed.extend(await claim(service, district))
        async with run.work() as work:
            await add(work, f"made by {name} {run.attempt}")

    await due(service, district, SOON.of(name="a"))
    [first] = await claim(service, district)
    await run_job(service, district, first["id"], 1)
    assert await made(lab, district) == 0
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"]) == (2, None)
    await run_job(service, district, first["id"], 2)
    await run_job(service, district, first["id"], 2)
    assert await made(lab, district) == 1
    assert await rows(lab, district) == []


async def test_a_handler_that_fails_after_its_effect_takes_it_back(lab: Lab, service: Service, district: str) -> None:
    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        async with run.work() as work:
            await add(work, f"made by {name}", jobs=[SOON.of(name="next")])
            raise ZeroDivisionError

    await due(service, district, SOON.of(name="a"))
    assert await run_all(service, district) == 1
    assert await made(lab, district) == 0
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"], job["dead_at"]) == (1, "ZeroDivisionError", None)
    assert -30 < job["wait"] <= 1.25  # base 1 s, ±25 %, and time passes


async def test_a_commit_that_fails_is_the_next_attempt(lab: Lab, service: Service, district: str) -> None:
    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        async with run.work() as work:
            await add(work, f"made by {name}", data={"refuse_commit": True} if run.attempt == 1 else {})

    await due(service, district, SOON.of(name="a"))
    await run_all(service, district)
    assert await made(lab, district) == 0
    assert (await rows(lab, district))[0]["last_error"] == "Unavailable unavailable"
    await at_once(lab, district)
    await run_all(service, district)
    assert await made(lab, district) == 1
    assert await rows(lab, district) == []


async def test_a_poison_job_dies_visibly_and_tells_nobodys_data(lab: Lab, service: Service, district: str) -> None:
    poison = JobKind("lab.thing.poison", attempts=3, base_s=0.01)

    @service.registry.handles(poison)
    async def handle(_: Run, name: str) -> None:
        raise ValueError(f"the phone of {name} is 10000000001")

    await due(service, district, poison.of(name="张三"))
    for _ in range(5):
        await at_once(lab, district)
        await run_all(service, district)
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"]) == (3, "ValueError")
    assert job["dead_at"] is not None
    assert await claim(service, district) == []


async def test_a_job_that_always_takes_its_worker_with_it_is_dead_some_day(
    lab: Lab, service: Service, district: str
) -> None:
    """Out of memory, say: no run of it lives to write down that it failed."""
    ran = handler_adding(service)
    for name, claims in (("a", SOON.attempts + LOST - 1), ("b", SOON.attempts + LOST)):
        await due(service, district, SOON.of(name=name))
        await lab.run("UPDATE lab.jobs SET attempts = $2 WHERE district = $1", district, claims)
        await run_all(service, district)
    assert ran == ["a"]
    [job] = await rows(lab, district)
    assert (job["last_error"], job["dead_at"] is not None) == ("Permanent its runs never come back", True)


async def test_a_job_that_hangs_is_cut_off(
    lab: Lab, service: Service, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TIMEOUTS_S, "local", 0.1)

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        async with run.work() as work:
            await add(work, f"made by {name}")
            await asyncio.sleep(60)

    await due(service, district, SOON.of(name="a"))
    await run_all(service, district)
    assert await made(lab, district) == 0
    assert (await rows(lab, district))[0]["last_error"] == "TimeoutError"


async def test_a_job_that_nobody_knows_is_dead_at_once(lab: Lab, service: Service, district: str) -> None:
    await due(service, district, JobKind("lab.thing.forgotten").of(name="a"))
    assert await run_all(service, district) == 1
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"]) == (1, "Permanent no handler")
    assert job["dead_at"] is not None


async def test_a_job_that_has_nothing_to_do_is_done(lab: Lab, service: Service, district: str) -> None:
    @service.registry.handles(SOON)
    async def handle(_: Run, **_args: str) -> None:
        return

    await due(service, district, SOON.of(name="a"))
    await run_all(service, district)
    assert await rows(lab, district) == []


def test_waits_double_up_to_the_cap() -> None:
    kind = JobKind("lab.thing.slow", base_s=2, cap_s=60)
    waits = [kind.wait(attempt).total_seconds() for attempt in range(1, 9)]
    assert all(0.75 * w <= got <= 1.25 * w for w, got in zip([2, 4, 8, 16, 32, 60, 60, 60], waits, strict=True))
