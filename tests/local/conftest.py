import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from services.local.home import Home
from services.local.output import Output
from services.local.processes import Process

Toy = Callable[..., Process]
Eventually = Callable[..., "asyncio.Future[None]"]


@pytest.fixture(autouse=True)
def _no_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever runs the tests has set for a stack of their own."""
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    place = Home(tmp_path / "家 home")
    with place.locked():
        yield place


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    voice = Output(tmp_path / "logs")
    yield voice
    voice.close()


@pytest.fixture
def toy() -> Toy:
    """A child that runs a line of Python."""

    def make(name: str, script: str = "import time; time.sleep(60)", **spec: object) -> Process:
        env = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
        return Process(name=name, argv=(sys.executable, "-S", "-c", script), env=env, **spec)  # type: ignore[arg-type]

    return make


@pytest.fixture
def eventually() -> Eventually:
    async def wait(condition: Callable[[], object], within: float = 30.0) -> None:
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - it looks at another process
                await asyncio.sleep(0.02)

    return wait  # type: ignore[return-value]


@pytest.fixture
def gone() -> Callable[[int], bool]:
    def check(pid: int) -> bool:
        try:
            return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    return check


@pytest.fixture
def kill() -> Callable[[int | None, signal.Signals], None]:
    def send(pid: int | None, number: signal.Signals = signal.SIGKILL) -> None:
        assert pid is not None
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    return send
