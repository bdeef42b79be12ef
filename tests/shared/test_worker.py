"""A worker that stops, and one that cannot reach the database, leave no job to the end of its lease."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from shared.runtime import runner, worker
from shared.runtime.db import Row, Statement
from shared.runtime.jobs import LEASE_MARGIN_S, TIMEOUTS_S, Run
from shared.runtime.service import Service
from shared.runtime.worker import working
from tests.support.lab import SOON, Lab, Wire, add, open_lab
from tests.support.lab_jobs import due, handler_adding, made, rows

TIMEOUT_S = 60.0  # so that the end of a lease is no moment that a slow machine reaches by itself
LEASE_S = TIMEOUT_S + LEASE_MARGIN_S
SOONER_S = LEASE_S - 20


@pytest.fixture(autouse=True)
def long_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TIMEOUTS_S, "local", TIMEOUT_S)


async def nothing_left(lab: Lab, district: str) -> None:
    async with asyncio.timeout(LEASE_S + 20):
        while await rows(lab, district):  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.02)


async def test_what_a_stopped_worker_did_not_end_the_next_one_begins_at_once(
    lab: Lab, service: Service, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_GRACE_S", 0.1)
    begun = asyncio.Event()

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(3600)
        async with run.work() as work:
            await add(work, f"made by {name}")

    await due(service, district, SOON.of(name="a"))
    async with working(service):
        await begun.wait()
    again = time.perf_counter()
    async with working(service):
        await nothing_left(lab, district)
    assert time.perf_counter() - again < SOONER_S
    assert await made(lab, district) == 1


async def test_what_runs_may_end_before_the_worker_does(lab: Lab, service: Service, district: str) -> None:
    begun = asyncio.Event()

    @service.registry.handles(SOON)
    async def handle(run: Run, name: str) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        async with run.work() as work:
            await add(work, f"made by {name}")

    await due(service, district, SOON.of(name="a"))
    async with working(service):
        await begun.wait()
    assert await rows(lab, district) == []


async def test_a_run_that_could_not_begin_is_rung_again_before_its_lease_ends(
    lab: Lab, service: Service, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = asyncio.Event()
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Wire(lab.url))
        away = open_lab(wire.url)
        stack.push_async_callback(away.close)
        handler_adding(away)
        load = runner._patiently

        async def first_cut(process: Service, statement: Statement, **values: object) -> Row | None:
            monkeypatch.setattr(runner, "_PATIENCE_S", 30.0 if rung.is_set() else 0.3)
            if not rung.is_set():
                wire.cut()
                rung.set()
            return await load(process, statement, **values)

        monkeypatch.setattr(runner, "_patiently", first_cut)
        await due(service, district, SOON.of(name="a"))
        await stack.enter_async_context(working(away))
        await rung.wait()
        began = time.perf_counter()
        await asyncio.sleep(0.6)
        wire.mood = "well"
        await nothing_left(lab, district)
        assert time.perf_counter() - began < SOONER_S
    assert await made(lab, district) == 1
