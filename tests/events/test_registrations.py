"""The endpoints of registrations, attendance and notices, through the whole stack."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.events.conftest import BASE, COMMUNITY, ELSEWHERE, World
from tests.support.world import Somebody, fresh_district, somebody


class TestSignUp:
    async def test_seats_then_a_list_then_moving_up(self, world: World) -> None:
        activity = await world.opened(capacity=1)
        first, second, third = (world.resident() for _ in range(3))
        seated = await world.signed_up(activity, first)
        assert (seated["step"], seated["place_no"], seated["position"]) == ("registered", 1, None)
        assert seated["moves"] == ["confirm", "cancel"]
        waits = [await world.signed_up(activity, who) for who in (second, third)]
        assert [(one["step"], one["position"]) for one in waits] == [("waitlisted", 1), ("waitlisted", 2)]
        shown = (await world.get(third, f"/activities/{activity}")).json()
        assert (shown["taken"], shown["left"], shown["waiting"]) == (1, 0, 2)

        gone = await world.post(first, f"/registrations/{seated['id']}/cancel", {"note": "有事"})
        assert (gone.status_code, gone.json()["step"]) == (200, "cancelled")
        assert await world.run() >= 1
        await world.settle()
        up = (await world.get(second, "/registrations/mine")).json()["items"][0]
        assert (up["step"], up["activity"]["title"]) == ("registered", "便民集市")
        assert (await world.get(third, f"/registrations/{waits[1]['id']}")).json()["position"] == 1
        notices = (await world.get(second, "/notices/mine")).json()["items"]
        assert [(one["kind"], one["registration_id"]) for one in notices] == [("promoted", waits[0]["id"])]
        assert "您已从候补转为正式报名：便民集市" in notices[0]["text"]
        assert (await world.get(third, "/notices/mine")).json()["items"] == []

        back = await world.signed_up(activity, first)
        assert (back["step"], back["position"], back["place_no"]) == ("waitlisted", 2, 4), "who comes back queues again"

    async def test_twice(self, world: World) -> None:
        activity, who = await world.opened(), world.resident()
        await world.signed_up(activity, who)
        again = await world.post(who, f"/activities/{activity}/registrations")
        assert (again.status_code, again.json()["code"]) == (409, "already_done")

    async def test_not_open(self, world: World) -> None:
        draft = (await world.post(world.staff, "/activities", world.activity())).json()["id"]
        later = await world.opened(signup_from=(world.now + timedelta(hours=1)).isoformat())
        over = await world.opened()
        await world.shift(over, signup_until=world.now - timedelta(seconds=5))
        closed = await world.opened()
        await world.post(world.staff, f"/activities/{closed}/close")
        expected = {draft: 404, later: 409, over: 409, closed: 409, str(new_id()): 404}
        for activity, status in expected.items():
            answer = await world.post(world.resident(), f"/activities/{activity}/registrations")
            assert answer.status_code == status, answer.text
            assert answer.json()["code"] == ("not_found" if status == 404 else "sign_up_closed")

    @pytest.mark.parametrize("limit", [0, 1])
    async def test_a_limited_list_is_full(self, world: World, limit: int) -> None:
        activity = await world.opened(capacity=1, waiting_limit=limit)
        for _ in range(1 + limit):
            await world.signed_up(activity)
        full = await world.post(world.resident(), f"/activities/{activity}/registrations")
        assert (full.status_code, full.json()["code"]) == (409, "full")

    async def test_who_may(self, world: World) -> None:
        activity = await world.opened()
        path = f"/activities/{activity}/registrations"
        assert (await world.http.post(BASE + path, json={})).status_code == 401
        assert (await world.post(somebody(fresh_district()), path)).status_code == 404
        assert (await world.post(somebody(world.district, Role.AUDITOR), path)).status_code == 403
        assert (await world.post(world.resident(), path, {"seat": 1})).status_code == 422


class TestRead:
    async def test_the_list_is_for_those_who_keep_it(self, world: World) -> None:
        activity = await world.opened(capacity=3)
        made = [await world.signed_up(activity) for _ in range(5)]
        path = f"/activities/{activity}/registrations"
        found, cursor = [], None
        while True:
            page = (await world.get(world.staff, path, limit=2, **({"cursor": cursor} if cursor else {}))).json()
            found += [(item["id"], item["place_no"], item["position"]) for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        positions = [None, None, None, 1, 2]
        assert found == [
            (one["id"], n, position) for n, (one, position) in enumerate(zip(made, positions, strict=True), 1)
        ]
        waiting = (await world.get(world.staff, path, step="waitlisted")).json()["items"]
        assert [item["place_no"] for item in waiting] == [4, 5]
        grid_worker = somebody(world.district, Role.GRID_WORKER, COMMUNITY)
        assert (await world.get(grid_worker, path)).status_code == 200
        assert (await world.get(somebody(world.district, Role.GRID_WORKER, ELSEWHERE), path)).status_code == 403
        assert (await world.get(world.resident(), path)).status_code == 403
        assert (await world.get(somebody(fresh_district(), Role.OPERATOR), path)).status_code == 404

    async def test_one_registration(self, world: World) -> None:
        activity, who = await world.opened(), world.resident()
        path = f"/registrations/{(await world.signed_up(activity, who))['id']}"
        assert (await world.get(who, path)).headers["ETag"] == '"1"'
        assert (await world.get(world.staff, path)).json()["moves"] == ["cancel"]
        for stranger in (world.resident(), somebody(fresh_district(), Role.OPERATOR)):
            assert (await world.get(stranger, path)).status_code == 404
            assert (await world.post(stranger, f"{path}/cancel")).status_code == 404

    async def test_mine_in_pages(self, world: World) -> None:
        who = world.resident()
        made = [(await world.signed_up(await world.opened(), who))["id"] for _ in range(3)]
        first = (await world.get(who, "/registrations/mine", limit=2)).json()
        rest = (await world.get(who, "/registrations/mine", limit=2, cursor=first["next"])).json()
        assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
        assert rest["next"] is None


class TestMoves:
    async def test_confirm_and_stale_etag(self, world: World) -> None:
        who = world.resident()
        path = f"/registrations/{(await world.signed_up(await world.opened(), who))['id']}"
        confirmed = await world.post(who, f"{path}/confirm", match='"1"')
        assert (confirmed.status_code, confirmed.json()["step"], confirmed.headers["ETag"]) == (200, "confirmed", '"2"')
        stale = await world.post(who, f"{path}/cancel", match='"1"')
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        staff = await world.post(world.staff, f"{path}/confirm")
        assert (staff.status_code, staff.json()["code"]) == (403, "not_your_move")

    async def test_cancel_repeated_frees_one_seat(self, world: World) -> None:
        activity, who = await world.opened(capacity=2), world.resident()
        registration = (await world.signed_up(activity, who))["id"]
        answers = [await world.post(who, f"/registrations/{registration}/cancel", key="cancel-once") for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        assert (await world.get(who, f"/activities/{activity}")).json()["taken"] == 0

    async def test_no_door_for_what_jobs_do(self, world: World) -> None:
        who = world.resident()
        registration = (await world.signed_up(await world.opened(), who))["id"]
        for move in ("promote", "call_off"):
            assert (await world.post(world.staff, f"/registrations/{registration}/{move}")).status_code == 404

    async def test_absent_and_after_all(self, world: World) -> None:
        activity, who = await underway(world, capacity=1)
        registration = who[1]
        late = await world.post(who[0], f"/registrations/{registration}/cancel")
        assert (late.status_code, late.json()["code"]) == (409, "move_not_open")
        absent = await world.post(world.staff, f"/registrations/{registration}/mark_absent")
        assert absent.json()["step"] == "no_show"
        assert (await world.get(who[0], f"/activities/{activity}")).json()["taken"] == 1, "the seat was held"
        after_all = await world.post(world.staff, f"/registrations/{registration}/check_in")
        assert after_all.json()["step"] == "checked_in"


async def underway(world: World, **changes: Any) -> tuple[str, tuple[Somebody, str]]:
    """An activity that began half an hour ago and lasts another, and somebody registered for it."""
    activity, who = await world.opened(**changes), world.resident()
    registration = (await world.signed_up(activity, who))["id"]
    half = timedelta(minutes=30)
    await world.shift(activity, signup_until=world.now - half, starts_at=world.now - half, ends_at=world.now + half)
    assert (await world.post(world.staff, f"/activities/{activity}/start")).status_code == 200
    return activity, (who, registration)


class TestAttendance:
    async def code(self, world: World, activity: str) -> str:
        code: str = (await world.get(world.staff, f"/activities/{activity}")).json()["check_in_code"]
        return code

    async def test_a_volunteer_scans_in_and_out(self, world: World) -> None:
        activity, (who, registration) = await underway(world)
        path = f"/registrations/{registration}"
        for body in ({}, {"code": "WRONG234"}, {"code": await self.code(world, activity), "at": world.now.isoformat()}):
            refused = await world.post(who, f"{path}/check_in", body)
            assert (refused.status_code, refused.json()["code"]) == (403, "check_in_code_wrong")
        code = {"code": (await self.code(world, activity)).lower()}
        came = await world.post(who, f"{path}/check_in", code)
        assert came.status_code == 200, came.text
        assert (came.json()["step"], came.json()["minutes"], came.json()["evidence"]) == ("checked_in", None, "scan")
        async with world.service.db.connection() as connection:
            sql = "UPDATE events.attendance SET in_at = in_at - interval '25 minutes' WHERE district = $1"
            await connection.execute(sql, world.district)
        left = await world.post(who, f"{path}/check_out", code)
        assert (left.json()["step"], left.json()["minutes"], left.json()["evidence"]) == ("checked_out", 25, "scan")
        mine = (await world.get(who, "/attendance/mine")).json()["items"]
        assert [(item["registration_id"], item["minutes"]) for item in mine] == [(registration, 25)]
        again = await world.post(who, f"{path}/check_in", code)
        assert (again.status_code, again.json()["code"]) == (409, "move_not_open")

    async def test_the_organiser_enters_times(self, world: World) -> None:
        activity, (who, registration) = await underway(world)
        path, now = f"/registrations/{registration}", world.now
        ago = {n: {"at": (now - timedelta(minutes=n)).isoformat()} for n in (5, 25, 26, 120)}
        future = {"at": (now + timedelta(minutes=10)).isoformat()}
        for impossible in (ago[120], future):
            refused = await world.post(world.staff, f"{path}/check_in", impossible)
            assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, "/body/at")
        assert (await world.post(world.staff, f"{path}/check_in", ago[25])).status_code == 200
        before_coming = await world.post(world.staff, f"{path}/check_out", ago[26])
        assert before_coming.status_code == 422
        left = await world.post(world.staff, f"{path}/check_out", ago[5], match='"2"')
        assert (left.json()["minutes"], left.json()["evidence"]) == (20, "organiser")
        listed = (await world.get(world.staff, f"/activities/{activity}/attendance")).json()["items"]
        assert [(item["person"], item["minutes"]) for item in listed] == [(str(who.id), 20)]
        assert (await world.get(who, f"/activities/{activity}/attendance")).status_code == 403
        assert (await world.get(who, f"{path}/attendance")).json()["minutes"] == 20

    async def test_the_door_is_shut_before(self, world: World) -> None:
        activity, who = await world.opened(), world.resident()
        registration = (await world.signed_up(activity, who))["id"]
        early = await world.post(world.staff, f"/registrations/{registration}/check_in")
        assert (early.status_code, early.json()["code"]) == (409, "move_not_open")
        assert (await world.get(who, f"/registrations/{registration}/attendance")).json()["in_at"] is None
        walk_in = await world.post(world.staff, f"/activities/{activity}/walk-ins", {"person": "p-1"})
        assert (walk_in.status_code, walk_in.json()["code"]) == (409, "sign_up_closed")

    async def test_minutes_end_with_the_activity(self, world: World) -> None:
        activity, (_, registration) = await underway(world)
        await world.post(world.staff, f"/registrations/{registration}/check_in")
        await world.shift(activity, starts_at=world.now - timedelta(hours=3), ends_at=world.now - timedelta(hours=1))
        async with world.service.db.connection() as connection:
            sql = "UPDATE events.attendance SET in_at = in_at - interval '2 hours' WHERE district = $1"
            await connection.execute(sql, world.district)
        left = await world.post(world.staff, f"/registrations/{registration}/check_out")
        assert left.json()["minutes"] == 60 - 1 or left.json()["minutes"] == 60

    async def test_walk_ins_take_what_is_left(self, world: World) -> None:
        activity, (_, registration) = await underway(world, capacity=2)
        path = f"/activities/{activity}/walk-ins"
        grid_worker = somebody(world.district, Role.GRID_WORKER, COMMUNITY)
        came = await world.post(grid_worker, path, {"person": "p-1", "note": "路过"})
        assert (came.status_code, came.json()["step"], came.json()["evidence"]) == (201, "walk_in", "organiser")
        twice = await world.post(grid_worker, path, {"person": "p-1"})
        full = await world.post(grid_worker, path, {"person": "p-2"})
        assert (twice.json()["code"], full.json()["code"]) == ("full", "full")
        assert (await world.post(world.resident(), path, {"person": "p-2"})).status_code == 403
        assert (await world.post(somebody(fresh_district(), Role.OPERATOR), path, {"person": "p-2"})).status_code == 404
        assert (await world.post(grid_worker, path, {"who": "p-2"})).status_code == 422
        left = await world.post(grid_worker, f"/registrations/{came.json()['id']}/check_out")
        assert (left.json()["step"], left.json()["minutes"]) == ("checked_out", 0)
        assert registration

    async def test_fifty_check_ins_of_the_same_moment(self, world: World) -> None:
        _, (_, registration) = await underway(world)
        path = f"/registrations/{registration}/check_in"
        answers = await asyncio.gather(*(world.post(world.staff, path) for _ in range(50)))
        assert sorted({answer.status_code for answer in answers}) in ([200, 409], [200, 409, 503])
        assert [answer.status_code for answer in answers].count(200) == 1


async def test_anonymous_reads(world: World) -> None:
    some = new_id()
    for path in (
        "/activities", f"/activities/{some}", f"/activities/{some}/registrations", f"/activities/{some}/attendance",
        "/registrations/mine", f"/registrations/{some}", f"/registrations/{some}/attendance", "/attendance/mine",
        "/notices/mine", "/activity-types",
    ):  # fmt: skip
        assert (await world.http.get(BASE + path)).status_code == 401, path
        if some.hex[:8] in path.replace("-", ""):
            assert (await world.get(somebody(world.district, Role.OPERATOR, ROOT), path)).status_code == 404, path
