"""Appeals go with a post to its next holder: how many wait is counted, and all of them are moved, a few at a time."""

from typing import Any
from uuid import UUID

import pytest

from services.tickets.handovers import service as handovers
from shared.runtime.ids import new_id
from tests.support.steps import run_due
from tests.support.world import service_headers
from tests.tickets.conftest import BASE, Cast


def hierarchy_of(cast: Cast) -> dict[str, str]:
    return service_headers(cast.district, "hierarchy", "tickets")


async def waiting(cast: Cast, person: UUID, *posts: str) -> int:
    answer = await cast.client.get(
        f"{BASE}/caseloads/{person}", params={"post": list(posts)}, headers=hierarchy_of(cast)
    )
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["open"]
    return found


async def hand_over(cast: Cast, successor: UUID, key: str | None = None) -> Any:
    body = {"person_id": str(cast.head.id), "successor_id": str(successor), "posts": ["post-1"]}
    headers = hierarchy_of(cast) | {"Idempotency-Key": key or str(new_id())}
    return await cast.client.post(f"{BASE}/caseloads/hand-over", json=body, headers=headers)


async def led(cast: Cast, person: UUID) -> int:
    async with cast.service.db.connection() as connection:
        sql = "SELECT count(*) FROM tickets.appeals WHERE district = $1 AND lead_person = $2"
        return int(await connection.fetchval(sql, cast.district, person))


async def test_all_that_waits_goes_to_the_successor_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handovers, "BATCH", 2)
    for _ in range(5):
        await cast.assigned()
    assert await waiting(cast, cast.head.id, "post-1") == 5
    assert await waiting(cast, cast.head.id, "post-2", "somewhere") == await waiting(cast, cast.head.id) == 0
    successor, key = new_id(), str(new_id())
    answers = [await hand_over(cast, successor, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    await run_due(cast.service, cast.district)
    assert (await led(cast, cast.head.id), await led(cast, successor)) == (0, 5)
    async with cast.service.db.connection() as connection:
        moved = await connection.fetchval(
            "SELECT count(*) FROM tickets.journal WHERE district = $1 AND event = 'hand_over'", cast.district
        )
        chains = await connection.fetch(
            "SELECT chain -> chain_position ->> 'person_id' AS lead FROM tickets.appeals WHERE district = $1",
            cast.district,
        )
    assert moved == 5
    assert {row["lead"] for row in chains} == {str(successor)}


@pytest.mark.parametrize("who", ["staff", "operator", "head"])
async def test_nobody_but_hierarchy_asks_or_orders(cast: Cast, who: str) -> None:
    headers = getattr(cast, who).writes()
    read = await cast.client.get(f"{BASE}/caseloads/{cast.head.id}", headers=headers)
    body = {"person_id": str(new_id()), "successor_id": str(new_id()), "posts": ["post-1"]}
    order = await cast.client.post(f"{BASE}/caseloads/hand-over", json=body, headers=headers)
    assert (read.status_code, order.status_code) == (403, 403)
