"""The worker as it really runs: its own process, a real Valkey, a real PostgreSQL."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.events.conftest import World

ROOT_FOLDER = Path(__file__).parents[2]


async def test_a_worker_process_moves_the_head_up_and_tells_him(world: World) -> None:
    activity = await world.opened(capacity=1)
    first, second = world.resident(), world.resident()
    seated = await world.signed_up(activity, first)
    await world.signed_up(activity, second)
    await world.post(first, f"/registrations/{seated['id']}/cancel")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.events.worker", cwd=ROOT_FOLDER, env=os.environ
    )
    try:
        async with asyncio.timeout(60):
            while not (await world.get(second, "/notices/mine")).json()["items"]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        assert (await world.get(second, "/registrations/mine")).json()["items"][0]["step"] == "registered"
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await process.wait() == 0
