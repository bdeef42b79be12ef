"""A run that meets a restart of PostgreSQL waits for it instead of leaving its job to the end of the lease."""

import asyncio

import asyncpg
import pytest

from shared.kernel.errors import Unavailable
from shared.runtime import runner
from shared.runtime.jobs import NotNow
from shared.runtime.runner import run_job
from shared.runtime.service import Service
from tests.support.lab import SOON, Lab, Wire, actor, add, open_lab
from tests.support.lab_jobs import claim, due, handler_adding, made, rows


async def test_a_job_that_begins_while_the_database_is_away_runs_when_it_is_back(
    lab: Lab, service: Service, district: str
) -> None:
    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    async with Wire(lab.url) as wire:
        process = open_lab(wire.url)
        handler_adding(process)
        wire.cut()
        running = asyncio.create_task(run_job(process, district, claimed["id"], claimed["attempts"]))
        await asyncio.sleep(0.6)
        wire.mood = "well"
        await running
        await process.close()
    assert await made(lab, district) == 1
    assert await rows(lab, district) == []


async def test_a_failure_is_written_down_once_the_database_is_back(lab: Lab, service: Service, district: str) -> None:
    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    async with Wire(lab.url) as wire:
        process = open_lab(wire.url)

        @process.registry.handles(SOON)
        async def handle(_: object, name: str) -> None:
            wire.cut()
            raise ZeroDivisionError(name)

        running = asyncio.create_task(run_job(process, district, claimed["id"], claimed["attempts"]))
        await asyncio.sleep(0.6)
        wire.mood = "well"
        await running
        await process.close()
    [job] = await rows(lab, district)
    assert job["last_error"] == "ZeroDivisionError"
    assert job["wait"] < 2


async def test_a_database_that_stays_away_leaves_the_job_to_be_rung_again(
    lab: Lab, service: Service, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_PATIENCE_S", 0.3)
    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    async with Wire(lab.url) as wire:
        process = open_lab(wire.url)
        wire.cut()
        with pytest.raises(NotNow):
            await run_job(process, district, claimed["id"], claimed["attempts"])
        await process.close()
    [job] = await rows(lab, district)
    assert (job["attempts"], job["dead_at"]) == (1, None)
    assert job["wait"] > 1


async def test_a_connection_whose_server_died_while_it_was_idle_is_not_used_again(
    lab: Lab, district: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's last words leave asyncpg's protocol in the middle of nowhere until the socket closes."""
    process = open_lab(lab.url, pool_size=1)
    async with process.db.connection() as connection:
        first = await connection.fetchval("SELECT pg_backend_pid()")

    async def refuse(*_: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "fetch", refuse)
        with pytest.raises(Unavailable):
            async with process.work(actor(district)) as work:
                await add(work)
    async with process.db.connection() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") != first
    await process.close()
