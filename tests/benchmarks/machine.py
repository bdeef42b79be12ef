"""The machine: what it is, how long its flush takes, and who used how much of its processors."""

import asyncio
import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from services.local.postgres import programs

_FLUSH = re.compile(r"^\s+fdatasync\s+.*?(\d+) usecs/op")
_MODEL = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


async def describe(folder: Path) -> dict[str, Any]:
    """For the head of the report. `folder` is where the database lives."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "flush_us": await flush_us(folder),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    model = _MODEL.search(info.read_text()) if info.exists() else None
    return model[1] if model else platform.processor() or platform.machine()


async def flush_us(folder: Path) -> int | None:
    """One 8 kB write and fdatasync by pg_test_fsync, microseconds; it is stopped once it has said that."""
    argv = (str(programs() / "pg_test_fsync"), "-s", "1", "-f", str(folder / "flush.test"))
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(10):
            async for line in process.stdout:
                if found := _FLUSH.match(line.decode()):
                    return int(found[1])
    except TimeoutError:
        return None
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        (folder / "flush.test").unlink(missing_ok=True)
    return None


class Meter:
    """Processor seconds of groups of processes with all their descendants, living and gone."""

    def __init__(self, groups: dict[str, Iterable[int]]) -> None:
        self._groups = {name: list(pids) for name, pids in groups.items()}

    def read(self) -> dict[str, float]:
        return {name: sum(map(_seconds, pids)) for name, pids in self._groups.items()}


def _seconds(pid: int) -> float:
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        times = parent.cpu_times()
        gone = times.children_user + times.children_system
        return float(times.user + times.system + gone) + sum(map(_own, parent.children(recursive=True)))
    return 0.0


def _own(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
