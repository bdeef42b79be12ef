"""`make bench`: Linli over HTTP beside a minimal application and pgbench, on one machine, in one run.

QUICK=1 is done in two minutes; SCALE=1 repeats reads and intake while the tables grow. Exit code 0 means that it was
measured, not that it was fast.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import click

from services.local.interruption import until_interrupted
from services.local.problems import LocalError
from tests.benchmarks import access, orders, report
from tests.benchmarks.filling import Filler
from tests.benchmarks.machine import describe
from tests.benchmarks.operations import OPERATIONS, Measured, Measuring
from tests.benchmarks.plan import CLIENTS, Plan, chosen
from tests.benchmarks.report import Outcome, aligned
from tests.benchmarks.rounds import BenchmarkError, PgBench, generator
from tests.benchmarks.rows import in_verify
from tests.benchmarks.scripts import Scripts
from tests.benchmarks.stack import Bench, bench_stack
from tests.benchmarks.town import Town, tokens
from tests.benchmarks.visits import Visitors

_SERVICES = ("hierarchy", "tickets", "events")
_GROWING = ("intake", "read", "list", "list_community")
_began = time.monotonic()


def say(line: str) -> None:
    """With the seconds since the start, so that people see where the time goes."""
    click.echo(f"{time.monotonic() - _began:6.1f} s {line}")


@dataclass
class Place:
    """What is filled and visited: rows grow, the town stays."""

    bench: Bench
    town: Town
    plan: Plan

    def visitors(self, rows: int) -> Visitors:
        known = tokens(self.town, self.bench.layout.keys["LINLI_SIGNING_KEY"])
        return Visitors(self.town, known, rows, in_verify(rows), min(self.plan.timelines, rows))

    def scripts(self, rows: int) -> Scripts:
        return Scripts(self.town, rows, min(self.plan.timelines, rows))


async def run(plan: Plan) -> Outcome:
    """One whole run."""
    say(f"plan {plan.name}: {plan.rows:,} appeals, {plan.rounds} rounds of {plan.seconds:g} s; starting the stack …")
    async with AsyncExitStack() as closing:
        bench = await closing.enter_async_context(bench_stack(plan, apis=_SERVICES, load=not plan.sizes))
        outcome = Outcome(plan, await describe(bench.home))
        say(report.machine_line(outcome.machine))
        town = Town.shipped()
        place = Place(bench, town, plan)
        filler = Filler(bench.layout.owner_url, town, plan)
        if plan.sizes:
            await _growing(place, filler, outcome)
        else:
            await filler.grow(plan.rows)
            await _everything(place, outcome)
        return outcome


async def _everything(place: Place, outcome: Outcome) -> None:
    plan, rows = place.plan, place.plan.rows
    async with generator(place.bench, place.visitors(rows)) as visiting:
        measuring = Measuring(plan, visiting, PgBench(place.bench), place.scripts(rows), say)
        say("measuring; the workers are off, so that jobs pile up and nothing else runs")
        outcome.measured += await measuring.all(OPERATIONS)
        if plan.alone_seconds:
            outcome.measured += await measuring.all([one for one in OPERATIONS if one.alone], clients=1)
        say("what access costs, by itself")
        outcome.access = await access.costs()
        if not plan.orders:
            return
        say("the tickets worker on: intake once more, then the hotline's orders")
        async with orders.ready(place.bench) as looking:
            outcome.with_workers = Measured(OPERATIONS[0], CLIENTS)
            for _ in range(plan.rounds):
                outcome.with_workers.linli.rounds.append(await visiting.round("intake", CLIENTS, plan.seconds))
            say(f"  intake with the worker on {outcome.with_workers.linli.per_second:,.0f}/s")
            for pace, seconds in plan.orders:
                outcome.orders.append(await orders.deliver(place.bench, looking, place.town, pace, seconds))
                say(f"  orders {outcome.orders[-1]}")


async def _growing(place: Place, filler: Filler, outcome: Outcome) -> None:
    growing = [one for one in OPERATIONS if one.name in _GROWING]
    for size in place.plan.sizes:
        say(f"growing to {size:,} appeals")
        await filler.grow(size)
        async with generator(place.bench, place.visitors(size)) as visiting:
            measuring = Measuring(place.plan, visiting, PgBench(place.bench), place.scripts(size), say)
            outcome.growth[size] = await measuring.all(growing)


def _show(outcome: Outcome) -> None:
    click.echo(f"\n{report.machine_line(outcome.machine)}\n")
    if outcome.measured:
        click.echo(aligned(report.table(outcome.measured)))
        click.echo("\nprocessor time per request, microseconds\n")
        click.echo(aligned(report.cost_table(outcome.measured)))
    if outcome.access:
        click.echo("\nwhat access costs a request (in this process)\n")
        click.echo("\n".join(f"  {one}" for one in outcome.access))
    if outcome.orders:
        click.echo("\nhotline orders, accepted → in the officer's inbox\n")
        click.echo("\n".join(f"  {one}" for one in outcome.orders))
    if outcome.growth:
        click.echo("\ncost per request (server and database) as the tables grow\n")
        click.echo(aligned(report.growth_table(outcome.growth)))


@click.command(help=__doc__)
def main() -> None:
    plan = chosen()
    try:
        outcome = asyncio.run(until_interrupted(run(plan)))
    except (BenchmarkError, LocalError) as error:
        raise click.ClickException(str(error)) from error
    if outcome is None:
        raise click.ClickException("interrupted; nothing was written")
    _show(outcome)
    folder = outcome.write()
    if plan.name in ("full", "scale"):
        report.write_page(outcome)
    say(f"written: {folder / 'latest.json'}")


if __name__ == "__main__":
    main()
