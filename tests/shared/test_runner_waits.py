"""A run that meets a restart of PostgreSQL waits for it instead of leaving its job to the end of the lease."""

import asyncio

from shared.runtime.runner import run_job
from shared.runtime.service import Service
from tests.support.lab import SOON, Lab, Wire, open_lab
from tests.support.lab_jobs import claim, due, handler_adding, made, rows


async def test_a_job_that_begins_while_the_database_is_away_runs_when_it_is_back(
    lab: Lab, service: Service, district: str
) -> None:
    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    async with Wire(lab.url) as wire:
        process = open_lab(wire.url, pool_wait_s=0.3)
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
        process = open_lab(wire.url, pool_wait_s=0.3)

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


async def test_a_database_that_stays_away_leaves_the_job_to_its_lease(
    lab: Lab, service: Service, district: str
) -> None:
    await due(service, district, SOON.of(name="a"))
    [claimed] = await claim(service, district)
    async with Wire(lab.url) as wire:
        process = open_lab(wire.url, pool_wait_s=0.3)
        wire.cut()
        async with asyncio.timeout(5):
            await run_job(process, district, claimed["id"], claimed["attempts"])
        await process.close()
    [job] = await rows(lab, district)
    assert (job["attempts"], job["dead_at"]) == (1, None)
    assert job["wait"] > 1
