"""`python -m tests.benchmarks.places`: the places of a province from one CSV, and a move of 10,000 of them under load.

A throw-away, durable PostgreSQL of its own. QUICK=1 takes 60,000 places instead of 660,000. The import runs as the
command `linli places import` in a process of its own, so that its memory is what an operator's machine would need.
"""

import asyncio
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click
import psutil
import pytest

from migrations import run as migrations
from services.commands import service_urls
from services.hierarchy.main import open_hierarchy
from services.hierarchy.places import service as places
from services.hierarchy.relocation import service as relocation
from services.hierarchy.responsibility import service as responsibility
from services.local.servers import embedded_servers
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from tests.benchmarks.machine import describe
from tests.benchmarks.plan import HERE
from tests.support.world import environment

_PER_DISTRICT, _MOVED, _READERS = 220, 10_000, 4
_BIG = "999999"  # the district whose subtree moves
_SAID = re.compile(r"([\d,]+) rows .* in ([\d.]+) s: ([\d,]+) places (?:would be )?added")
Rows = Iterator[tuple[str, str, str, str, str]]


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
    imports: list[Import] = field(default_factory=list)
    reads: list[Reading] = field(default_factory=list)
    moves_ms: list[float] = field(default_factory=list)
    during_move: list[Reading] = field(default_factory=list)
    torn: int = 0


def codes(number: int) -> list[str]:
    """So many plausible district codes."""
    return [str(110000 + step) for step in range(1, number + 1)]


def district_rows(code: str) -> Rows:
    """220 places: district, street, community, grid, compound, building, staircase, household."""
    yield code, code, f"示例区{code}", "district", ""
    made = 1
    for street in range(1, 3):
        above = f"{code}{street:03}"
        yield code, above, f"示例街道{street}", "street", code
        for community in range(1, 4):
            place = f"{above}{community:03}"
            yield code, place, f"示例社区{street}-{community}", "community", above
            made += 1
            for row in _below(code, place, 35 if (street, community) != (2, 3) else 36):
                made += 1
                yield row
        made += 1


def _below(district: str, above: str, number: int) -> Rows:
    """Grids with chains of compound, building, staircase, household."""
    kinds = (("grid", "G"), ("compound", "X"), ("building", "B"), ("staircase", "U"), ("household", "H"))
    parent, given = above, 0
    while given < number:
        kind, token = kinds[given % 5]
        parent = above if kind == "grid" else parent
        code = f"{parent}-{token}{given:02}"
        yield district, code, f"第{given}{kind}", kind, parent
        parent, given = code, given + 1


def big_rows() -> Rows:
    """A district with two communities, one of them with the places that move: 100 buildings of 99 households."""
    yield _BIG, _BIG, "示例大区", "district", ""
    yield _BIG, f"{_BIG}001", "示例街道", "street", _BIG
    yield _BIG, f"{_BIG}001001", "甲社区", "community", f"{_BIG}001"
    yield _BIG, f"{_BIG}001002", "乙社区", "community", f"{_BIG}001"
    compound = f"{_BIG}001001-X01"
    yield _BIG, compound, "示例小区", "compound", f"{_BIG}001001"
    for building in range(1, (_MOVED - 1) // 100 + 1):
        house = f"{compound}-B{building:02}"
        yield _BIG, house, f"{building}号楼", "building", compound
        for flat in range(1, 100):
            yield _BIG, f"{house}-H{flat:04}", f"{flat}室", "household", house
    for flat in range(1, 100):
        yield _BIG, f"{compound}-H{flat:04}", f"平房{flat}", "household", compound


def write_csv(path: Path, districts: list[str]) -> int:
    """The file; districts take turns in blocks, children stand before parents in every second one."""
    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("district", "code", "name", "kind", "parent_code"))
        for number, code in enumerate(districts):
            made = list(district_rows(code))
            writer.writerows(reversed(made) if number % 2 else made)
            rows += len(made)
        made = list(big_rows())
        writer.writerows(made)
    return rows + len(made)


def run_import(what: str, path: Path, *options: str) -> Import:
    """The command in a process of its own, its memory watched."""
    began, peak = time.perf_counter(), 0
    argv = [sys.executable, "-m", "services", "places", "import", str(path), *options]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
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


# --- reading and moving ----------------------------------------------------------------------------------------------


def _operator(district: str) -> Principal:
    return Principal(district, "bench", "user", (Grant(Role.OPERATOR, ROOT),))


async def _chain(service: Service, district: str, code: str) -> bool:
    async with service.work(_operator(district)) as work:
        chain = await responsibility.chain(work, service.vault, code, "JC05", work.now.date())
    return chain.place.code == code


async def _page(service: Service, district: str, code: str) -> bool:
    async with service.work(_operator(district)) as work:
        page = await places.subtree(work, code, None, None, 20)
    return len(page.items) == 20


async def read(
    what: str, ask: Callable[[int], Any], clients: int, until: Callable[[float], bool]
) -> tuple[Reading, int]:
    """Asks until it is over; how fast, and how many answers were wrong."""
    took: list[float] = []
    wrong = 0
    began = time.perf_counter()

    async def client(first: int) -> None:
        nonlocal wrong
        number = first
        while until(time.perf_counter() - began):
            start = time.perf_counter()
            wrong += not await ask(number)
            took.append(time.perf_counter() - start)
            number += clients

    await asyncio.gather(*(client(number) for number in range(clients)))
    seconds = time.perf_counter() - began
    p99 = quantiles(took, n=100)[98]
    return Reading(what, clients, round(len(took) / seconds), round(median(took) * 1e3, 2), round(p99 * 1e3, 2)), wrong


async def measure_reads(service: Service, districts: list[str], seconds: float, result: Result) -> None:
    def deep(number: int) -> Any:
        code = districts[number * 7919 % len(districts)]
        return _chain(service, code, f"{code}001001-G00-X01-B02-U03-H04")

    def street(number: int) -> Any:
        code = districts[number * 7919 % len(districts)]
        return _page(service, code, f"{code}001")

    def big(number: int) -> Any:
        return _page(service, _BIG, f"{_BIG}001" if number % 2 else f"{_BIG}001001-X01")

    for what, ask in (
        ("chain of a household", deep),
        ("subtree page of a street", street),
        ("subtree page of 10,000 places", big),
    ):
        reading, wrong = await read(what, ask, _READERS, lambda passed: passed < seconds)
        result.torn += wrong
        result.reads.append(reading)


async def measure_moves(service: Service, moves: int, result: Result) -> None:
    """There and back again, while others look places of that subtree up."""
    compound, moving = f"{_BIG}001001-X01", True

    def some_chain(number: int) -> Any:
        return _chain(service, _BIG, f"{compound}-B{number % 99 + 1:02}-H{number % 99 + 1:04}")

    going = asyncio.create_task(read("chain, while it moves", some_chain, 2, lambda _: moving))
    paging = asyncio.create_task(
        read("page, while it moves", lambda _: _page(service, _BIG, compound), 2, lambda _: moving)
    )
    for number in range(moves):
        start = time.perf_counter()
        async with service.work(_operator(_BIG)) as work:
            await relocation.move(work, compound, f"{_BIG}00100{2 - number % 2}")
        result.moves_ms.append(round((time.perf_counter() - start) * 1e3, 1))
    moving = False
    for reading, wrong in await asyncio.gather(going, paging):
        result.during_move.append(reading)
        result.torn += wrong


# --- all of it -------------------------------------------------------------------------------------------------------


async def run(number: int, seconds: float, moves: int) -> Result:
    """Everything on one throw-away server."""
    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="linli-places-"))
        patch = closing.enter_context(pytest.MonkeyPatch.context())
        home = Path(folder).resolve()  # noqa: ASYNC240 - once, before anything runs
        home.chmod(0o711)  # PostgreSQL may have to run as another user, who must get through
        async with embedded_servers(home / "servers", durable=True) as servers:
            result = Result(await describe(home), number + 1)
            urls = service_urls(servers.database_url, lambda _: None)
            await migrations.upgrade(servers.database_url, urls)
            for name, value in environment(urls, servers.redis_url).items():
                patch.setenv(name, value)
            districts, sheet = codes(number), home / "places.csv"
            rows = write_csv(sheet, districts)
            click.echo(f"{rows:,} places of {number + 1:,} districts, {sheet.stat().st_size / 2**20:.0f} MB of CSV")
            patch.setenv("LINLI_HOME", str(home / "none"))
            for what, options in (("dry run", ("--dry-run",)), ("import", ()), ("import again", ())):
                step = partial(run_import, what, sheet, *options)
                result.imports.append(await asyncio.to_thread(step))
                click.echo(f"  {result.imports[-1]}")
            service = open_hierarchy()
            try:
                await measure_reads(service, districts, seconds, result)
                await measure_moves(service, moves, result)
            finally:
                await service.close()
            return result


def show(result: Result) -> None:
    click.echo(f"\n{'':<32}{'rows':>10}{'seconds':>9}{'rows/s':>10}{'peak MB':>9}")
    for one in result.imports:
        click.echo(f"{one.what:<32}{one.rows:>10,}{one.seconds:>9.1f}{one.rows_per_s:>10,.0f}{one.peak_mb:>9.0f}")
    click.echo(f"\n{'':<32}{'clients':>10}{'per s':>9}{'p50 ms':>10}{'p99 ms':>9}")
    for reading in (*result.reads, *result.during_move):
        click.echo(
            f"{reading.what:<32}{reading.clients:>10}{reading.per_s:>9,.0f}{reading.p50_ms:>10}{reading.p99_ms:>9}"
        )
    click.echo(
        f"\na subtree of {_MOVED:,} places moved in {median(result.moves_ms):.0f} ms "
        f"({min(result.moves_ms):.0f}–{max(result.moves_ms):.0f}, {len(result.moves_ms)} times); "
        f"{result.torn} wrong answers meanwhile"
    )


@click.command(help=__doc__)
def main() -> None:
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    number = (60_000 if quick else 660_000) // _PER_DISTRICT
    result = asyncio.run(run(number, 1.0 if quick else 3.0, 4 if quick else 10))
    show(result)
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "places.json").write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n")
    click.echo(f"written: {folder / 'places.json'}")


if __name__ == "__main__":
    main()
