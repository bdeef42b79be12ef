"""`python -m tests.benchmarks.workbooks`: 50,000 households from one XLSX, either way, with time and peak memory.

A throw-away, durable PostgreSQL of its own. Each step is one process as a worker is one, so that its memory is what a
worker needs; meanwhile somebody else asks for the district's lock all the time, as every write of a path does.
ROWS=… takes another number of them.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import click
import psutil
import pytest

from migrations import run as migrations
from services.commands import service_urls
from services.hierarchy.main import open_hierarchy
from services.hierarchy.places import service as places
from services.hierarchy.places.loading import import_places
from services.hierarchy.places.tree import Given
from services.hierarchy.workbooks import service as workbooks
from services.hierarchy.workbooks.inputs import ImportForm
from services.hierarchy.workbooks.rules import Kind, Mode
from services.local.servers import embedded_servers
from shared.kernel.errors import RequestInProgress
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from tests.benchmarks.machine import describe
from tests.benchmarks.plan import HERE
from tests.hierarchy.large_book import home, large
from tests.support.world import environment

_DISTRICT = "999998"
_OPERATOR = Principal(_DISTRICT, str(UUID(int=1)), "user", (Grant(Role.OPERATOR, ROOT),))
_WORKER = """
import asyncio, sys
from services.hierarchy.main import open_hierarchy
from services.hierarchy.workbooks import jobs
from tests.support.steps import run_due

asyncio.run(run_due(open_hierarchy(), sys.argv[1], rounds=200))
"""


async def _town(service: Service, rows: int) -> None:
    community, building = f"{_DISTRICT}100001", f"{_DISTRICT}100001-B01"
    above = [
        Given(0, _DISTRICT, "示例区", "district", None),
        Given(0, f"{_DISTRICT}100", "示例街道", "street", _DISTRICT),
        Given(0, community, "甲社区", "community", f"{_DISTRICT}100"),
        Given(0, building, "1号楼", "building", community),
    ]
    homes = (Given(n, home(_DISTRICT, n), f"{n}号", "household", building) for n in range(1, rows + 1))
    async with service.work(_OPERATOR) as work:
        await import_places(work, [*above, *homes])


async def _worked(service: Service) -> dict[str, Any]:
    """All that is due, in a process of its own: seconds, peak memory, and how long others waited for the district."""
    waited: list[float] = []
    refused, peak, began = 0, 0, time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _WORKER, _DISTRICT)
    watched = psutil.Process(process.pid)
    while process.returncode is None:
        peak = max(peak, sum(_resident(one) for one in _family(watched)))
        asked = time.perf_counter()
        try:
            async with service.work(_OPERATOR) as work:
                await work.begin()
                await places.lock(work)
        except RequestInProgress:
            refused += 1
        waited.append(time.perf_counter() - asked)
        await asyncio.sleep(0.02)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": round(peak / 2**20),
        "longest_wait_ms": round(max(waited) * 1e3),
        "refused": refused,
    }


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:  # it has just ended
        return []


def _resident(process: psutil.Process) -> int:
    try:
        resident: int = process.memory_info().rss
    except psutil.Error:
        return 0
    return resident


async def _steps(service: Service, mode: Mode, content: bytes) -> list[dict[str, Any]]:
    form, steps = ImportForm(kind=Kind.HOUSEHOLDS, mode=mode, place=f"{_DISTRICT}100001"), []
    async with service.work(_OPERATOR) as work:
        made = await workbooks.receive(work, service.vault, form, "book.xlsx", content)
    for what in ("check", "apply"):
        if what == "apply":
            async with service.work(_OPERATOR) as work:
                await workbooks.move(work, made, "confirm")
        done = await _worked(service)
        async with service.work(_OPERATOR) as work:
            shown = await workbooks.whole(work, service.vault, made)
        counts = {name: getattr(shown, name) for name in ("step", "wrong", "added", "unchanged")}
        steps.append({"mode": mode.value, "what": what, **done, **counts})
        click.echo(f"  {steps[-1]}")
    return steps


async def run(rows: int) -> dict[str, Any]:
    """Both ways, each with the same book again: then nothing changes."""
    async with AsyncExitStack() as closing:
        servers = await closing.enter_async_context(embedded_servers())
        urls = service_urls(servers.database_url, lambda _: None)
        await migrations.upgrade(servers.database_url, urls)
        patch = closing.enter_context(pytest.MonkeyPatch.context())
        for name, value in environment(urls, servers.redis_url).items():
            patch.setenv(name, value)
        service = open_hierarchy()
        closing.push_async_callback(service.close)
        await _town(service, rows)
        result: dict[str, Any] = {
            "machine": await describe(HERE),
            "load": os.getloadavg()[0],
            "rows": rows,
            "steps": [],
        }
        for mode, every in ((Mode.VALID_ROWS, 100), (Mode.ALL_OR_NOTHING, rows + 1), (Mode.ALL_OR_NOTHING, rows + 1)):
            content, planted = large(_DISTRICT, rows, every)
            click.echo(f"{rows:,} rows, {len(planted)} of them wrong, {len(content) / 2**20:.1f} MB, {mode}")
            result["steps"] += await _steps(service, mode, content)
            if mode is Mode.VALID_ROWS:
                await _emptied(servers.database_url)
        return result


async def _emptied(owner: str) -> None:
    import asyncpg  # noqa: PLC0415 - the owner's connection, which no service has

    connection = await asyncpg.connect(owner)
    tables = ("people", "households", "household_members", "household_tags")
    await connection.execute("TRUNCATE " + ", ".join(f"hierarchy.{table}" for table in tables))
    await connection.close()


@click.command(help=__doc__)
def main() -> None:
    result = asyncio.run(run(int(os.environ.get("ROWS", "50000"))))
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "workbooks.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    click.echo(f"written: {folder / 'workbooks.json'}")


if __name__ == "__main__":
    main()
