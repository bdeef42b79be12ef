"""Jobs on real servers: a due job runs, in its order, once in effect, and no trouble loses it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.runtime import queue_statements as q
from shared.runtime.db import Row, fetch_all, fetch_one
from shared.runtime.dispatcher import dispatch_once
from shared.runtime.jobs import LEASE_MARGIN_S, TIMEOUTS_S, Job, JobKind, Permanent, Run
from shared.runtime.queue import QUEUE_ROOM, Doorbell, DoorbellError
from shared.runtime.runner import run_job
from shared.runtime.service import Service
from tests.support.doorbells import ThrowAway, throw_away_valkey
from tests.support.lab import SCHEMA, SOON, Lab, actor, add, open_lab
from tests.support.world import fresh_district

STATEMENTS = q.of(SCHEMA)
LOCAL_LEASE_S = TIMEOUTS_S["local"] + LEASE_MARGIN_S


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[ThrowAway]:
    async with throw_away_valkey(tmp_path) as made:
        yield made


@pytest.fixture
async def service(lab: Lab) -> AsyncIterator[Service]:
    """A process with no handlers yet; other tests' jobs are out of its way."""
    await lab.run("DELETE FROM lab.jobs")
    made = open_lab(lab.url)
    yield made
    await made.close()


@pytest.fixture
async def bell(valkey: ThrowAway) -> AsyncIterator[Doorbell]:
    made = Doorbell("lab", valkey.url)
    yield made
    await made.close()


async def due(service: Service, district: str, *jobs: Job) -> None:
    async with service.work(actor(district)) as work:
        await add(work, f"with jobs {time.perf_counter_ns()}", jobs=jobs)


async def rows(lab: Lab, district: str) -> list[Any]:
    return await lab.run(
        "SELECT *, extract(epoch FROM due_at - now()) AS wait FROM lab.jobs WHERE district = $1 ORDER BY id", district
    )


async def claim(service: Service, district: str, limit: int = 100) -> list[Row]:
    async with service.db.connection() as connection:
        return await fetch_all(
            connection, STATEMENTS.claim, district=district, queue="local", limit=limit, lease_s=LOCAL_LEASE_S
        )


async def at_once(lab: Lab, district: str) -> None:
    """The lease or the wait is over."""
    await lab.run("UPDATE lab.jobs SET due_at = now() WHERE district = $1 AND dead_at IS NULL", district)


async def run_all(service: Service, district: str) -> int:
    claimed = await claim(service, district)
    for row in claimed:
        await run_job(service, district, row["id"], row["attempts"])
    return len(claimed)


def handler_adding(service: Service, kind: JobKind = SOON) -> list[str]:
    """A handler whose effect is one row; the list fills with what ran."""
    ran: list[str] = []

    @service.registry.handles(kind)
    async def handle(run: Run, name: str) -> None:
        ran.append(name)
        async with run.work() as work:
            await add(work, f"made by {name}")

    return ran


async def made(lab: Lab, district: str) -> int:
    return await lab.count("things", district, "name LIKE 'made by%'")


# --- the dispatcher --------------------------------------------------------------------------------------------------


async def test_a_due_job_is_claimed_leased_and_rung(lab: Lab, service: Service, bell: Doorbell, district: str) -> None:
    await due(service, district, SOON.of(name="a"), SOON.of(name="later", due_at=datetime.now(UTC) + timedelta(hours=1)))
    assert await dispatch_once(service, bell) == 1
    now, later = await rows(lab, district)
    assert (now["attempts"], later["attempts"]) == (1, 0)
    assert now["wait"] == pytest.approx(LOCAL_LEASE_S, abs=1)
    assert await bell.room("local") == QUEUE_ROOM - 1
    assert await dispatch_once(service, bell) == 0  # leased
    await lab.run("UPDATE lab.jobs SET due_at = now() WHERE id = $1", now["id"])
    assert await dispatch_once(service, bell) == 1
    assert (await rows(lab, district))[0]["attempts"] == 2
    assert await bell.room("local") == QUEUE_ROOM - 2  # the attempt is in the arq id


async def test_two_dispatchers_never_claim_the_same_job(lab: Lab, service: Service, bell: Doorbell, district: str) -> None:
    await due(service, district, *(SOON.of(name=str(n)) for n in range(40)))
    other = open_lab(lab.url)
    rung = await asyncio.gather(*(dispatch_once(each, bell) for each in (service, other) * 3))
    await other.close()
    assert sum(rung) == 40
    assert {row["attempts"] for row in await rows(lab, district)} == {1}


async def test_a_backlog_waits_in_the_database(lab: Lab, service: Service, bell: Doorbell, district: str) -> None:
    await due(service, district, *(SOON.of(name=str(n)) for n in range(200)))
    assert await dispatch_once(service, bell) == QUEUE_ROOM
    assert await dispatch_once(service, bell) == 0
    assert [row["attempts"] for row in await rows(lab, district)].count(0) == 200 - QUEUE_ROOM


async def test_a_districts_backlog_does_not_keep_another_waiting(lab: Lab, service: Service, bell: Doorbell) -> None:
    crowded, quiet = sorted([fresh_district(), fresh_district()])
    await due(service, crowded, *(SOON.of(name=str(n)) for n in range(200)))
    await due(service, quiet, SOON.of(name="a"))
    await dispatch_once(service, bell)
    assert (await rows(lab, quiet))[0]["attempts"] == 1


async def test_a_dead_valkey_costs_no_attempt(
    lab: Lab, service: Service, bell: Doorbell, valkey: ThrowAway, district: str
) -> None:
    await due(service, district, SOON.of(name="a"))
    valkey.signal(signal.SIGKILL)
    for _ in range(3):
        with pytest.raises(DoorbellError):
            await dispatch_once(service, bell)
    [job] = await rows(lab, district)
    assert (job["attempts"], job["wait"] <= 0) == (0, True)


async def test_a_hung_valkey_holds_nobody_up(
    lab: Lab, service: Service, bell: Doorbell, valkey: ThrowAway, district: str
) -> None:
    await due(service, district, SOON.of(name="a"))
    await bell.room("local")
    valkey.signal(signal.SIGSTOP)
    began = time.perf_counter()
    with pytest.raises(DoorbellError):
        await dispatch_once(service, bell)
    assert time.perf_counter() - began < 3
    assert [row["attempts"] for row in await rows(lab, district)] == [0]
    valkey.signal(signal.SIGCONT)
    assert await dispatch_once(service, bell) == 1


async def test_a_valkey_that_dies_between_claim_and_ring_gives_the_claim_back(
    lab: Lab, service: Service, bell: Doorbell, valkey: ThrowAway, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(service, district, SOON.of(name="a"), SOON.of(name="b"))
    ring = bell.ring

    async def dying(*args: Any) -> None:
        valkey.signal(signal.SIGKILL)
        await valkey.process.wait()
        await ring(*args)

    monkeypatch.setattr(bell, "ring", dying)
    with pytest.raises(DoorbellError):
        await dispatch_once(service, bell)
    assert [(row["attempts"], row["wait"] < 1) for row in await rows(lab, district)] == [(0, True), (0, True)]


async def test_a_worker_listens_and_an_emptied_valkey_loses_nothing(
    lab: Lab, service: Service, bell: Doorbell, valkey: ThrowAway, district: str
) -> None:
    ran = handler_adding(service)
    await due(service, district, SOON.of(name="a"))
    assert await dispatch_once(service, bell) == 1
    await valkey.empty()
    await at_once(lab, district)

    async def runner(district: str, job_id: UUID, attempt: int) -> None:
        await run_job(service, district, job_id, attempt)

    listener = bell.listener("local", 5, runner)
    listening = asyncio.create_task(listener.async_run())
    assert await dispatch_once(service, bell) == 1
    async with asyncio.timeout(5):
        while await rows(lab, district):
            await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.wait([listening])
    assert (ran, await made(lab, district)) == (["a"], 1)


# --- order -----------------------------------------------------------------------------------------------------------


async def test_of_one_key_only_the_head_is_claimed(lab: Lab, service: Service, district: str) -> None:
    ran = handler_adding(service)
    await due(service, district, SOON.of(order=("k", 3), name="k3"), SOON.of(order=("k", 1), name="k1"))
    await due(service, district, SOON.of(order=("k", 2), name="k2"), SOON.of(order=("l", 7), name="l7"))
    assert await run_all(service, district) == 2
    assert sorted(ran) == ["k1", "l7"]
    assert await run_all(service, district) == 1
    assert await run_all(service, district) == 1
    assert [name for name in ran if name != "l7"] == ["k1", "k2", "k3"]
    assert await run_all(service, district) == 0


async def test_a_head_that_waits_holds_its_key(lab: Lab, service: Service, district: str) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    await due(service, district, SOON.of(order=("k", 1), name="k1", due_at=later), SOON.of(order=("k", 2), name="k2"))
    assert await claim(service, district) == []


async def test_a_dead_head_holds_its_key_until_it_is_revived(lab: Lab, service: Service, district: str) -> None:
    broken = True
    ran: list[str] = []

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
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
        [dead] = await fetch_all(connection, STATEMENTS.dead, district=district, limit=10)
        assert dead["id"] == head["id"]
        assert await fetch_one(connection, STATEMENTS.revive, district=district, id=head["id"]) is not None
        assert await fetch_one(connection, STATEMENTS.revive, district=district, id=head["id"]) is None
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
            raise TimeoutError

    await due(service, district, SOON.of(name="a"))
    assert await run_all(service, district) == 1
    assert await made(lab, district) == 0
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"], job["dead_at"]) == (1, "TimeoutError", None)
    assert 0.5 < job["wait"] < 1.5  # base 1 s, ±25 %


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
    async def handle(run: Run, name: str) -> None:
        raise ValueError(f"the phone of {name} is 10000000001")

    await due(service, district, poison.of(name="张三"))
    for _ in range(5):
        await at_once(lab, district)
        await run_all(service, district)
    [job] = await rows(lab, district)
    assert (job["attempts"], job["last_error"]) == (3, "ValueError")
    assert job["dead_at"] is not None
    assert await claim(service, district) == []


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
    async def handle(run: Run, name: str) -> None:
        return

    await due(service, district, SOON.of(name="a"))
    await run_all(service, district)
    assert await rows(lab, district) == []


def test_waits_double_up_to_the_cap() -> None:
    kind = JobKind("lab.thing.slow", base_s=2, cap_s=60)
    waits = [kind.wait(attempt).total_seconds() for attempt in range(1, 9)]
    assert all(0.75 * w <= got <= 1.25 * w for w, got in zip([2, 4, 8, 16, 32, 60, 60, 60], waits, strict=True))
