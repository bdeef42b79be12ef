"""What tests of jobs do with the lab's jobs: make some, claim them, run them, look at what became of them."""

import time
from typing import Any

from shared.runtime import queue_statements as q
from shared.runtime.db import Row, fetch_all
from shared.runtime.jobs import LEASE_MARGIN_S, TIMEOUTS_S, Job, JobKind, Run
from shared.runtime.runner import run_job
from shared.runtime.service import Service
from tests.support.lab import SCHEMA, SOON, Lab, actor, add

STATEMENTS = q.of(SCHEMA)
LOCAL_LEASE_S = TIMEOUTS_S["local"] + LEASE_MARGIN_S


async def due(service: Service, district: str, *jobs: Job) -> None:
    async with service.work(actor(district)) as work:
        await add(work, f"with jobs {time.perf_counter_ns()}", jobs=jobs)


async def rows(lab: Lab, district: str) -> list[Any]:
    return await lab.run(
        "SELECT *, extract(epoch FROM due_at - now())::float AS wait FROM lab.jobs WHERE district = $1 ORDER BY id",
        district,
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
