import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.local import supervisor as under_test
from services.local.output import LogFile, Output
from services.local.problems import LocalError
from services.local.processes import Child, Process
from services.local.supervisor import Supervisor, layers

Toy = Callable[..., Process]
Eventually = Callable[..., Any]


async def never() -> bool:
    return False


def test_layers_follow_the_needs(toy: Toy) -> None:
    found = layers([toy("api", needs=("load",)), toy("load", needs=("pg", "kv")), toy("pg"), toy("kv")])
    assert [{process.name for process in layer} for layer in found] == [{"pg", "kv"}, {"load"}, {"api"}]


async def test_a_killed_child_is_started_again(
    toy: Toy, output: Output, eventually: Eventually, kill: Callable[..., None]
) -> None:
    async with Supervisor([toy("one"), toy("two")], output) as supervisor:
        before, other = supervisor.pid("one"), supervisor.pid("two")
        kill(before)
        await eventually(lambda: supervisor.pid("one") not in {None, before})
        assert supervisor.restarts == {"one": 1, "two": 0}
        assert supervisor.pid("two") == other


async def test_a_crash_loop_is_slowed_down(toy: Toy, output: Output, eventually: Eventually, tmp_path: Path) -> None:
    began = time.monotonic()
    async with Supervisor([toy("crashing", "import time; time.sleep(.05)")], output) as supervisor:
        await eventually(lambda: supervisor.restarts["crashing"] >= 3)
    assert time.monotonic() - began >= 0.1 + 0.2 + 0.4
    said = (tmp_path / "logs" / "linli.log").read_text()
    assert re.findall(r"starting it again in (\S+) s", said)[:3] == ["0.1", "0.2", "0.4"]


async def test_nothing_is_left_when_the_block_ends(
    toy: Toy, output: Output, gone: Callable[[int], bool], eventually: Eventually, tmp_path: Path
) -> None:
    grandchild = tmp_path / "grandchild"
    script = (
        "import subprocess, time, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(grandchild)!r}, 'w').write(str(p.pid))\n"
        "time.sleep(60)"
    )
    async with Supervisor([toy("parent", script)], output) as supervisor:
        await eventually(lambda: grandchild.exists() and grandchild.read_text())
        pids = [supervisor.pid("parent"), int(grandchild.read_text())]
    await eventually(lambda: all(pid is not None and gone(pid) for pid in pids))


async def test_stopping_goes_in_reverse_and_a_stubborn_child_is_killed(
    toy: Toy, output: Output, tmp_path: Path, eventually: Eventually
) -> None:
    record = tmp_path / "record"

    def polite(name: str) -> str:
        return (
            "import signal, sys, time\n"
            f"def stop(*_): open({str(record)!r}, 'a').write('{name} '); sys.exit()\n"
            "signal.signal(signal.SIGTERM, stop); print('up'); time.sleep(60)"
        )

    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    processes = [
        toy("base", polite("base")),
        toy("top", polite("top"), needs=("base",)),
        toy("mule", stubborn, needs=("top",), stop_within=0.3),
    ]
    async with Supervisor(processes, output) as supervisor:
        children = supervisor._children
        await eventually(lambda: all(children[name].tail for name in ("base", "top", "mule")))
        began = time.monotonic()
    assert record.read_text() == "top base "
    assert time.monotonic() - began < 5


async def test_a_one_shot_that_fails_stops_the_start_and_quotes_its_last_line(toy: Toy, output: Output) -> None:
    failing = toy("migrate", "import sys; print('no such table'); sys.exit(3)", once=True)
    later = toy("api", needs=("migrate",))
    supervisor = Supervisor([failing, later], output)
    with pytest.raises(LocalError, match=r"migrate ended with code 3 .*no such table"):
        async with supervisor:
            pytest.fail("it started")
    assert supervisor.pid("api") is None


async def test_a_server_that_never_starts_is_given_up(
    toy: Toy, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "FIRST_DELAY", 0.01)
    with pytest.raises(LocalError, match="ModuleNotFoundError"):
        async with Supervisor([toy("api", "import nonsense_", ready=never)], output):
            pytest.fail("it started")


async def test_a_start_that_fails_once_is_tried_again(toy: Toy, output: Output, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = (
        f"import os, sys, time; m = {str(mark)!r}\nif not os.path.exists(m): open(m, 'w'); sys.exit(1)\n"
        "open(m + '.up', 'w'); time.sleep(60)"
    )

    async def up() -> bool:
        return mark.with_suffix(".up").exists()

    async with Supervisor([toy("shy", script, ready=up)], output) as supervisor:
        assert supervisor.restarts["shy"] == 1


async def test_what_dies_before_it_has_settled_was_never_ready(toy: Toy, output: Output) -> None:
    with pytest.raises(LocalError, match="did not start"):
        async with Supervisor([toy("brief", "", settle=20)], output):
            pytest.fail("it started")


async def test_only_a_long_silence_restarts(
    toy: Toy, output: Output, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "ALIVE_EVERY", 0.02)
    answers = iter(([False] * 12 + [True]) * 3)  # 0.24 s of silence, thrice; in the end for ever
    asked: list[int | None] = []

    async def alive() -> bool:
        asked.append(supervisor.pid("api"))
        return next(answers, False)

    supervisor = Supervisor([toy("api", alive=alive, hung_after=0.6)], output)
    async with supervisor:
        before = supervisor.pid("api")
        await eventually(lambda: supervisor.pid("api") != before)
    assert asked[:39] == [before] * 39


async def test_a_second_interruption_kills(toy: Toy, output: Output, eventually: Eventually) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    supervisor = await Supervisor([toy("mule", stubborn, stop_within=30)], output).__aenter__()
    await eventually(lambda: supervisor._children["mule"].tail)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.1)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert supervisor.pid("mule") is None


async def test_secrets_on_standard_input_are_in_no_process_list(toy: Toy, output: Output) -> None:
    child = await Child.start(toy("reader", "print(input()[::-1])", stdin=b"terces\n"), output)
    assert "terces" not in " ".join(psutil.Process(child.pid).cmdline())
    assert await child.ended == 0
    assert list(child.tail) == ["secret"]


async def test_a_long_line_and_broken_bytes_are_passed_on(toy: Toy, output: Output) -> None:
    script = "import sys; sys.stdout.buffer.write(b'x' * 200_000 + b'\\n\\xff\\nend')"
    child = await Child.start(toy("loud", script), output)
    await child.ended
    assert child.tail[-1] == "end"
    assert child.tail[-2] == "\ufffd"


def test_a_log_file_stays_bounded(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "api.log", limit=1_000)
    for number in range(500):
        file.write(f"line {number}")
    file.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2_000
    assert "line 499" in (tmp_path / "api.log").read_text()


def test_a_closed_terminal_does_not_hurt(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        output = Output(tmp_path, stream)
        output.say("one")
        output.line("api", "two", echo=True)
        output.close()
    assert (tmp_path / "api.log").read_text() == "two\n"
