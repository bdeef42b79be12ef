"""A grid with all that hangs on it goes to another community: what is guaranteed meanwhile, and after.

The move is one transaction in hierarchy. The others follow within seconds, by jobs. Until then a row has its old path,
from then on its new one, and never none or both: so somebody always sees it, and never those of both communities. What
comes in within half a minute after the move may still be written under the old path; it follows within a minute. Who
answers for it is right at once, whatever path it has, because hierarchy is asked by the place's code.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.tickets.places.tables import PLACES
from shared.runtime import known_places, place_changes
from shared.runtime.ids import new_id
from shared.runtime.webhooks import sign
from tests.architecture.writes import APPEAL, FILING
from tests.hierarchy.small import PASSWORD, PHONE, with_password
from tests.support.together import Story, new_grid
from tests.support.world import Somebody


class Hotline:
    """The district's 12345, and orders of its own."""

    def __init__(self, story: Story, secret: str) -> None:
        self.story, self.secret = story, secret

    async def order(self, place: str) -> str:
        """An order about a place; the appeal that it became."""
        order = {
            "order_no": f"together-{new_id().hex}", "category": {"code": "JC05"}, "title": "暖气不热",
            "content": "从昨晚起冰凉。", "caller": {"name": "虚构居民", "phone": "10012345678"},
            "occurred": {"address": "1号楼", "place_code": place}, "urgency": "L2",
        }  # fmt: skip
        body = json.dumps({"event": "order.dispatched", "order": order}).encode()
        headers = sign(self.secret, f"msg_{new_id().hex}", datetime.now(UTC), body)
        address = f"/api/tickets/v1/hotlines/{self.story.district}-12345/events"
        answer = await self.story.http["tickets"].post(
            address, content=body, headers=headers | {"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["status"]) == (202, "placed"), answer.text
        return str(answer.json()["appeal_id"])


@pytest.fixture
async def hotline(story: Story) -> Hotline:
    address = f"/api/tickets/v1/hotlines/{story.district}-12345"
    answer = await story.http["tickets"].put(address, json={"name": "测试热线"}, headers=story.operator.headers)
    return Hotline(story, answer.json()["secret"])


async def led_by(story: Story, appeal: str, filing: Somebody | None = None) -> str:
    """Who got the appeal, once it was filed."""
    if filing is not None:
        await story.ask("tickets", f"/appeals/{appeal}/file", filing, FILING)
    await story.at_rest()
    shown = await story.read("tickets", f"/appeals/{appeal}", story.operator)
    [lead] = [link["post_code"] for link in shown["chain"] if link["lead"]]
    return str(lead)


async def report(story: Story, place: str) -> str:
    """A resident's appeal; it waits for somebody to file it."""
    return str((await story.ask("tickets", "/appeals", story.resident, APPEAL | {"place": place}))["id"])


async def activity_at(story: Story, place: str) -> str:
    starts = datetime.now(UTC) + timedelta(days=3)
    body = {
        "title": "便民集市", "type": "fair", "place": place, "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(), "capacity": 5,
    }  # fmt: skip
    made = await story.ask("events", "/activities", story.staff, body)
    await story.ask("events", f"/activities/{made['id']}/open", story.staff)
    return str(made["id"])


async def keeps_the_list(story: Story, activity: str, who: Somebody) -> bool:
    """Whether they see who signed up."""
    answer = await story.get("events", f"/activities/{activity}/registrations", who)
    assert answer.status_code in (200, 403), answer.text
    return answer.status_code == 200


async def watched(story: Story, appeal: str, moved: asyncio.Event) -> list[tuple[bool, bool]]:
    """Who sees the appeal, again and again, until only the neighbours do; a row goes one way only."""
    seen: list[tuple[bool, bool]] = []

    async def sees(who: Somebody) -> bool:
        return (await story.get("tickets", f"/appeals/{appeal}", who)).status_code == 200

    while not moved.is_set() or seen[-1] != (False, True):
        new = await sees(story.neighbours)
        old = await sees(story.staff)
        assert not (new and old), "both communities see it"
        assert old or await sees(story.neighbours), "neither community sees it"
        seen.append((old, new))
    return seen


async def test_what_hangs_on_a_grid_goes_with_it(story: Story, hotline: Hotline) -> None:
    first, second = (f"{story.district}10000{number}-secretary" for number in (1, 2))
    grid = (await new_grid(story))["code"]
    appeal = await report(story, grid)
    ordered = await hotline.order(grid)
    activity = await activity_at(story, grid)
    signed_up = await story.ask("events", f"/activities/{activity}/registrations", story.resident)
    assert await led_by(story, ordered) == first
    assert await story.listed("tickets", "/appeals", story.neighbours) == set()
    assert await keeps_the_list(story, activity, story.staff)
    assert not await keeps_the_list(story, activity, story.neighbours)

    moved = asyncio.Event()
    watching = asyncio.create_task(watched(story, appeal, moved))
    await story.ask("hierarchy", f"/places/{grid}/move", story.operator, {"parent": f"{story.district}100002"})
    during = await hotline.order(grid)
    moved.set()
    async with asyncio.timeout(60):
        seen = await watching
    assert seen[0] == (True, False)
    await story.at_rest()

    assert await led_by(story, appeal, story.neighbours) == second
    assert {appeal, ordered} <= await story.listed("tickets", "/appeals", story.neighbours)
    assert not {appeal, ordered} & await story.listed("tickets", "/appeals", story.staff)
    assert await keeps_the_list(story, activity, story.neighbours)
    assert not await keeps_the_list(story, activity, story.staff)
    registrations = await story.listed("events", f"/activities/{activity}/registrations", story.neighbours)
    assert registrations == {signed_up["id"]}

    # What came in meanwhile goes to the right people at once, whatever path it was written under.
    assert await led_by(story, during) == second
    after = await hotline.order(grid)
    assert await led_by(story, after) == second
    assert {during, after} <= await story.listed("tickets", "/appeals", story.neighbours)
    assert not await story.listed("tickets", "/appeals", story.staff)


async def test_what_a_process_still_remembered_follows_a_minute_later(story: Story, hotline: Hotline) -> None:
    """The API has met the place and remembers its old path for a while: what waits to be filed follows later. (What was
    assigned has followed by then: hierarchy's answer says where the place lies.)
    """
    assert known_places.REMEMBERED_S < place_changes._AGAIN.total_seconds() <= 60
    grid = (await new_grid(story))["code"]
    await report(story, grid)
    await story.ask("hierarchy", f"/places/{grid}/move", story.operator, {"parent": f"{story.district}100002"})
    await story.at_rest()
    late, assigned = await report(story, grid), await hotline.order(grid)
    await story.at_rest()
    assert assigned in await story.listed("tickets", "/appeals", story.neighbours)
    assert late in await story.listed("tickets", "/appeals", story.staff)
    await story.due_now("tickets", "tickets.places.follow")
    await story.at_rest()
    assert late in await story.listed("tickets", "/appeals", story.neighbours)
    assert await story.listed("tickets", "/appeals", story.staff) == set()


async def test_grids_move_to_and_fro_while_appeals_come_in(story: Story, hotline: Hotline) -> None:
    """In the end everything lies where hierarchy says, and nothing was lost or is there twice."""
    grid = (await new_grid(story))["code"]
    made: list[str] = []

    async def appeals() -> None:
        for _ in range(8):
            made.extend([await hotline.order(grid), await report(story, grid)])
            PLACES.forget()

    async def moves() -> None:
        for number in (2, 1, 2):
            body = {"parent": f"{story.district}10000{number}"}
            await story.ask("hierarchy", f"/places/{grid}/move", story.operator, body)

    await asyncio.gather(appeals(), moves())
    await story.at_rest()
    await story.due_now("tickets", "tickets.places.follow")
    await story.at_rest()
    now = (await story.read("hierarchy", f"/places/{grid}", story.operator))["path"]
    rows: list[Any] = await story.rows(
        "tickets", "SELECT id::text, place_path FROM tickets.appeals WHERE district = $1"
    )
    assert {row["id"]: row["place_path"] for row in rows} == dict.fromkeys(made, now)


async def test_whose_own_grant_lies_in_what_moved_sees_it_again_with_the_next_token(story: Story) -> None:
    """The head of a building: the token says where the building was, the next one where it is."""
    await with_password(story.services["hierarchy"], story.district)
    building = f"{story.district}100001-B01"
    appeal = await report(story, building)
    body = {"district": story.district, "phone": PHONE, "password": PASSWORD}
    session = (await story.http["hierarchy"].post("/api/hierarchy/v1/sessions", json=body)).json()

    async def sees(token: str) -> bool:
        answer = await story.http["tickets"].get(
            "/api/tickets/v1/appeals", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text
        return appeal in {item["id"] for item in answer.json()["items"]}

    assert await sees(session["access_token"])
    await story.ask("hierarchy", f"/places/{building}/move", story.operator, {"parent": f"{story.district}100002"})
    await story.at_rest()
    assert not await sees(session["access_token"])
    again = {"refresh_token": session["refresh_token"]}
    renewed = await story.http["hierarchy"].post("/api/hierarchy/v1/sessions/refresh", json=again)
    assert renewed.status_code == 200, renewed.text
    assert await sees(renewed.json()["access_token"])
