"""The benchmark in small: what it measures is what it says it measures, and its files have the promised form."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.benchmarks import access
from tests.benchmarks.filling import Filler
from tests.benchmarks.machine import describe
from tests.benchmarks.operations import OPERATIONS, Measuring
from tests.benchmarks.picture import draw
from tests.benchmarks.plan import SHORT
from tests.benchmarks.report import Outcome, aligned, cost_table, markdown, table
from tests.benchmarks.rounds import BenchmarkError, PgBench, generator
from tests.benchmarks.rows import in_verify
from tests.benchmarks.scripts import Scripts
from tests.benchmarks.stack import Bench, bench_stack
from tests.benchmarks.town import Town, tokens
from tests.benchmarks.visits import Visitors

KEYS = ["name", "clients", "linli_rps", "linli_p50_ms", "linli_p99_ms", "minimal_rps", "pgbench_tps", "vs_minimal",
        "vs_pgbench"]  # fmt: skip


@pytest.fixture(scope="module")
def town() -> Town:
    return Town.shipped()


@pytest.fixture(scope="module")
async def bench(town: Town) -> AsyncIterator[Bench]:
    async with bench_stack(SHORT, apis=("tickets",), load=False) as running:
        await Filler(running.layout.owner_url, town, SHORT).grow(SHORT.rows)
        yield running


def visitors(bench: Bench, town: Town) -> Visitors:
    known = tokens(town, bench.layout.keys["LINLI_SIGNING_KEY"])
    return Visitors(town, known, SHORT.rows, in_verify(SHORT.rows), SHORT.timelines)


async def test_a_short_run_leaves_the_promised_files(bench: Bench, town: Town, tmp_path: Path) -> None:
    chosen = [one for one in OPERATIONS if one.name in ("intake", "list")]
    async with generator(bench, visitors(bench, town)) as visiting:
        scripts = Scripts(town, SHORT.rows, SHORT.timelines)
        measuring = Measuring(SHORT, visiting, PgBench(bench), scripts, print)
        outcome = Outcome(SHORT, await describe(bench.home), await measuring.all(chosen))
    outcome.write(tmp_path)
    written = json.loads((tmp_path / "latest.json").read_text("utf-8"))
    assert list(written) == ["machine", "operations"]
    assert [list(operation) for operation in written["operations"]] == [KEYS, KEYS]
    assert all(value for operation in written["operations"] for value in operation.values())
    assert "intake" in aligned(table(outcome.measured))
    assert "generator" in markdown(cost_table(outcome.measured))
    assert draw(outcome.measured).startswith("<svg")


@pytest.mark.parametrize("name", [one.pgbench for one in OPERATIONS if one.pgbench and one.name != "move"])
async def test_every_script_still_runs(bench: Bench, town: Town, name: str) -> None:
    scripts = Scripts(town, SHORT.rows, SHORT.timelines)
    await PgBench(bench).round(name, lambda: scripts.made(name), clients=2, seconds=0.01)


async def test_the_move_s_script_still_runs(bench: Bench, town: Town) -> None:
    scripts = Scripts(town, SHORT.rows, SHORT.timelines)
    await PgBench(bench).round("file", lambda: scripts.made("file"), clients=1, seconds=0.01)


async def test_a_refusal_is_never_counted_as_an_answer(bench: Bench, town: Town) -> None:
    stranger = visitors(bench, town)
    stranger.tokens["residents"] = ["not-a-token"]
    async with generator(bench, stranger) as visiting:
        with pytest.raises(BenchmarkError, match="401"):
            await visiting.round("intake", 2, 0.1)


async def test_access_costs_microseconds() -> None:
    found = {one.what.strip(): one.microseconds for one in await access.costs()}
    assert len(found) == 6
    assert 0 < found["the whole door, a token seen before"] < found["the whole door, a token seen first"] < 10_000
