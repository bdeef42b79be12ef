"""One run: a stack, a load, blows, a drain, a verdict."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.demo.api import Addresses
from services.demo.simulator import listening
from services.local.layout import Children, children
from services.local.settings import SERVICES
from services.local.stack import LocalStack, local_stack
from tests.chaos import facts as reading
from tests.chaos.cast import Cast, assemble, rehearse
from tests.chaos.client import Client
from tests.chaos.judge import Verdict, judge
from tests.chaos.killer import Killer, Struck
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load
from tests.chaos.schedule import schedule
from tests.chaos.without_jobs import children_without_jobs

RATE = 40.0
DRAIN_S, CONTROL_DRAIN_S = 90.0, 45.0  # the control's: longer than arq keeps a killed worker's job to itself
DISTRICTS = 5


@dataclass(frozen=True)
class Plan:
    """What is to happen. `home` keeps data and logs; `drain_s` is how long the drain may take."""

    seconds: float
    seed: int
    rate: float = RATE
    control: bool = False
    districts: int = DISTRICTS
    drain_s: float | None = None
    home: Path | None = None

    @property
    def longest_drain_s(self) -> float:
        return self.drain_s or (CONTROL_DRAIN_S if self.control else DRAIN_S)


@dataclass
class Outcome:
    plan: Plan
    ledger: Ledger
    verdict: Verdict
    struck: list[Struck]
    began: float
    drain_s: float
    callbacks: int
    told_again: int

    @property
    def is_as_promised(self) -> bool:
        """A control must have lost something, for good or left undone; anything else must be clean."""
        return bool(self.verdict.lost + self.verdict.undone) if self.plan.control else self.verdict.is_clean

    def line(self) -> str:
        v = self.verdict
        return (
            f"accepted={len(self.ledger.accepted())} lost={v.lost} duplicated={v.duplicated} undone={v.undone} "
            f"out_of_order={v.out_of_order} oversold={v.oversold} p99_ms={self.ledger.p99_ms:.0f} "
            f"drain_s={self.drain_s:.1f}"
        )


def say(text: str) -> None:
    """Progress, apart from the result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a program


async def run(plan: Plan) -> Outcome:
    """Starts a stack of its own and throws it away afterwards unless a home is given. No blow cuts the power, so that
    fsync would measure the neighbours' disk and nothing of ours.
    """
    say("starting a throw-away stack …")
    make: Children = children_without_jobs if plan.control else children
    async with (
        local_stack(plan.home, free_ports=True, durable=False, make_children=make) as stack,
        AsyncExitStack() as end,
    ):
        client = Client(Addresses.of({service: stack.url(service) for service in SERVICES}), Ledger(), plan.seed)
        end.push_async_callback(client.close)
        casts = await assemble(client, stack, plan.districts)
        for cast in casts:
            port = await end.enter_async_context(listening(cast.hotline))
            await rehearse(client, cast, f"http://127.0.0.1:{port}/callbacks")
        return await _play(plan, stack, client, casts)


async def _play(plan: Plan, stack: LocalStack, client: Client, casts: list[Cast]) -> Outcome:
    ledger, url = client.ledger, stack.layout.owner_url
    load = Load(client, casts, ledger, plan.seed)
    began = time.monotonic()
    killer = Killer(stack, began)
    say(f"{plan.seconds:.0f} s of load at {plan.rate:.0f} requests/s, seed {plan.seed}")
    background = [asyncio.create_task(load.lead(cast)) for cast in casts]
    background.append(asyncio.create_task(_progress(began, ledger, killer)))
    try:
        await asyncio.gather(load.run(plan.seconds, plan.rate), killer.carry_out(schedule(plan.seed, plan.seconds)))
        drain_s = await _drain(load, ledger, url, plan.longest_drain_s)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await load.stop()
    told = {order: found for cast in casts for order, found in cast.hotline.by_order().items()}
    facts = await reading.read(url, [hotline["district"] for hotline in stack.credentials()["hotlines"]])
    return Outcome(
        plan=plan,
        ledger=ledger,
        verdict=judge(ledger, told, facts),
        struck=killer.struck,
        began=began,
        drain_s=drain_s,
        callbacks=sum(len(cast.hotline.callbacks) for cast in casts),
        told_again=sum(cast.hotline.repeated for cast in casts),
    )


async def _progress(began: float, ledger: Ledger, killer: Killer) -> None:
    while True:
        await asyncio.sleep(5)
        waiting = sum(act.outcome == "under way" for act in ledger.acts)
        say(
            f"  {time.monotonic() - began:4.0f} s  {len(ledger.accepted())} acknowledged, {waiting} waiting, "
            f"{len(killer.struck)} blows"
        )


async def _drain(load: Load, ledger: Ledger, url: str, longest: float) -> float:
    """Until every client has its answer, every order its way and no job is due; at most `longest`."""
    began = time.monotonic()
    say("the load is over; what it left behind is worked off …")
    connection = await asyncpg.connect(url)
    try:
        while time.monotonic() - began < longest:
            came = {str(act.answer.get("appeal_id") or act.answer["id"]) for act in ledger.accepted("order", "file")}
            if not load.under_way and came <= ledger.in_inbox.keys() and not await reading.jobs_left(connection):
                break
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
    return time.monotonic() - began
