"""One round of one operation against one target, and the figures of several rounds taken together."""

import asyncio
import os
import pickle
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from services.local.postgres import programs
from tests.benchmarks.machine import Meter
from tests.benchmarks.plan import HERE
from tests.benchmarks.stack import WHO, Bench

_TPS = re.compile(r"^tps = ([0-9.]+) \(without", re.MULTILINE)
_DONE = re.compile(r"actually processed: (\d+)")


class Visiting(Protocol):
    """Whoever visits; the generator gets them pickled."""

    def stream(self, operation: str, start: int) -> Iterator[bytes]:
        """Endless requests; `start` were sent before."""


class BenchmarkError(Exception):
    """What was measured is not what was meant: the answers were refusals, or a script failed."""


@dataclass(frozen=True)
class Round:
    """`cpu` is microseconds of processor per request, by who spent it."""

    per_second: float
    cpu: dict[str, float]
    p50_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass
class Figures:
    """The rounds of one operation at one number of clients against one target."""

    rounds: list[Round] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return median(r.per_second for r in self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        rates = [r.per_second for r in self.rounds]
        return min(rates), max(rates)

    @property
    def p50_ms(self) -> float:
        return median(r.p50_ms for r in self.rounds)

    @property
    def p99_ms(self) -> float:
        return median(r.p99_ms for r in self.rounds)

    @property
    def cpu(self) -> dict[str, float]:
        return {name: median(r.cpu[name] for r in self.rounds) for name in self.rounds[0].cpu}

    def over(self, other: "Figures") -> float:
        """The ratio to another target's rate: paired round by round, so that a noisy minute hits both."""
        return median(a.per_second / b.per_second for a, b in zip(self.rounds, other.rounds, strict=True))


class Generator:
    """The load generator's process. It remembers how far each operation has come."""

    def __init__(self, process: asyncio.subprocess.Process, bench: Bench) -> None:
        self._process, self._bench = process, bench
        self._sent: dict[str, int] = defaultdict(int)

    async def round(self, operation: str, clients: int, seconds: float) -> Round:
        """Raises BenchmarkError if anything but successes was answered."""
        meter = Meter({"server": self._bench.pids(operation), "database": self._bench.postgres()})
        order = {"operation": operation, "clients": clients, "seconds": seconds, "start": self._sent[operation],
                 "port": self._bench.port(operation)}  # fmt: skip
        before = meter.read()
        answer = await self._ask(order)
        after = meter.read()
        done: int = answer["requests"]
        self._sent[operation] += done + clients
        wrong = {status: count for status, count in answer["statuses"].items() if not status.startswith("2")}
        if wrong or not done:
            raise BenchmarkError(f"{operation}: answered {wrong or 'nothing'}: {answer['refusal']}")
        spent = {name: (after[name] - before[name]) for name in after} | {"generator": answer["cpu"]}
        cpu = {name: used / done * 1e6 for name, used in spent.items()}
        return Round(done / answer["seconds"], cpu, answer["p50_ms"], answer["p99_ms"])

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(order) + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise BenchmarkError(f"the load generator ended during {order['operation']}")
        found: dict[str, Any] = orjson.loads(line)
        return found


@asynccontextmanager
async def generator(bench: Bench, visitors: Visiting) -> AsyncIterator[Generator]:
    """Started with the visitors as they are now."""
    with tempfile.NamedTemporaryFile(prefix="linli-visitors-") as file:
        file.write(pickle.dumps(visitors))
        file.flush()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.load", file.name),
            cwd=HERE.parent.parent,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        try:
            yield Generator(process, bench)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class PgBench:
    """Runs scripts of the embedded PostgreSQL's own pgbench, under the service's own role."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._rates: dict[tuple[str, int], float] = {}

    async def round(self, operation: str, script: Callable[[], str], clients: int, seconds: float) -> Round:
        """Raises BenchmarkError where a statement failed."""
        rate = self._rates.get((operation, clients))
        if rate is None:
            rate = await self._run(operation, script(), clients, max(2, 40 // clients))
            rate = await self._run(operation, script(), clients, max(2, int(rate * seconds / clients / 4)))
        meter = Meter({"database": self._bench.postgres()})
        each = max(3, int(rate * seconds / clients))
        before = meter.read()
        rate = await self._run(operation, script(), clients, each)
        used = meter.read()["database"] - before["database"]
        self._rates[operation, clients] = rate
        return Round(rate, {"database": used / (each * clients) * 1e6})

    async def _run(self, operation: str, script: str, clients: int, each: int) -> float:
        service = WHO.get(operation.split("_", maxsplit=1)[0], "tickets")
        url = urlsplit(self._bench.layout.database_urls[service])
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
            file.write(script)
            file.flush()
            process = await asyncio.create_subprocess_exec(
                str(programs() / "pgbench"),
                *("-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, os.cpu_count() or 1))),
                *("-t", str(each), "-D", "n=0", "-f", file.name),
                *("-h", str(url.hostname), "-p", str(url.port), "-U", str(url.username), url.path.lstrip("/")),
                # The first to read what was just written may take seconds; that is slow, and no failure.
                env={"PATH": os.environ.get("PATH", ""), "PGPASSWORD": url.password or "", "PGSSLMODE": "disable",
                     "PGGSSENCMODE": "disable", "PGOPTIONS": "-c statement_timeout=60s", "LC_ALL": "C"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            output = (await process.communicate())[0].decode(errors="replace")
        found, done = _TPS.search(output), _DONE.search(output)
        if process.returncode != 0 or not found or not done or int(done[1]) != each * clients:
            raise BenchmarkError(f"pgbench {operation}: {output[-1500:]}")
        return float(found[1])
