"""What a run leaves: a table for the terminal, `results/latest.json` in its exact form, details, a picture."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.access import Cost
from tests.benchmarks.operations import Measured
from tests.benchmarks.orders import Delivered
from tests.benchmarks.plan import HERE, Plan

ROOT = HERE.parent.parent
RESULTS = HERE / "results"
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
_FIGURES, _GROWTH, _END = (
    "<!-- figures: made by `make bench` -->",
    "<!-- growth: made by `make bench SCALE=1` -->",
    "<!-- end -->",
)
_HEAD = ("operation", "clients", "Linli/s", "p50 ms", "p99 ms", "minimal/s", "pgbench/s", "÷ minimal", "÷ pgbench")


@dataclass
class Outcome:
    """Everything that one run found out."""

    plan: Plan
    machine: dict[str, Any]
    measured: list[Measured] = field(default_factory=list)
    with_workers: Measured | None = None
    orders: list[Delivered] = field(default_factory=list)
    growth: dict[int, list[Measured]] = field(default_factory=dict)
    access: list[Cost] = field(default_factory=list)

    def results(self) -> dict[str, Any]:
        machine = self.machine | {"plan": self.plan.name, "appeals": self.plan.rows, "rounds": self.plan.rounds}
        return {"machine": machine, "operations": [one.as_result() for one in self.measured]}

    def details(self) -> dict[str, Any]:
        return {
            "machine": self.results()["machine"],
            "operations": [one.as_details() for one in self.measured],
            "intake_with_workers": self.with_workers.as_details() if self.with_workers else None,
            "orders": [vars(one) for one in self.orders],
            "access": [vars(one) for one in self.access],
            "growth": {str(size): [one.as_details() for one in ones] for size, ones in self.growth.items()},
            # Import of 660,000 places and the move of a subtree of 10,000 go here.
            "places": None,
        }

    def write(self, folder: Path = RESULTS) -> Path:
        """`latest.json` and `details.json`; what a run did not measure keeps what an earlier one found."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.measured:
            (folder / "latest.json").write_text(_json(self.results()), "utf-8")
        path = folder / "details.json"
        earlier: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(_json(earlier | {name: found for name, found in self.details().items() if found}), "utf-8")
        return folder


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def table(measured: Sequence[Measured]) -> list[list[str]]:
    """The ratios, one row per operation and number of clients."""
    names = ("linli_rps", "linli_p50_ms", "linli_p99_ms", "minimal_rps", "pgbench_tps", "vs_minimal", "vs_pgbench")
    found = [list(_HEAD)]
    for one in measured:
        result = one.as_result()
        found.append([result["name"], str(result["clients"]), *(_number(name, result[name]) for name in names)])
    return found


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name.startswith("vs"):
        return f"{value:.2f} ×"
    return f"{value:.1f}" if name.endswith("ms") else f"{value:,.0f}"


def cost_table(measured: Sequence[Measured]) -> list[list[str]]:
    """Who spends the processor's time, microseconds per request, and how far the rounds lay apart."""
    found = [["operation", "clients", "target", "server", "database", "generator", "p50 ms", "p99 ms", "min–max /s"]]
    for one in measured:
        for target, figures in one.targets():
            cpu = [f"{figures.cpu[who]:,.0f}" if who in figures.cpu else "–" for who in found[0][3:6]]
            times = [f"{t:.1f}" if t else "–" for t in (figures.p50_ms, figures.p99_ms)]
            low, high = figures.spread
            found.append([one.operation.name, str(one.clients), target, *cpu, *times, f"{low:,.0f}–{high:,.0f}"])
    return found


def growth_table(growth: dict[int, list[Measured]]) -> list[list[str]]:
    """Cost per request by size, and the largest over the smallest."""
    sizes = sorted(growth)
    found = [["operation", "target", *(f"{size:,}" for size in sizes), "last ÷ first"]]
    for index, first in enumerate(growth[sizes[0]]):
        for target, _ in first.targets():
            figures = [dict(growth[size][index].targets())[target] for size in sizes]
            costs = [sum(used for who, used in f.cpu.items() if who != "generator") for f in figures]
            cells = [f"{f.per_second:,.0f}/s, {cost:,.0f} µs" for f, cost in zip(figures, costs, strict=True)]
            found.append([first.operation.name, target, *cells, f"{costs[-1] / costs[0]:.2f} ×"])
    return found


def aligned(rows: list[list[str]]) -> str:
    """For the terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def markdown(rows: list[list[str]]) -> str:
    """For the page."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]])


def machine_line(machine: dict[str, Any]) -> str:
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, Python "
        f"{machine['python']}; one flush (8 kB, fdatasync, pg_test_fsync): {machine['flush_us']} µs"
    )


def write_page(outcome: Outcome, page: Path = PAGE, picture: Path = PICTURE) -> None:
    """The figures into the page, between their marks, and the picture beside it."""
    from tests.benchmarks.picture import draw  # noqa: PLC0415 - the picture needs this module's Outcome

    if outcome.growth:
        _put(
            page,
            _GROWTH,
            "\n".join(["", machine_line(outcome.machine), "", markdown(growth_table(outcome.growth)), ""]),
        )
    if outcome.measured:
        _put(page, _FIGURES, _figures(outcome))
        picture.write_text(draw(outcome.measured), "utf-8")


def _put(page: Path, mark: str, content: str) -> None:
    before, _, rest = page.read_text("utf-8").partition(mark)
    _, _, after = rest.partition(_END)
    page.write_text(f"{before}{mark}\n{content}\n{_END}{after}", "utf-8")


def _figures(outcome: Outcome) -> str:
    plan = outcome.plan
    parts = [
        f"{machine_line(outcome.machine)}. Plan “{plan.name}”: {plan.rows:,} appeals, medians of {plan.rounds} rounds.",
        markdown(table(outcome.measured)),
        "Processor time per request, microseconds, and the spread of the rounds:",
        markdown(cost_table(outcome.measured)),
    ]
    if outcome.with_workers:
        rate = outcome.with_workers.linli.per_second
        parts.append(f"Intake with the tickets worker running beside it (it seals what is written): {rate:,.0f}/s.")
    if outcome.orders:
        parts.append("Hotline orders, accepted → in the officer's inbox:")
        parts.append("\n".join(f"* {one}" for one in outcome.orders))
    if outcome.access:
        parts.append("What access costs a request, in this process, best of five rounds:")
        parts.append("\n".join(f"* {one}".replace("  of it", "of it") for one in outcome.access))
    return "\n\n".join(["", *parts, ""])
