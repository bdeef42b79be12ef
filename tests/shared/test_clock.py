"""The database's clock, told without asking it each time: a slow answer must not put a process before or behind it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.runtime.clock import Clock
from shared.runtime.db import Database, Statement
from shared.runtime.settings import Settings

_TICK = 2e-6  # PostgreSQL's microseconds, and what rounding to them takes
_delays = st.floats(0, 30)
_roads = st.lists(st.tuples(_delays, _delays), min_size=1, max_size=8)


def measure(clock: Clock, ahead: float, roads: list[tuple[float, float]]) -> list[float]:
    """Asks over roads that take so long there and back; gives how wrong the clock was after each."""
    wrong = []
    for number, (there, back) in enumerate(roads):
        asked = 1_000_000.0 + 100 * number
        clock.heard(asked, asked + there + ahead, asked + there + back)
        wrong.append(abs(clock.ahead - ahead))
    return wrong


@given(_roads)
def test_clocks_that_agree_are_never_taken_to_differ(roads: list[tuple[float, float]]) -> None:
    assert max(measure(Clock(), 0, roads)) < _TICK


@given(_roads, st.floats(-3600, 3600))
def test_no_measurement_makes_it_worse_and_a_quick_one_settles_it(
    roads: list[tuple[float, float]], ahead: float
) -> None:
    clock = Clock()
    wrong = [abs(ahead), *measure(clock, ahead, roads)]
    assert all(after <= before + _TICK for before, after in pairwise(wrong))
    assert wrong[-1] <= min(there + back for there, back in roads) + _TICK
    assert measure(clock, ahead, [(0.0, 0.0), *roads])[-1] < _TICK


@asynccontextmanager
async def slow_road(url: str, there_s: float, back_s: float) -> AsyncIterator[str]:
    """The database's address behind a relay that holds every message back that long on its way there, and back."""
    target = make_url(url)

    async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter, held_s: float) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await asyncio.sleep(held_s)
                to.write(data)
        to.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_connection(target.host, target.port)
        await asyncio.gather(carry(reader, there, there_s), carry(back, writer, back_s))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


@pytest.mark.parametrize(("there_s", "back_s"), [(0.2, 0.0), (0.0, 0.2)], ids=["on its way there", "on its way back"])
async def test_a_question_held_up_does_not_move_the_clock(
    database: dict[str, str], there_s: float, back_s: float
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(slow_road(database["tickets"], there_s, back_s))
        slow = Database(url, Settings())
        stack.push_async_callback(slow.close)
        assert await slow.fetch(Statement(text("SELECT 1")), {})
        before, told, after = time.time(), slow.now(), time.time()
    assert before - _TICK <= told.timestamp() <= after + _TICK


async def test_a_database_whose_clock_differs_is_believed(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on another machine: this process's clock goes an hour and a half before the database's."""
    real: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 5400)
    other = Database(database["tickets"], Settings())
    assert await other.fetch(Statement(text("SELECT 1")), {})
    told = other.now()
    await other.close()
    assert abs((told - datetime.fromtimestamp(real(), UTC)).total_seconds()) < 60
