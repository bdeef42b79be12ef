"""The stack that is measured: Linli's own processes as `make run` starts them, on durable servers, and the minimal one.

The workers are started and stopped apart from the rest, so that both can be measured.
"""

import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from services.local import probes
from services.local.layout import Layout, children
from services.local.output import Output
from services.local.ports import free_port, listening_socket
from services.local.processes import Process
from services.local.settings import SERVICES, LocalSettings
from services.local.stack import LocalStack, local_stack
from services.local.supervisor import Supervisor
from tests.benchmarks.plan import Plan

WHO = {
    "register": "events",
    "responsibility": "hierarchy",
    "subtree": "hierarchy",
}  # by how an operation begins; else tickets
_ONCE = ("migrate", "load", "load.hotlines")


@dataclass
class Bench:
    """Running servers and APIs. `pids` are by group, for the meter."""

    stack: LocalStack
    home: Path
    minimal_port: int
    apis: tuple[str, ...]
    processes: int

    @property
    def layout(self) -> Layout:
        return self.stack.layout

    def port(self, operation: str) -> int:
        """Whom an operation is sent to."""
        if operation.startswith("minimal"):
            return self.minimal_port
        kind = operation.partition("_")[0]
        return self.layout.ports[WHO.get(kind, "tickets")]

    def pids(self, operation: str) -> list[int]:
        """The API processes behind it."""
        port = self.port(operation)
        name = next((f"{s}.api" for s, p in self.layout.ports.items() if p == port), "minimal")
        names = [name] if self.processes == 1 else [f"{name}.{n}" for n in range(1, self.processes + 1)]
        found = (self.stack.supervisor.pid(one) for one in names)
        return [pid for pid in found if pid is not None]

    def postgres(self) -> list[int]:
        pid = self.stack.supervisor.pid("postgres")
        return [] if pid is None else [pid]

    @asynccontextmanager
    async def workers(self, services: Sequence[str]) -> AsyncIterator[list[int]]:
        """The services' workers, for as long as the block lasts; their process ids."""
        names = {f"{service}.worker" for service in services}
        chosen = [replace(process, needs=()) for process in children(self.layout) if process.name in names]
        output = Output(self.home / "logs")
        try:
            async with Supervisor(chosen, output) as supervisor:
                found = (supervisor.pid(name) for name in names)
                yield [pid for pid in found if pid is not None]
        finally:
            output.close()


@asynccontextmanager
async def bench_stack(plan: Plan, *, apis: Sequence[str], load: bool) -> AsyncIterator[Bench]:
    """Everything but the workers. `load`: the shipped communities too, for who asks hierarchy."""
    with (
        tempfile.TemporaryDirectory(prefix="linli-bench-", ignore_cleanup_errors=True) as folder,
        ExitStack() as closing,
    ):
        home = Path(folder).resolve()  # noqa: ASYNC240 - once, before anything runs
        home.chmod(0o711)  # PostgreSQL may have to run as another user, who must get through
        port = free_port()
        listener = closing.enter_context(listening_socket(port))

        def chosen(layout: Layout) -> list[Process]:
            wanted = {*_ONCE[: 3 if load else 1]}
            last = (_ONCE[2 if load else 0],)
            found = []
            for process in children(layout):
                service, _, kind = process.name.partition(".")
                if process.name in wanted:
                    found.append(process)
                elif service in apis and kind.startswith("api"):
                    found.append(replace(process, needs=last))
            return [*found, *_minimal(layout, listener.fileno(), port, plan.processes, last)]

        # Always the embedded, durable servers, whatever the environment says.
        own = dict.fromkeys(("database_url", "redis_url", *(f"{service}_database_url" for service in SERVICES)))
        settings = LocalSettings(home=home, api_processes=plan.processes, **own)
        async with local_stack(home, settings=settings, free_ports=True, durable=True, make_children=chosen) as stack:
            yield Bench(stack, home, port, tuple(apis), plan.processes)


def _minimal(layout: Layout, listener: int, port: int, processes: int, needs: tuple[str, ...]) -> list[Process]:
    """As Linli's: behind one socket, the same server with the same options, the same roles."""
    urls = {f"MINIMAL_{name.upper()}_URL": url for name, url in layout.database_urls.items()}

    async def ready() -> bool:
        return await probes.http_status(port, "/healthz") == 200

    return [
        Process(
            name="minimal" if processes == 1 else f"minimal.{number}",
            argv=(*(sys.executable, "-m", "uvicorn", "tests.benchmarks.minimal:app"),
                  *("--fd", str(listener), "--no-access-log", "--log-level", "warning")),
            env=layout.environment() | urls,
            needs=needs,
            ready=ready,
            ready_within=60,
            inherit=(listener,),
        )
        for number in range(1, processes + 1)
    ]  # fmt: skip
