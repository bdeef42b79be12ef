"""One child process: what it is (`Process`) and one run of it (`Child`)."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from services.local.output import Output

GUARD = Path(__file__).with_name("guard.py")
TAIL = 50
LONGEST_LINE = 16_384
LAST_WORDS = 0.5
STDIN, STDOUT = 0, 1

Probe = Callable[[], Awaitable[bool]]


async def _nothing() -> None:
    return


def _no_repair(_code: int, _tail: Sequence[str]) -> str | None:
    return None


def _no_explanation(_tail: Sequence[str]) -> str | None:
    return None


@dataclass(frozen=True)
class Account:
    """Whom a child runs as: `prefix` stands before its command; without ids it runs as we do."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def guarded(self, program: Sequence[str], orphan_signal: signal.Signals) -> list[str]:
        who = ["-" if number is None else str(number) for number in (self.user, self.group)]
        guard = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(int(orphan_signal)), *who]
        return [*self.prefix, *guard, *program]


@dataclass(frozen=True, kw_only=True)
class Process:
    """What to run and how to tell that it is well. A stack is a list of these."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # names that must be ready (or, for a one-shot, done) before
    once: bool = False  # runs to its end and must succeed
    ready: Probe | None = None
    ready_within: float = 30.0
    settle: float = 0.0  # without a probe: ready after having lived this long
    alive: Probe | None = None
    hung_after: float = 30.0  # generous: a process that was merely stopped for a moment is left alone
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL  # what the kernel sends if the supervisor is killed
    stdin: bytes = b""  # where secrets go that must not be seen in the process list
    account: Account = Account()
    inherit: tuple[int, ...] = ()
    echo: bool = True
    sweep: Callable[[], Awaitable[None]] = _nothing  # ends what a killed run left behind
    repair: Callable[[int, Sequence[str]], str | None] = _no_repair  # after a failed start: what was mended
    explain: Callable[[Sequence[str]], str | None] = _no_explanation  # the last lines in one sentence


class _Ears(asyncio.SubprocessProtocol):
    """Hears the exit at once: `asyncio.subprocess` reports it only after every descendant closed the pipe."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, _descriptor: int, data: bytes) -> None:
        self._hear(data)

    def pipe_connection_lost(self, descriptor: int, _error: Exception | None) -> None:
        if descriptor == STDOUT:
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


class Child:
    """One run, in a session of its own, so that Ctrl-C in the terminal reaches the supervisor only."""

    def __init__(self, spec: Process, output: Output) -> None:
        self.spec, self._output = spec, output
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._rest = b""
        self._ears = _Ears(self._hear)
        self._transport: asyncio.SubprocessTransport
        self.ended: asyncio.Task[int]

    @classmethod
    async def start(cls, spec: Process, output: Output) -> "Child":
        child = cls(spec, output)
        child._transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: child._ears,
            *spec.account.guarded(spec.argv, spec.orphan_signal),
            env=dict(spec.env),
            stdin=asyncio.subprocess.PIPE if spec.stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            pass_fds=spec.inherit,
        )
        if spec.stdin:
            stdin = child._transport.get_pipe_transport(STDIN)
            assert isinstance(stdin, asyncio.WriteTransport)  # noqa: S101 - it was asked for above
            stdin.write(spec.stdin)
            stdin.close()
        child.ended = asyncio.create_task(child._reap())
        return child

    @property
    def pid(self) -> int:
        return self._transport.get_pid()

    async def stop(self) -> None:
        """Ask, wait, then insist. Returns when nothing of the process group is left."""
        self._send(self.spec.stop_signal)
        try:
            async with asyncio.timeout(self.spec.stop_within):
                await asyncio.shield(self.ended)
        except TimeoutError:
            self._output.say(f"{self.spec.name} did not stop within {self.spec.stop_within:g} s and is killed")
        finally:
            self.kill()
        await asyncio.shield(self.ended)

    def kill(self) -> None:
        if not self.ended.done():
            self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._transport.get_returncode() is None:
            with suppress(ProcessLookupError):
                self._transport.send_signal(number)

    async def _reap(self) -> int:
        await self._ears.exited.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # its own children must not outlive it
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._ears.silent.wait()
        if self._rest:
            self._say(self._rest)
        code = self._transport.get_returncode()
        self._transport.close()
        return 0 if code is None else code

    def _hear(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > LONGEST_LINE:
            self._say(self._rest)
            self._rest = b""

    def _say(self, line: bytes) -> None:
        text = line[:LONGEST_LINE].decode(errors="replace").rstrip()
        self.tail.append(text)
        self._output.line(self.spec.name, text, echo=self.spec.echo)


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
