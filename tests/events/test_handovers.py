"""Activities go with a post to its next holder: those that are not over, at its place, a few at a time, once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.events.handovers import service as handovers
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.events.conftest import BASE, COMMUNITY, OTHER_PLACE, STREET, World
from tests.support.world import Somebody, service_headers, somebody


async def order(
    world: World, person: UUID, successor: UUID, within: str | None = COMMUNITY, key: str | None = None
) -> httpx.Response:
    headers = service_headers(world.district, "hierarchy", "events") | {"Idempotency-Key": key or str(new_id())}
    body = {"person_id": str(person), "successor_id": str(successor), "within": within}
    return await world.http.post(f"{BASE}/organisers/hand-over", json=body, headers=headers)


async def organised(world: World, who: Somebody) -> set[str]:
    answer = await world.get(who, "/activities", mine="true")
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


async def made(world: World, who: Somebody, **changes: Any) -> str:
    answer = await world.post(who, "/activities", world.activity(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_what_is_not_over_goes_to_the_successor_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handovers, "BATCH", 2)
    successor = somebody(world.district, Role.COMMUNITY_STAFF, COMMUNITY)
    coming = {await made(world, world.staff) for _ in range(4)} | {await world.opened()}
    cancelled = await made(world, world.staff)
    assert (await world.post(world.staff, f"/activities/{cancelled}/cancel", {"reason": "下雨"})).status_code == 200
    over = await world.opened()
    await world.shift(over, starts_at=world.now - timedelta(days=9), ends_at=world.now - timedelta(days=8))
    before = (await world.get(world.staff, f"/activities/{min(coming)}")).headers["etag"]
    key = str(new_id())
    answers = [await order(world, world.staff.id, successor.id, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    await world.run()
    assert await organised(world, successor) == coming
    assert await organised(world, world.staff) == {cancelled, over}
    async with world.service.db.connection() as connection:
        sql = "SELECT subject_id, data FROM events.journal WHERE district = $1 AND event = 'activity.hand_over'"
        rows = await connection.fetch(sql, world.district)
    assert {str(row["subject_id"]) for row in rows} == coming
    assert len(rows) == len(coming)
    assert rows[0]["data"] == {"from": str(world.staff.id), "to": str(successor.id)}
    stale = await world.post(successor, f"/activities/{min(coming)}/edit", {"title": "改"}, match=before)
    assert stale.status_code == 412  # whoever saw it under its old organiser looks again


async def test_what_lies_elsewhere_stays_unless_it_was_the_last_post(world: World) -> None:
    street = somebody(world.district, Role.COMMUNITY_STAFF, STREET)
    successor = somebody(world.district, Role.COMMUNITY_STAFF, STREET)
    here, there = await made(world, street), await made(world, street, place=OTHER_PLACE)
    await order(world, street.id, successor.id)
    await world.run()
    assert (await organised(world, street), await organised(world, successor)) == ({there}, {here})
    await order(world, street.id, successor.id, within=None)
    await world.run()
    assert (await organised(world, street), await organised(world, successor)) == (set(), {here, there})


async def test_nobody_but_hierarchy_orders(world: World) -> None:
    body = {"person_id": str(new_id()), "successor_id": str(new_id()), "within": None}
    for who in (world.staff, somebody(world.district, Role.OPERATOR)):
        assert (await world.post(who, "/organisers/hand-over", body)).status_code == 403
    headers = service_headers(world.district, "tickets", "events") | {"Idempotency-Key": str(new_id())}
    answer = await world.http.post(f"{BASE}/organisers/hand-over", json=body, headers=headers)
    assert answer.status_code == 403
