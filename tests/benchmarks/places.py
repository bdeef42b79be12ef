"""`python -m tests.benchmarks.places`: the places of a province from one CSV, questions about them over HTTP beside
pgbench, and a move of 10,000 of them under load.

A throw-away, durable stack of its own. QUICK=1 takes 60,000 places instead of 660,000. The import runs as the command
`linli places import` in a process of its own, so that its memory is what an operator's machine would need.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click
import psutil
import pytest

from services.hierarchy.main import open_hierarchy
from services.hierarchy.places import service as places
from services.hierarchy.relocation import service as relocation
from services.hierarchy.responsibility import service as responsibility
from services.local.layout import Layout
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from tests.benchmarks.machine import describe
from tests.benchmarks.operations import Measured, Measuring, Operation
from tests.benchmarks.plan import CLIENTS, HERE, Plan
from tests.benchmarks.province import BIG, MOVED, Asked, Askers, appoint, codes, write_csv
from tests.benchmarks.report import aligned, cost_table, table
from tests.benchmarks.rounds import PgBench, generator
from tests.benchmarks.stack import bench_stack

_PER_DISTRICT = 220
_SAID = re.compile(r"([\d,]+) rows .* in ([\d.]+) s: ([\d,]+) places (?:would be )?added")
_ASKED = (
    Operation("chain", "who answers for a household", "responsibility", pgbench="responsibility", alone=True),
    Operation("subtree, a street", "20 places of 107", "subtree_street", pgbench="subtree_street", alone=True),
    Operation("subtree, 10,000", "20 places of 10,003", "subtree_big", pgbench="subtree_big", alone=True),
)
_COMPOUND = f"{BIG}001001-X01"
_COMMUNITIES = {f"{BIG}001001", f"{BIG}001002"}


@dataclass
class Import:
    """One run of the command."""

    what: str
    rows: int
    added: int
    seconds: float
    rows_per_s: float
    peak_mb: float


@dataclass
class Reading:
    """Look-ups through the use case, from this process, `clients` at once."""

    what: str
    clients: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass
class Result:
    machine: dict[str, Any]
    districts: int
    holders: int = 0
    imports: list[Import] = field(default_factory=list)
    asked: list[Measured] = field(default_factory=list)
    moves_ms: list[float] = field(default_factory=list)
    during_move: list[Reading] = field(default_factory=list)
    torn: int = 0

    def written(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "districts": self.districts,
            "holders": self.holders,
            "imports": [asdict(one) for one in self.imports],
            "asked": [one.as_details() for one in self.asked],
            "moves_ms": self.moves_ms,
            "during_move": [asdict(one) for one in self.during_move],
            "torn": self.torn,
        }


def run_import(what: str, path: Path, environment: dict[str, str], *options: str) -> Import:
    """The command in a process of its own, its memory watched."""
    began, peak = time.perf_counter(), 0
    argv = [sys.executable, "-m", "services", "places", "import", str(path), *options]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.Error):
                peak = max(peak, watched.memory_info().rss)
            time.sleep(0.02)
        said = process.stdout.read() if process.stdout else ""
    seconds = time.perf_counter() - began
    found = _SAID.search(said)
    if process.returncode or found is None:
        raise click.ClickException(f"the import ended with {process.returncode}: {said}")
    rows, added = (int(found[n].replace(",", "")) for n in (1, 3))
    return Import(what, rows, added, round(seconds, 2), round(rows / seconds), round(peak / 2**20, 1))


# --- moving ----------------------------------------------------------------------------------------------------------


async def read(what: str, ask: Callable[[int], Any], clients: int, until: Callable[[], bool]) -> tuple[Reading, int]:
    """Asks until it is over; how fast, and how many answers were wrong."""
    took: list[float] = []
    wrong = 0
    began = time.perf_counter()

    async def client(first: int) -> None:
        nonlocal wrong
        number = first
        while until():
            start = time.perf_counter()
            wrong += not await ask(number)
            took.append(time.perf_counter() - start)
            number += clients

    await asyncio.gather(*(client(number) for number in range(clients)))
    seconds = time.perf_counter() - began
    p99 = quantiles(took, n=100)[98]
    return Reading(what, clients, round(len(took) / seconds), round(median(took) * 1e3, 2), round(p99 * 1e3, 2)), wrong


async def measure_moves(service: Service, moves: int, result: Result) -> None:
    """There and back again, while others look places of that subtree up."""
    operator = Principal(BIG, "bench", "user", (Grant(Role.OPERATOR, ROOT),))
    moving = True

    async def right_chain(number: int, days: int = 0) -> bool:
        """The building's head, the compound's and the one of either community: no more, no less, none of them twice."""
        building = f"{_COMPOUND}-B{number % 99 + 1:02}"
        async with service.work(operator) as work:
            code = f"{building}-H{number % 99 + 1:04}"
            chain = await responsibility.chain(work, service.vault, code, "JC05", work.today - timedelta(days=days))
        *near, community = [link.place for link in chain.chain]
        inside = all(chain.place.path.startswith(place.path) for place in (*near, community))
        return inside and [place.code for place in near] == [building, _COMPOUND] and community.code in _COMMUNITIES

    async def right_page(_: int) -> bool:
        """20 places of one and the same tree, each named as what lies above it."""
        async with service.work(operator) as work:
            page = await places.subtree(work, _COMPOUND, None, None, 20)
        trees = {(item.path[:16], item.full_name.split("社区")[0]) for item in page.items}
        return len(page.items) == 20 and len(trees) == 1

    going = asyncio.create_task(read("chain, while it moves", right_chain, 2, lambda: moving))
    gone_by = asyncio.create_task(
        read("chain of yesterday, while it moves", partial(right_chain, days=1), 2, lambda: moving)
    )
    paging = asyncio.create_task(read("page, while it moves", right_page, 2, lambda: moving))
    for number in range(moves):
        start = time.perf_counter()
        async with service.work(operator) as work:
            await relocation.move(work, _COMPOUND, f"{BIG}00100{2 - number % 2}")
        result.moves_ms.append(round((time.perf_counter() - start) * 1e3, 1))
    moving = False
    for reading, wrong in await asyncio.gather(going, gone_by, paging):
        result.during_move.append(reading)
        result.torn += wrong


# --- all of it -------------------------------------------------------------------------------------------------------


async def run(number: int, plan: Plan, moves: int) -> Result:
    """Everything on one throw-away stack."""
    async with bench_stack(plan, apis=("hierarchy",), load=False) as bench:
        result = Result(await describe(bench.home), number + 1)
        districts, sheet = codes(number), bench.home / "places.csv"
        rows = write_csv(sheet, districts)
        click.echo(f"{rows:,} places of {number + 1:,} districts, {sheet.stat().st_size / 2**20:.0f} MB of CSV")
        environment = bench.layout.service_environment("hierarchy")
        for what, options in (("dry run", ("--dry-run",)), ("import", ()), ("import again", ())):
            step = partial(run_import, what, sheet, environment, *options)
            result.imports.append(await asyncio.to_thread(step))
            click.echo(f"  {result.imports[-1]}")
        service = opened(bench.layout)
        try:
            result.holders = await appoint(bench.layout.owner_url, service.vault)
            click.echo(f"  {result.holders:,} posts and people answer for them")
            async with generator(bench, Askers.of(districts, bench.layout.keys["LINLI_SIGNING_KEY"])) as visiting:
                measuring = Measuring(plan, visiting, PgBench(bench), Asked(number), click.echo)
                result.asked += await measuring.all(_ASKED, CLIENTS)
                result.asked += await measuring.all(_ASKED, clients=1)
            await measure_moves(service, moves, result)
        finally:
            await service.close()
        return result


def opened(layout: Layout) -> Service:
    """The service as its processes know it, here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in layout.service_environment("hierarchy").items():
            patch.setenv(name, value)
        return open_hierarchy()


def show(result: Result) -> None:
    click.echo("")
    click.echo(aligned(_imports(result.imports)))
    click.echo("")
    click.echo(aligned(table(result.asked)))
    click.echo("\nprocessor time per request, microseconds\n")
    click.echo(aligned(cost_table(result.asked)))
    click.echo("")
    for reading in result.during_move:
        click.echo(f"  {reading.what}: {reading.per_s:,.0f}/s, p50 {reading.p50_ms} ms, p99 {reading.p99_ms} ms")
    click.echo(
        f"\na subtree of {MOVED:,} places moved in {median(result.moves_ms):.0f} ms "
        f"({min(result.moves_ms):.0f}–{max(result.moves_ms):.0f}, {len(result.moves_ms)} times); "
        f"{result.torn} wrong answers meanwhile"
    )


def _imports(imports: Iterable[Import]) -> list[list[str]]:
    rows = [[one.what, f"{one.rows:,}", f"{one.seconds:.1f}", f"{one.rows_per_s:,.0f}", f"{one.peak_mb:.0f}"]
            for one in imports]  # fmt: skip
    return [["places import", "rows", "seconds", "rows/s", "peak MB"], *rows]


@click.command(help=__doc__)
def main() -> None:
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    number = (60_000 if quick else 660_000) // _PER_DISTRICT
    plan = Plan("places", 0, 3, 0.5, 0.3) if quick else Plan("places", 0, 5, 2.0, 1.0)
    result = asyncio.run(run(number, plan, 4 if quick else 10))
    show(result)
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "places.json").write_text(json.dumps(result.written(), indent=1, ensure_ascii=False) + "\n")
    click.echo(f"written: {folder / 'places.json'}")
    if result.torn:
        raise click.ClickException(f"{result.torn} answers were wrong while a subtree moved")


if __name__ == "__main__":
    main()
