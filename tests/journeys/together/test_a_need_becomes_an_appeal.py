"""What is found on a visit becomes an appeal in tickets, exactly once, whatever dies on the way."""

import asyncio
import signal
import sys
from typing import Any
from uuid import UUID

from shared.kernel.rights import Role
from tests.support.together import FIRST, Story, Together, holder_of, until
from tests.support.world import somebody

BUILDING = FIRST + "0001"
NEED = {"title": "独居老人需要助餐", "content": "腿脚不便，希望中午有人送餐。", "category": "JC05"}
# hierarchy's worker as it is, but for a death between tickets' answer and its own commit.
DOOMED = """
import os, signal
from services.hierarchy import worker
from services.hierarchy.main import open_hierarchy
from services.hierarchy.visits import service
from shared.runtime.worker import run_worker

async def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

service.became = killed
run_worker(open_hierarchy())
"""


async def visited(story: Story) -> str:
    held = await holder_of(story, f"{story.district}100001-B01-building_head")
    head = somebody(story.district, Role.BUILDING_HEAD, BUILDING, id=UUID(held["person"]))
    body = {"place": f"{story.district}100001-B01", "result": "need", "needs": [NEED]}
    return str((await story.ask("hierarchy", "/visits", head, body))["id"])


async def appeals(story: Story) -> list[Any]:
    return await story.rows(
        "tickets", "SELECT id::text AS id, number, channel, title FROM tickets.appeals WHERE district = $1"
    )


async def need(story: Story, visit: str) -> dict[str, Any]:
    [found] = (await story.read("hierarchy", f"/visits/{visit}", story.staff))["needs"]
    assert isinstance(found, dict)
    return found


async def test_a_need_finds_its_way(story: Story) -> None:
    visit = await visited(story)
    await story.at_rest()
    [appeal] = await appeals(story)
    assert (appeal["channel"], appeal["title"]) == ("visit", NEED["title"])
    shown = await need(story, visit)
    assert (shown["appeal_id"], shown["appeal_number"]) == (appeal["id"], appeal["number"])
    assert appeal["id"] in await story.listed("tickets", "/appeals", story.staff)


async def test_the_worker_is_killed_between_the_call_and_its_commit(story: Story, together: Together) -> None:
    async with together.without_worker("hierarchy"):
        visit = await visited(story)
        doomed = await asyncio.create_subprocess_exec(sys.executable, "-c", DOOMED)
        try:
            async with asyncio.timeout(60):
                assert await doomed.wait() == -signal.SIGKILL
        finally:
            if doomed.returncode is None:
                doomed.kill()
                await doomed.wait()
        assert len(await appeals(story)) == 1  # tickets has it, and hierarchy does not know
        assert (await need(story, visit))["appeal_number"] is None
    await story.due_now("hierarchy", "hierarchy.visit.appeal")  # the dead worker's lease runs out
    await until(lambda: need(story, visit), lambda shown: shown["appeal_number"] is not None)
    await story.at_rest()
    [appeal] = await appeals(story)
    assert (await need(story, visit))["appeal_number"] == appeal["number"]


async def test_tickets_is_away_when_it_is_found(story: Story, together: Together) -> None:
    async with together.without_api("tickets"):
        visit = await visited(story)
        await story.tried("hierarchy", "hierarchy.visit.appeal", times=2)
        assert await appeals(story) == []
    await story.due_now("hierarchy", "hierarchy.visit.appeal")
    await until(lambda: need(story, visit), lambda shown: shown["appeal_number"] is not None)
    assert len(await appeals(story)) == 1
