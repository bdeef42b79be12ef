"""What is measured: one row per operation, with its counterparts, and the rounds that compare them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.benchmarks.plan import CLIENTS, Plan
from tests.benchmarks.rounds import Figures, Generator, PgBench, Round

Say = Callable[[str], None]
_WARM_S = 0.3


@dataclass(frozen=True)
class Operation:
    """`linli` and `minimal` name streams of `Visitors`, `pgbench` a script of `Scripts`; `alone`: by one client too."""

    name: str
    title: str
    linli: str | None = None
    minimal: str | None = None
    pgbench: str | None = None
    alone: bool = False


OPERATIONS = (
    Operation("intake", "a new appeal, its journal row, its jobs", "intake", "minimal_intake", "intake", alone=True),
    Operation("intake_three", "the same rows by three statements", pgbench="intake_three"),
    Operation("move", "立案: the appeal moved, journal row, text, two jobs", "file", pgbench="file"),
    Operation("read", "one appeal with its timeline", "timeline", pgbench="timeline", alone=True),
    Operation("list", "the newest 20 of a grid", "list_grid", "minimal_list_grid", "list_grid", alone=True),
    Operation("list_community", "the newest 20 of a community", pgbench="list_community"),
    Operation("register_hot", "everybody signs up for one activity",
              "register_hot", "minimal_register_hot", "register_hot"),
    Operation("registration", "sign-ups spread over 2,000 activities",
              "register_spread", "minimal_register_spread", "register_spread", alone=True),
    Operation("responsibility", "who answers for a household: all its ancestors",
              "responsibility", pgbench="responsibility"),
    Operation("figures", "what is open in the district, by step", pgbench="figures"),
)  # fmt: skip


@dataclass
class Measured:
    """One operation at one number of clients."""

    operation: Operation
    clients: int
    linli: Figures = field(default_factory=Figures)
    minimal: Figures = field(default_factory=Figures)
    pgbench: Figures = field(default_factory=Figures)

    def targets(self) -> list[tuple[str, Figures]]:
        named = (("Linli", self.linli), ("minimal", self.minimal), ("pgbench", self.pgbench))
        return [(name, figures) for name, figures in named if figures.rounds]

    def as_result(self) -> dict[str, Any]:
        """Exactly the keys of `results/latest.json`; null where there is no such counterpart."""
        ours, floor, limit = self.linli, self.minimal, self.pgbench
        return {
            "name": self.operation.name,
            "clients": self.clients,
            "linli_rps": round(ours.per_second, 1) if ours.rounds else None,
            "linli_p50_ms": round(ours.p50_ms, 2) if ours.rounds else None,
            "linli_p99_ms": round(ours.p99_ms, 2) if ours.rounds else None,
            "minimal_rps": round(floor.per_second, 1) if floor.rounds else None,
            "pgbench_tps": round(limit.per_second, 1) if limit.rounds else None,
            "vs_minimal": round(ours.over(floor), 3) if ours.rounds and floor.rounds else None,
            "vs_pgbench": round(ours.over(limit), 3) if ours.rounds and limit.rounds else None,
        }

    def as_details(self) -> dict[str, Any]:
        """What the exact form has no room for."""
        return self.as_result() | {
            target.lower(): {
                "min": round(figures.spread[0], 1),
                "max": round(figures.spread[1], 1),
                "p50_ms": round(figures.p50_ms, 2),
                "p99_ms": round(figures.p99_ms, 2),
                "cpu_us_per_request": {who: round(used) for who, used in figures.cpu.items()},
            }
            for target, figures in self.targets()
        }


class Making(Protocol):
    """Makes pgbench's scripts."""

    def made(self, name: str) -> str:
        """A script, anew for each run of pgbench."""


@dataclass
class Measuring:
    """Measures operation by operation, each target in turn, round by round: a noisy moment hits all of them."""

    plan: Plan
    generator: Generator
    pgbench: PgBench | None
    scripts: Making
    say: Say

    async def all(self, operations: Iterable[Operation], clients: int = CLIENTS) -> list[Measured]:
        seconds = self.plan.seconds if clients > 1 else self.plan.alone_seconds
        found = []
        for operation in operations:
            found.append(await self._one(Measured(operation, clients), seconds))
            self.say(_line(found[-1]))
        return found

    async def _one(self, measured: Measured, seconds: float) -> Measured:
        wanted, clients = measured.operation, measured.clients
        over_http = ((wanted.linli, measured.linli), (wanted.minimal, measured.minimal))
        streams = [(stream, figures) for stream, figures in over_http if stream is not None]
        for stream, _ in streams:
            await self.generator.round(stream, clients, min(_WARM_S, seconds))
        for _ in range(self.plan.rounds):
            for stream, figures in streams:
                figures.rounds.append(await self.generator.round(stream, clients, seconds))
            if wanted.pgbench is not None and self.pgbench is not None:
                measured.pgbench.rounds.append(await self._script(wanted.pgbench, clients, seconds))
        return measured

    def _script(self, name: str, clients: int, seconds: float) -> Awaitable[Round]:
        assert self.pgbench is not None
        return self.pgbench.round(name, lambda: self.scripts.made(name), clients, seconds)


def _line(measured: Measured) -> str:
    rates = "   ".join(f"{name} {figures.per_second:,.0f}/s" for name, figures in measured.targets())
    return f"  {measured.operation.name:<15} {measured.clients:>2} clients   {rates}"
