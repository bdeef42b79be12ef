"""The endpoints of activities, through the whole stack."""

from datetime import timedelta
from typing import Any

import pytest

from services.events.activities import due
from services.events.main import open_events
from services.events.schema import PLACES
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from tests.events.conftest import BASE, COMMUNITY, ELSEWHERE, OTHER_PLACE, PLACE, World
from tests.support.steps import rung_early
from tests.support.world import fresh_district, somebody


class TestCreate:
    async def test_anonymous(self, world: World) -> None:
        answer = await world.http.post(
            f"{BASE}/activities", json=world.activity(), headers={"Idempotency-Key": "k" * 9}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    @pytest.mark.parametrize(
        ("role", "place", "refusal"),
        [
            (Role.RESIDENT, ROOT, (403, "forbidden")),
            (Role.GRID_WORKER, COMMUNITY, (403, "forbidden")),
            (Role.AUDITOR, ROOT, (403, "forbidden")),
            (Role.COMMUNITY_STAFF, ELSEWHERE, (422, "unknown_place")),
        ],
    )
    async def test_without_the_right_at_the_place(
        self, world: World, role: Role, place: str, refusal: tuple[int, str]
    ) -> None:
        answer = await world.post(somebody(world.district, role, place), "/activities", world.activity())
        assert (answer.status_code, answer.json()["code"]) == refusal

    async def test_a_draft(self, world: World) -> None:
        answer = await world.post(world.staff, "/activities", world.activity(description="磨刀、理发"))
        made = answer.json()
        assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
        assert (made["step"], made["step_label"], made["type_label"]) == ("draft", "草稿", "便民集市")
        assert (made["place_code"], made["place_name"], made["organiser"]) == (PLACE, "东湖路社区", str(world.staff.id))
        assert (made["capacity"], made["taken"], made["left"], made["waiting"]) == (2, 0, 2, 0)
        assert made["signup_until"] == made["starts_at"]
        assert made["moves"] == ["edit", "open", "cancel"]
        assert len(made["check_in_code"]) == 8

    async def test_repeated(self, world: World) -> None:
        body = world.activity()
        first, second = [await world.post(world.staff, "/activities", body, key="the-same-key") for _ in range(2)]
        assert first.json()["id"] == second.json()["id"]
        assert second.headers["Idempotent-Replayed"] == "true"
        without = await world.http.post(f"{BASE}/activities", json=body, headers=world.staff.headers)
        assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"colour": "red"},
            {"title": ""},
            {"title": "x" * 201},
            {"title": "a\u0000b"},
            {"type": "party"},
            {"capacity": 0},
            {"capacity": "2"},
            {"capacity": 100_001},
            {"ends_at": "2020-01-01T00:00:00Z"},
            {"signup_until": "2099-01-01T00:00:00Z"},
            {"starts_at": "2026-12-05T09:00:00"},
            {"place": "../etc"},
        ],
    )
    async def test_invalid(self, world: World, wrong: dict[str, Any]) -> None:
        answer = await world.post(world.staff, "/activities", world.activity() | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
        assert answer.json()["errors"][0]["at"].startswith("/body")


class TestPlaces:
    async def test_unknown(self, world: World) -> None:
        answer = await world.post(world.staff, "/activities", world.activity(place="no-such-place"))
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_place")

    @pytest.mark.parametrize("mood", ["down", "hung"])
    async def test_a_known_place_needs_no_hierarchy(
        self, world: World, mood: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await world.post(world.staff, "/activities", world.activity())
        world.hierarchy.mood = mood
        monkeypatch.setattr(world.service.clients["hierarchy"], "_deadline", 0.8)  # as in production
        known = await world.post(world.staff, "/activities", world.activity())
        assert known.status_code == 201
        unknown = await world.post(world.staff, "/activities", world.activity(place=OTHER_PLACE), key="try-again")
        assert (unknown.status_code, unknown.json()["code"]) == (503, "unavailable")
        assert "Retry-After" in unknown.headers

    async def test_an_old_memory_is_refreshed_and_still_serves_when_hierarchy_is_gone(self, world: World) -> None:
        await world.post(world.staff, "/activities", world.activity())
        async with world.service.db.connection() as connection:
            sql = "UPDATE events.known_places SET seen_at = now() - interval '2 days', name = 'old' WHERE district = $1"
            await connection.execute(sql, world.district)
            PLACES.forget()
            world.hierarchy.mood = "down"
            assert (await world.post(world.staff, "/activities", world.activity())).status_code == 201
            world.hierarchy.mood = "well"
            await world.service.clients["hierarchy"].close()
            world.service.clients["hierarchy"] = open_events().clients["hierarchy"]  # its circuit is closed
            assert (await world.post(world.staff, "/activities", world.activity())).status_code == 201
            name = await connection.fetchval("SELECT name FROM events.known_places WHERE district = $1", world.district)
        assert name == "东湖路社区"


class TestRead:
    async def test_drafts_are_for_those_who_work_on_them(self, world: World) -> None:
        draft = (await world.post(world.staff, "/activities", world.activity())).json()["id"]
        colleague = somebody(world.district, Role.COMMUNITY_STAFF, COMMUNITY)
        others = somebody(world.district, Role.COMMUNITY_STAFF, ELSEWHERE)
        for who, seen in ((world.staff, True), (colleague, True), (others, False), (world.resident(), False)):
            answer = await world.get(who, f"/activities/{draft}")
            assert answer.status_code == (200 if seen else 404)
            listed = (await world.get(who, "/activities")).json()["items"]
            assert [item["id"] for item in listed] == ([draft] if seen else [])

    async def test_what_is_open_is_public_in_the_district_and_nowhere_else(self, world: World) -> None:
        activity = await world.opened()
        seen = await world.get(world.resident(), f"/activities/{activity}")
        assert (seen.status_code, seen.headers["ETag"]) == (200, '"2"')
        assert (seen.json()["check_in_code"], seen.json()["moves"]) == (None, [])
        stranger = somebody(fresh_district())
        assert (await world.get(stranger, f"/activities/{activity}")).status_code == 404
        assert (await world.get(stranger, "/activities")).json()["items"] == []
        assert (await world.get(somebody(world.district, Role.AUDITOR), f"/activities/{activity}")).status_code == 403
        assert (await world.get(somebody(world.district, Role.AUDITOR), "/activities")).status_code == 403
        grid_worker = somebody(world.district, Role.GRID_WORKER, COMMUNITY)
        assert (await world.get(grid_worker, f"/activities/{activity}")).json()["check_in_code"]

    async def test_pages_and_filters(self, world: World) -> None:
        everywhere = somebody(world.district, Role.OPERATOR, ROOT)
        made = []
        for hours in (30, 10, 20, 20, 40):
            body = world.activity(starts=world.now.replace(microsecond=0) + timedelta(hours=hours))
            made.append((await world.post(world.staff, "/activities", body)).json())
        other = world.activity(place=OTHER_PLACE, type="clinic", starts=world.now + timedelta(hours=50))
        clinic = (await world.post(everywhere, "/activities", other)).json()
        expected = [
            item["id"] for item in sorted([*made, clinic], key=lambda m: (m["starts_at"], m["id"]), reverse=True)
        ]

        found, cursor = [], None
        while True:
            params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await world.get(everywhere, "/activities", **params)).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == expected

        async def ids(**params: Any) -> list[str]:
            answer = await world.get(everywhere, "/activities", **params)
            assert answer.status_code == 200, answer.text
            return [item["id"] for item in answer.json()["items"]]

        assert await ids(type="clinic") == await ids(place=OTHER_PLACE) == await ids(mine=True) == [clinic["id"]]
        assert await ids(step="open") == []
        assert len(await ids(step="draft", place=PLACE)) == 5
        assert (await world.get(everywhere, "/activities", cursor="nonsense")).json()["code"] == "cursor_invalid"
        assert (await world.get(everywhere, "/activities", limit=101)).status_code == 422

    async def test_types(self, world: World) -> None:
        types = (await world.get(world.resident(), "/activity-types")).json()
        assert (len(types), types[0]) == (17, {"code": "fair", "label": "便民集市"})

    @pytest.mark.parametrize("name", ["activity", "registration"])
    async def test_workflow_tables(self, world: World, name: str) -> None:
        table = (await world.get(world.resident(), f"/workflows/{name}")).json()
        assert table["name"] == name
        assert table["mermaid"].startswith("stateDiagram-v2")
        assert (await world.get(world.resident(), "/workflows/nothing")).status_code == 404


class TestMoves:
    async def test_the_whole_way(self, world: World) -> None:
        activity = await world.opened()
        steps = []
        for move in ("close", "reopen", "close", "start", "finish"):
            answer = await world.post(world.staff, f"/activities/{activity}/{move}", {"note": "照常"})
            assert answer.status_code == 200, answer.text
            steps.append(answer.json()["step"])
        assert steps == ["closed", "open", "closed", "underway", "finished"]
        late = await world.post(world.staff, f"/activities/{activity}/start")
        assert (late.status_code, late.json()["code"]) == (409, "move_not_open")

    async def test_only_those_who_run_it(self, world: World) -> None:
        draft = (await world.post(world.staff, "/activities", world.activity())).json()["id"]
        others = somebody(world.district, Role.COMMUNITY_STAFF, ELSEWHERE)
        assert (await world.post(others, f"/activities/{draft}/open")).status_code == 404
        activity = await world.opened()
        for who in (others, world.resident(), somebody(world.district, Role.GRID_WORKER, COMMUNITY)):
            refused = await world.post(who, f"/activities/{activity}/close")
            assert (refused.status_code, refused.json()["code"]) == (403, "not_your_move")
        anonymous = await world.http.post(f"{BASE}/activities/{activity}/close", json={})
        assert anonymous.status_code == 401

    async def test_if_match(self, world: World) -> None:
        activity = await world.opened()
        await world.signed_up(activity)
        edit = f"/activities/{activity}/edit"
        stale = await world.post(world.staff, edit, {"title": "改名"}, match='"1"')
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        fresh = await world.post(world.staff, edit, {"title": "改名"}, match='"2"')
        assert (fresh.status_code, fresh.headers["ETag"], fresh.json()["title"]) == (200, '"3"', "改名")
        assert fresh.json()["taken"] == 1, "a sign-up in between changes counts, not the version"

    @pytest.mark.parametrize(
        "wrong",
        [{"colour": "red"}, {"title": None}, {"capacity": None}, {"capacity": 0}, {"ends_at": "2020-01-01T00:00:00Z"}],
    )
    async def test_invalid_edits(self, world: World, wrong: dict[str, Any]) -> None:
        activity = await world.opened()
        answer = await world.post(world.staff, f"/activities/{activity}/edit", wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text

    async def test_an_edit_keeps_what_it_does_not_name(self, world: World) -> None:
        activity = await world.opened(description="旧", waiting_limit=3)
        edited = await world.post(world.staff, f"/activities/{activity}/edit", {"waiting_limit": None})
        assert (edited.json()["waiting_limit"], edited.json()["description"]) == (None, "旧")

    async def test_unknown_fields(self, world: World) -> None:
        activity = await world.opened()
        assert (await world.post(world.staff, f"/activities/{activity}/close", {"x": 1})).status_code == 422
        assert (await world.post(world.staff, f"/activities/{activity}/cancel", {})).status_code == 422


class TestClock:
    async def test_it_closes_starts_and_finishes_by_itself(self, world: World) -> None:
        soon = world.now + timedelta(hours=1)
        activity = await world.opened(signup_until=soon.isoformat())

        async def step_after(**times: Any) -> str:
            await world.shift(activity, **times)
            async with world.service.db.connection() as connection:
                await connection.execute("UPDATE events.jobs SET due_at = now() WHERE district = $1", world.district)
            await world.run()
            step: str = (await world.get(world.staff, f"/activities/{activity}")).json()["step"]
            return step

        now = world.now
        minute = timedelta(minutes=1)
        assert await step_after(signup_until=now + 5 * minute) == "open", "rung too early, it waits"
        reopened = await world.post(
            world.staff, f"/activities/{activity}/edit", {"ends_at": (now + 26 * 60 * minute).isoformat()}
        )
        assert reopened.status_code == 200
        assert await step_after(signup_until=now - 3 * minute) == "closed"
        assert await step_after(starts_at=now - 2 * minute) == "underway"
        assert await step_after(ends_at=now - minute) == "finished"

    async def test_rung_a_moment_early_it_waits(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        activity = await world.opened(signup_until=(world.now + timedelta(hours=1)).isoformat())
        await rung_early(world.service, world.district, due.TURN, monkeypatch)
        assert (await world.get(world.staff, f"/activities/{activity}")).json()["step"] == "closed"
