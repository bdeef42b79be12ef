"""Starts children in the order of their needs, restarts what dies or hangs, stops everything in reverse."""

import asyncio
from collections.abc import Coroutine, Sequence
from graphlib import TopologicalSorter
from types import TracebackType
from typing import Any, Self

from services.local.output import Output
from services.local.problems import LocalError
from services.local.processes import Child, Probe, Process, how_it_ended

START_ATTEMPTS = 4
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
HEALTHY_AFTER = 10.0
READY_EVERY = 0.05
ALIVE_EVERY = 5.0
PROBE_DEADLINE = 6.0


def layers(processes: Sequence[Process]) -> list[list[Process]]:
    """Groups that may start together, each after the ones before it."""
    by_name = {process.name: process for process in processes}
    order = TopologicalSorter({process.name: process.needs for process in processes})
    order.prepare()
    found: list[list[Process]] = []
    while order.is_active():
        names = order.get_ready()
        found.append([by_name[name] for name in names])
        order.done(*names)
    return found


class Supervisor:
    """`async with Supervisor(processes, output):` has everything ready inside and nothing left after."""

    def __init__(self, processes: Sequence[Process], output: Output) -> None:
        self._layers = layers(processes)
        self._output = output
        self._ready = {process.name: asyncio.Event() for process in processes}
        self._children: dict[str, Child] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self.restarts = dict.fromkeys(self._ready, 0)

    def pid(self, name: str) -> int | None:
        child = self._children.get(name)
        return None if child is None or child.ended.done() else child.pid

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start(self) -> None:
        self._keepers = {asyncio.create_task(self._keep(process)) for layer in self._layers for process in layer}
        everything = asyncio.create_task(self._all_ready())
        waiting: set[asyncio.Task[None]] = {everything, *self._keepers}
        try:
            while everything in waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            everything.cancel()

    async def _all_ready(self) -> None:
        for event in self._ready.values():
            await event.wait()

    async def stop(self) -> None:
        """Interrupting this (a second Ctrl-C) kills instead of asking."""
        for keeper in self._keepers:
            keeper.cancel()
        try:
            await asyncio.gather(*self._keepers, return_exceptions=True)
            for layer in reversed(self._layers):
                children = [self._children[process.name] for process in layer if process.name in self._children]
                await asyncio.gather(*(child.stop() for child in children))
                await asyncio.gather(*(child.spec.sweep() for child in children))
        finally:
            for child in self._children.values():
                child.kill()
            await asyncio.gather(*(child.ended for child in self._children.values()))

    async def _keep(self, spec: Process) -> None:
        for need in spec.needs:
            await self._ready[need].wait()
        if spec.once:
            await self._run_once(spec)
            return
        loop, delay, failures = asyncio.get_running_loop(), FIRST_DELAY, 0
        while True:
            began = loop.time()
            why, was_ready, mended = await self._attempt(spec)
            failures = 0 if was_ready or mended else failures + 1
            if not self._ready[spec.name].is_set() and failures >= START_ATTEMPTS:
                raise self._failure(spec, why)
            delay = FIRST_DELAY if loop.time() - began > HEALTHY_AFTER else delay
            self._output.say(f"{spec.name} {why}, starting it again in {delay:.1f} s{self._output.where(spec.name)}")
            if mended:
                self._output.say(f"{spec.name}: {mended}")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            self.restarts[spec.name] += 1

    async def _run_once(self, spec: Process) -> None:
        child = await self._spawn(spec)
        code = await asyncio.shield(child.ended)
        if code != 0:
            raise self._failure(spec, how_it_ended(code))
        self._ready[spec.name].set()

    async def _attempt(self, spec: Process) -> tuple[str, bool, str | None]:
        """One life of a process: how it ended, whether it had been ready, what was mended after it."""
        await spec.sweep()
        try:
            child = await self._spawn(spec)
        except OSError as error:  # no memory or no process slot: the next attempt may succeed
            return f"could not be started ({error.strerror})", False, None
        why = await self._while_it_lives(child, self._until_ready(spec))
        if why is not None:
            return why, False, spec.repair(child.ended.result(), list(child.tail))
        self._ready[spec.name].set()
        return await self._while_it_lives(child, self._until_hung(spec)) or "hung", True, None

    async def _spawn(self, spec: Process) -> Child:
        child = await Child.start(spec, self._output)
        self._children[spec.name] = child
        return child

    async def _while_it_lives(self, child: Child, phase: Coroutine[Any, Any, str | None]) -> str | None:
        """The phase's own outcome if it ends first (a complaint ends the child), else how the child ended."""
        task = asyncio.create_task(phase)
        try:
            await asyncio.wait({task, child.ended}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                return how_it_ended(child.ended.result())
            if complaint := task.result():
                child.kill()
                await asyncio.shield(child.ended)
                return complaint
            return None
        finally:
            task.cancel()

    async def _until_ready(self, spec: Process) -> str | None:
        if spec.ready is None:
            await asyncio.sleep(spec.settle)
            return None
        try:
            async with asyncio.timeout(spec.ready_within):
                while not await spec.ready():  # noqa: ASYNC110 - it looks at another process
                    await asyncio.sleep(READY_EVERY)
        except TimeoutError:
            return f"was not ready within {spec.ready_within:g} s"
        return None

    async def _until_hung(self, spec: Process) -> str | None:
        if spec.alive is None:
            await asyncio.Event().wait()
        pause = min(ALIVE_EVERY, spec.hung_after / 3)
        silent_for = 0.0
        while spec.alive is not None and silent_for < spec.hung_after:
            await asyncio.sleep(pause)
            # Sums what was waited, not what the clock says: a supervisor that was itself stopped must not
            # find everybody hung when it wakes.
            waited = await _silence(spec.alive)
            silent_for = silent_for + waited + pause if waited is not None else 0.0
        return f"did not answer for {spec.hung_after:g} s"

    def _failure(self, spec: Process, why: str) -> LocalError:
        tail = list(self._children[spec.name].tail) if spec.name in self._children else []
        sentence = spec.explain(tail)
        if sentence is None:
            last = next((line for line in reversed(tail) if line.strip()), "it said nothing")
            sentence = f"{spec.name} {why} and did not start: {last}{self._output.where(spec.name)}"
        return LocalError(sentence)


async def _silence(probe: Probe) -> float | None:
    """How long nobody answered; None for an answer."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    try:
        async with asyncio.timeout(PROBE_DEADLINE):
            if await probe():
                return None
    except TimeoutError:
        pass
    return min(loop.time() - asked, PROBE_DEADLINE)
