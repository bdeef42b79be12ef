"""A place is merged: activities that are to come follow it, and those that were keep its name."""

from uuid import uuid4

from services.events.schema import SCHEMA
from shared.runtime import place_changes
from shared.runtime.ids import new_id
from tests.events.conftest import BASE, COMMUNITY, ELSEWHERE, OTHER_PLACE, PLACE, World
from tests.support.steps import run_due
from tests.support.world import service_headers


async def test_activities_follow(world: World) -> None:
    ids = []
    for _ in range(2):
        made = await world.post(world.staff, "/activities", world.activity())
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    async with world.service.db.connection() as connection:
        sql = """UPDATE events.activities SET starts_at = now() - interval '2 hours',
            ends_at = now() - interval '1 hour' WHERE district = $1 AND id = $2"""
        await connection.execute(sql, world.district, ids[0])
    place = {"code": OTHER_PLACE, "path": ELSEWHERE, "kind": "community", "name": "另", "full_name": "另一社区"}
    body = {
        "order": 1, "place_id": str(uuid4()), "code": PLACE, "event": "merge", "stale": [],
        "moves": [{"old": COMMUNITY, "new": ELSEWHERE}], "now": [{"code": PLACE, "place": place}],
    }  # fmt: skip
    headers = service_headers(world.district, "hierarchy", "events") | {"Idempotency-Key": str(new_id())}
    answer = await world.http.post(f"{BASE}/place-changes", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    await run_due(world.service, world.district)
    async with world.service.db.connection() as connection:
        sql = "SELECT id, place_code, place_name, place_path FROM events.activities WHERE district = $1"
        rows = {str(row["id"]): tuple(row)[1:] for row in await connection.fetch(sql, world.district)}
    assert rows[ids[0]][0] == PLACE
    assert rows[ids[0]][2] == ELSEWHERE
    assert rows[ids[1]] == (OTHER_PLACE, "另一社区", ELSEWHERE)


def test_every_table_with_a_path_is_followed() -> None:
    with_paths = {table.name for table in SCHEMA.metadata.sorted_tables if "place_path" in table.c}
    assert set(place_changes.followed(SCHEMA)) == with_paths | {"known_places"}
