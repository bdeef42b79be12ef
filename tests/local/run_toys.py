"""A supervisor of its own: the real PostgreSQL and Valkey, and toys in place of the services."""

import asyncio
import os
import sys
from pathlib import Path

from services.local.interruption import until_interrupted
from services.local.layout import Layout
from services.local.output import Output
from services.local.processes import Process
from services.local.stack import local_stack

CHATTER = "import sys, time\nfor n in range(10**6):\n    print(sys.argv[1], n, flush=True); time.sleep(.2)"


def toys(layout: Layout) -> list[Process]:
    env = {"PATH": os.environ["PATH"]}
    once = Process(
        name="migrate",
        argv=(sys.executable, "-S", "-c", "print('tables')"),
        env=env,
        needs=layout.servers,
        once=True,
    )
    names = ("tickets.api", "tickets.worker")
    lasting = [
        Process(name=name, argv=(sys.executable, "-S", "-c", CHATTER, name), env=env, needs=("migrate",))
        for name in names
    ]
    return [once, *lasting]


async def run(home: Path) -> None:
    output = Output(home / "logs", sys.stdout)
    async with local_stack(home, free_ports=True, durable=False, output=output, make_children=toys):
        output.say("linli ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(until_interrupted(run(Path(sys.argv[1]))))
