"""Another system follows the change feed while eight writers write: it sees everything once, causes before effects.

Every writer takes one of three places, counts it up in the database, and journals the number that it got. So the
numbers say in which order things really happened, whoever began first and whenever the sealer looked. Some hold their
transaction open long after they wrote.
"""

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import Integer, Text, bindparam, func, update

from services.hierarchy.places.tables import PLACES
from shared.kernel.errors import Conflict, Overloaded, RequestInProgress
from shared.kernel.rights import Principal
from shared.runtime.db import Statement
from shared.runtime.journal import Entry
from tests.support.together import Story, until
from tests.support.world import service_headers

WRITERS, TURNS = 8, 12
COUNT_UP = Statement(
    update(PLACES)
    .where(PLACES.c.district == bindparam("district", type_=Text()), PLACES.c.code == bindparam("code", type_=Text()))
    .values(households=func.coalesce(PLACES.c.households, 0, type_=Integer()) + 1)
    .returning(PLACES.c.id, PLACES.c.households)
)


async def write(story: Story, dice: random.Random, code: str, *, hold_s: float) -> None:
    """Counts a place up in a transaction that begins early and ends late."""
    hierarchy = story.services["hierarchy"]
    while True:
        try:
            async with hierarchy.work(Principal(story.district, "writer", "user")) as work:
                await work.begin()
                await work.all(COUNT_UP, code="nowhere")  # the transaction has begun, and holds nothing yet
                await asyncio.sleep(dice.uniform(0, 0.02))
                row = await work.one(COUNT_UP, code=code)
                assert row is not None
                await work.record(Entry("place", "counted", data={"code": code, "n": row["households"]}), row["id"])
                await asyncio.sleep(hold_s)
        except (Conflict, Overloaded, RequestInProgress):
            continue  # somebody else held the place for too long
        return


async def writer(story: Story, seed: int) -> None:
    dice = random.Random(seed)
    contended = [f"{story.district}100001", f"{story.district}100002", f"{story.district}100001-B01"]
    for _ in range(TURNS):
        await write(story, dice, dice.choice(contended), hold_s=dice.choice([0, 0, 0.005, 0.03]))


async def latecomer(story: Story, code: str) -> None:
    """Holds what it wrote for longer than several rounds of the sealer."""
    dice = random.Random(code)
    for _ in range(2):
        await write(story, dice, code, hold_s=2.5)


class Follower:
    """Another system: it knows the position and the hash that it was told last, and nothing else."""

    def __init__(self, story: Story, limit: int) -> None:
        self.story, self.limit = story, limit
        self.position = 0
        self.proof: str | None = None
        self.seen: list[dict[str, Any]] = []

    async def ask(self) -> bool:
        """One more answer; whether there is more already."""
        params: dict[str, Any] = {"after": self.position, "limit": self.limit, "kind": "place"}
        params |= {"proof": self.proof} if self.proof else {}
        headers = service_headers(self.story.district, "tickets", "hierarchy")
        http = self.story.http["hierarchy"]
        answer = await http.get("/api/hierarchy/v1/changes", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert all(item["position"] > self.position for item in found["items"])
        self.seen += [item for item in found["items"] if item["event"] == "counted"]
        self.position, self.proof = found["position"], found["hash"]
        more: bool = found["more"]
        return more

    async def follow(self, until: asyncio.Event) -> None:
        while True:
            last = until.is_set()
            if not await self.ask() and last:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("seed", range(2))
async def test_everything_is_seen_once_and_in_the_order_of_causes(story: Story, seed: int) -> None:
    over = asyncio.Event()
    followers = [Follower(story, limit=3), Follower(story, limit=500)]
    following = [asyncio.create_task(follower.follow(over)) for follower in followers]
    late = [f"{story.district}100", f"{story.district}"]
    writing = [writer(story, seed * WRITERS + number) for number in range(WRITERS)]
    await asyncio.gather(*writing, *(latecomer(story, code) for code in late))

    async def seen() -> int:
        return min(len(follower.seen) for follower in followers)

    everything = WRITERS * TURNS + 2 * len(late)
    await until(seen, lambda least: least >= everything)  # the sealer's next round
    over.set()
    await asyncio.gather(*following)
    for follower in followers:
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for item in follower.seen:
            numbers[item["data"]["code"]].append(item["data"]["n"])
        assert sum(map(len, numbers.values())) == everything
        assert {code: found for code, found in numbers.items() if found != list(range(1, len(found) + 1))} == {}
        positions = [item["position"] for item in follower.seen]
        assert positions == sorted(set(positions))
    assert followers[0].seen == followers[1].seen
