"""The dispatcher on real servers: what is due is rung, and no trouble with Valkey loses or spends anything."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.runtime.dispatcher import dispatch_once
from shared.runtime.jobs import JobKind
from shared.runtime.queue import QUEUE_ROOM, Doorbell, DoorbellError
from shared.runtime.runner import run_job
from shared.runtime.service import Service
from tests.support.doorbells import ThrowAway, throw_away_valkey
from tests.support.lab import SOON, Lab, open_lab
from tests.support.lab_jobs import LOCAL_LEASE_S, STATEMENTS, at_once, due, handler_adding, made, rows
from tests.support.plans import rows_read
from tests.support.world import fresh_district


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[ThrowAway]:
    async with throw_away_valkey(tmp_path) as running:
        yield running


@pytest.fixture
async def bell(valkey: ThrowAway) -> AsyncIterator[Doorbell]:
    opened = Doorbell("lab", valkey.url)
    yield opened
    await opened.close()


async def test_a_due_job_is_claimed_leased_and_rung(lab: Lab, service: Service, bell: Doorbell, district: str) -> None:
    await due(
        service, district, SOON.of(name="a"), SOON.of(name="later", due_at=datetime.now(UTC) + timedelta(hours=1))
    )
    assert await dispatch_once(service, bell) == 1
    now, later = await rows(lab, district)
    assert (now["attempts"], later["attempts"]) == (1, 0)
    assert 0 < now["wait"] <= LOCAL_LEASE_S
    assert await bell.room("local") == QUEUE_ROOM - 1
    assert await dispatch_once(service, bell) == 0  # leased
    await lab.run("UPDATE lab.jobs SET due_at = now() WHERE id = $1", now["id"])
    assert await dispatch_once(service, bell) == 1
    assert (await rows(lab, district))[0]["attempts"] == 2
    assert await bell.room("local") == QUEUE_ROOM - 2  # the attempt is in the arq id


async def test_two_dispatchers_never_claim_the_same_job(
    lab: Lab, service: Service, bell: Doorbell, district: str
) -> None:
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


async def test_a_backlog_of_one_class_of_jobs_is_not_read_over_for_another(
    lab: Lab, service: Service, district: str
) -> None:
    await due(service, district, *(SOON.of(name=str(n)) for n in range(2000)))
    values = {"district": district, "queue": "remote", "limit": 10, "lease_s": 1.0}
    for statement in (STATEMENTS.due.bind({}), STATEMENTS.claim.bind(values)):
        sql, given = statement
        found = json.loads((await lab.run(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given))[0][0])
        assert rows_read(found[0]["Plan"], "jobs") < 500


async def test_a_job_of_a_newer_version_waits_for_it(lab: Lab, service: Service, bell: Doorbell, district: str) -> None:
    await due(service, district, JobKind("lab.thing.new", queue="overnight").of(), SOON.of(name="a"))
    assert await dispatch_once(service, bell) == 1
    assert {row["queue"]: row["attempts"] for row in await rows(lab, district)} == {"overnight": 0, "local": 1}


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
    async with asyncio.timeout(30):  # without a deadline of its own it would wait for ever
        with pytest.raises(DoorbellError):
            await dispatch_once(service, bell)
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
    async with asyncio.timeout(30):
        while await rows(lab, district):  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.wait([listening])
    assert (ran, await made(lab, district)) == (["a"], 1)
