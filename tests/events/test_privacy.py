"""Events hold little about people, hand it out whole, and forget it without changing a figure."""

from datetime import timedelta

from services.events.schema import SCHEMA
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.sealer import seal_once
from shared.runtime.verify import verify
from tests.events.conftest import BASE, World
from tests.support.world import service_headers, somebody

NOTE = "膝盖不好，请安排坐着的事"


async def rows(world: World, sql: str) -> list[tuple[object, ...]]:
    async with world.service.db.connection() as connection:
        return [tuple(row) for row in await connection.fetch(sql, world.district)]


async def test_a_copy_and_an_erasure(world: World) -> None:
    volunteer, activity = world.resident(), await world.opened(capacity=2)
    signed_up = await world.post(volunteer, f"/activities/{activity}/registrations", {"note": NOTE})
    await world.shift(activity, starts_at=world.now - timedelta(minutes=5))
    registration = signed_up.json()["id"]
    for move in ("check_in", "check_out"):
        done = await world.post(world.staff, f"/registrations/{registration}/{move}", {"note": f"{move} {NOTE}"})
        assert done.status_code == 200, done.text
    copy = (await world.get(volunteer, "/me/data")).json()["data"]
    assert [one["note"] for one in copy["registrations"]] == [NOTE]
    assert len(copy["attendance"]) == 1
    [seen] = (await world.get(volunteer, "/me/data-access")).json()["items"]
    assert (seen["event"], seen["role"]) == ("personal.exported", "self")
    figures = "SELECT id, person, step, place_no FROM events.registrations WHERE district = $1"
    minutes = "SELECT person, in_at, out_at, minutes FROM events.attendance WHERE district = $1"
    before = await rows(world, figures), await rows(world, minutes)

    headers = service_headers(world.district, "hierarchy", "events") | {"Idempotency-Key": str(new_id())}
    ordered = await world.http.post(f"{BASE}/erasures", json={"person_id": str(volunteer.id)}, headers=headers)
    assert ordered.status_code == 202
    await world.run()
    assert (await rows(world, figures), await rows(world, minutes)) == before
    for table in SCHEMA.metadata.tables.values():
        left = await rows(world, f"SELECT t::text FROM {table.fullname} t WHERE district = $1")
        assert not any(NOTE in str(row) for row in left)
    await seal_once(world.service)
    async with world.service.db.connection() as connection:
        assert (await verify(connection, SCHEMA, world.district)).broken is None


async def test_only_hierarchy_orders_it(world: World) -> None:
    for who in (world.staff, somebody(world.district, Role.SECURITY_ADMIN)):
        assert (await world.post(who, "/erasures", {"person_id": str(new_id())})).status_code == 403
