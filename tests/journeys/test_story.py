"""The demonstration's story on the whole stack: real processes, real queue, real HTTP. Then the same with a murder."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.demo.api import Addresses, Api, until
from services.demo.simulator import listening
from services.demo.story import DISTRICT, Ending, Say, Story
from services.hierarchy.schema import SCHEMA as HIERARCHY
from services.journal import prepare_json
from services.local.settings import SERVICES
from services.local.stack import LocalStack, local_stack
from services.tickets.schema import SCHEMA as TICKETS
from shared.runtime.tables import Schema
from shared.runtime.verify import verify

STEPS = ["信息上报", "核实立案", "分流交办", "跟踪处理", "事件反馈", "考核评价", "已办结"]


@pytest.fixture(scope="module")
async def stack(no_settings: None) -> AsyncIterator[LocalStack]:
    async with local_stack(free_ports=True) as running:
        yield running


async def tell(stack: LocalStack, say: Say = lambda _: None) -> Ending:
    api = Api()
    try:
        urls = {service: stack.url(service) for service in SERVICES}
        story = Story(api, Addresses.of(urls), stack.credentials(), say)
        async with listening(story.hotline) as port:
            ending = await story.tell(f"http://127.0.0.1:{port}/callbacks")
            await asyncio.sleep(0.2)  # a second delivery of the last callback would come now
            assert len(story.hotline.callbacks) == len(ending.callbacks)
            return ending
    finally:
        await api.close()


async def counted(stack: LocalStack, sql: str, *arguments: Any) -> int:
    connection = await asyncpg.connect(stack.layout.owner_url)
    try:
        found: int = await connection.fetchval(sql, *arguments)
        return found
    finally:
        await connection.close()


async def test_the_hotline_order_travels_the_six_steps(stack: LocalStack) -> None:
    ending = await tell(stack)
    entered = [item["step_label"] for item in ending.timeline if item["step_label"]]
    assert [step for step in STEPS if step in entered] == STEPS
    assert ending.hops == 4
    assert [c.event for c in ending.callbacks][-1] == "resolved"
    assert await counted(stack, "SELECT count(*) FROM tickets.appeals WHERE number = $1", ending.number) == 1


@pytest.mark.parametrize(
    "victim",
    [
        "tickets.worker",
        "tickets.api",
        "hierarchy.api",
        "valkey",
        "postgres",
        "events.worker",
        "events.api",
        "hierarchy.worker",
    ],
)
async def test_the_story_ends_though_a_process_is_killed(stack: LocalStack, victim: str) -> None:
    before = stack.supervisor.restarts.get(victim, 0)

    def murder(said: str) -> None:
        if said.startswith("信息上报"):
            pid = stack.supervisor.pid(victim)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

    async def restarted() -> bool | None:
        return stack.supervisor.restarts[victim] > before or None

    ending = await tell(stack, murder)
    await until(f"{victim} to be started again", restarted)
    assert await counted(stack, "SELECT count(*) FROM tickets.appeals WHERE number = $1", ending.number) == 1
    doubled = """SELECT count(*) FROM (SELECT event FROM tickets.journal j JOIN tickets.appeals a ON a.id = j.subject_id
                 WHERE a.number = $1 AND event IN ('report', 'locate', 'file', 'assign', 'resolve', 'close')
                 GROUP BY event HAVING count(*) > 1) twice"""
    assert await counted(stack, doubled, ending.number) == 0


async def test_the_journals_hold_and_a_planted_change_is_found(stack: LocalStack) -> None:
    connection = await asyncpg.connect(stack.layout.owner_url)
    try:
        await prepare_json(connection)
        await tell(stack)
        for schema in (TICKETS, HIERARCHY):

            async def sealed(schema: Schema = schema) -> bool | None:
                verdict = await verify(connection, schema, DISTRICT)
                assert verdict.broken is None
                return verdict.rows >= 3 or None

            await until(f"three rows of {schema.name} to be sealed", sealed)
        await connection.execute(
            """UPDATE tickets.journal SET actor = 'somebody else' WHERE (district, at, id) =
               (SELECT district, entry_at, entry_id FROM tickets.journal_seals WHERE district = $1 AND position = 3)""",
            DISTRICT,
        )
        broken = (await verify(connection, TICKETS, DISTRICT)).broken
        assert broken is not None
        assert "position 3" in broken
    finally:
        await connection.close()
