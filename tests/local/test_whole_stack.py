"""One supervisor as a program of its own, stopped in every way there is."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

PROGRAM = Path(__file__).with_name("run_toys.py")
ROOT = PROGRAM.parents[2]


@asynccontextmanager
async def program(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(home),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said: list[str] = []
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while said[-1:] != ["linli ready"]:
                line = await process.stdout.readline()
                assert line, said
                said.append(line.decode().rstrip())
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def descendants(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_everything(
    tmp_path: Path, number: signal.Signals, gone: Callable[[int], bool], eventually: Callable[..., Any]
) -> None:
    async with program(tmp_path) as (process, said):
        everybody = descendants(process.pid)
        assert len(everybody) > 6
        process.send_signal(number)
        async with asyncio.timeout(60):
            rest, _ = await process.communicate()
        assert process.returncode == 0, rest.decode()
        assert b"Traceback" not in rest
    await eventually(lambda: all(map(gone, everybody)))
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    assert any(line.startswith("migrate         | tables") for line in said)


async def test_a_killed_supervisor_leaves_no_process_and_can_start_again(
    tmp_path: Path, gone: Callable[[int], bool], eventually: Callable[..., Any]
) -> None:
    for _ in range(2):
        async with program(tmp_path) as (process, _said):
            everybody = descendants(process.pid)
            process.kill()
            await process.communicate()
        await eventually(lambda everybody=everybody: all(map(gone, everybody)))


async def test_a_second_run_in_the_same_home_is_one_sentence(tmp_path: Path) -> None:
    async with program(tmp_path) as (process, _said):
        second = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "import sys; from services.local.commands import up; up()", "--home", str(tmp_path)),
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
            said, _ = await second.communicate()
        assert second.returncode == 1
        assert said.decode().count("\n") == 1
        assert f"already running in {tmp_path} (pid {process.pid})" in said.decode()
        assert process.returncode is None


def is_alive(child: psutil.Process) -> bool:
    try:
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it went between being listed and being asked
        return False


async def test_every_child_comes_back(tmp_path: Path, eventually: Callable[..., Any]) -> None:
    async with program(tmp_path) as (process, _said):
        before = {child.pid for child in psutil.Process(process.pid).children()}
        assert len(before) == 4
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        def back() -> bool:
            now = {child.pid for child in psutil.Process(process.pid).children() if is_alive(child)}
            return len(now) == 4 and not now & before

        await eventually(back)
        await asyncio.sleep(0.5)
        assert back()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await process.communicate()
        assert process.returncode == 0
