"""A secretary leaves: not before somebody takes what hangs on the post; then appeals and activities go along, once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from tests.architecture.writes import APPEAL, FILING
from tests.support.together import FIRST, Story, holder_of, new_grid
from tests.support.world import Somebody, somebody


async def activity_by(story: Story, who: Somebody) -> str:
    starts = datetime.now(UTC) + timedelta(days=3)
    body = {
        "title": "便民集市", "type": "fair", "place": f"{story.district}100001", "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(), "capacity": 5,
    }  # fmt: skip
    return str((await story.ask("events", "/activities", who, body))["id"])


async def led_by_the_secretary(story: Story) -> str:
    """An appeal from a grid for which nobody nearer answers."""
    grid = (await new_grid(story))["code"]
    appeal: str = (await story.ask("tickets", "/appeals", story.resident, APPEAL | {"place": grid}))["id"]
    await story.ask("tickets", f"/appeals/{appeal}/file", story.staff, FILING)
    await story.at_rest()
    return appeal


async def organiser(story: Story, activity: str) -> str:
    return str((await story.read("events", f"/activities/{activity}", story.staff))["organiser"])


async def hand_overs(story: Story, name: str, event: str) -> list[Any]:
    sql = f"SELECT subject_id::text AS id, data FROM {name}.journal WHERE district = $1 AND event = '{event}'"
    return await story.rows(name, sql)


async def test_nobody_leaves_before_somebody_takes_over(story: Story) -> None:
    held = await holder_of(story, f"{story.district}100001-secretary")
    leaver = somebody(story.district, Role.COMMUNITY_STAFF, FIRST, id=UUID(held["person"]))
    appeal, activity = await led_by_the_secretary(story), await activity_by(story, leaver)
    others = await activity_by(story, story.staff)
    assert appeal in await story.listed("tickets", "/inbox", leaver)

    path, reason = f"/appointments/{held['id']}", {"reason": "换届"}
    refused = await story.ask("hierarchy", f"{path}/end", story.operator, reason, 409)
    counts = {name: refused[name] for name in ("code", "appeals", "shifts", "households")}
    assert counts == {"code": "still_needed", "appeals": 1, "shifts": 0, "households": 0}
    assert "1 件" in refused["detail_zh"]

    yesterday = (datetime.now(CHINA).date() - timedelta(days=1)).isoformat()
    body = reason | {"successor": str(story.person), "last_day": yesterday}
    await story.ask("hierarchy", f"{path}/hand_over", story.operator, body)
    await story.at_rest()

    successor = somebody(story.district, Role.COMMUNITY_STAFF, FIRST, id=story.person)
    assert (await story.read("hierarchy", path, story.operator))["step"] == "ended"
    assert await story.listed("tickets", "/inbox", leaver) == set()
    assert await story.listed("tickets", "/inbox", successor) == {appeal}
    await story.ask("tickets", f"/appeals/{appeal}/sign", successor)
    assert await organiser(story, activity) == str(story.person)
    assert await organiser(story, others) == str(story.staff.id)
    assert await story.listed("events", "/activities?mine=true", successor) == {activity}
    [moved] = await hand_overs(story, "events", "activity.hand_over")
    assert (moved["id"], moved["data"]["to"]) == (activity, str(story.person))


async def test_a_hand_over_that_was_interrupted_is_done_once(story: Story, together: Any) -> None:
    """Events is away when the last day is over: hierarchy's job goes on until both have taken the order."""
    held = await holder_of(story, f"{story.district}100001-secretary")
    leaver = somebody(story.district, Role.COMMUNITY_STAFF, FIRST, id=UUID(held["person"]))
    appeal, activity = await led_by_the_secretary(story), await activity_by(story, leaver)
    yesterday = (datetime.now(CHINA).date() - timedelta(days=1)).isoformat()
    body = {"reason": "换届", "successor": str(story.person), "last_day": yesterday}
    path = f"/appointments/{held['id']}"
    async with together.without_api("events"):
        await story.ask("hierarchy", f"{path}/hand_over", story.operator, body)
        await story.tried("hierarchy", "hierarchy.appointment.settle", times=2)
        assert (await story.read("hierarchy", path, story.operator))["step"] == "leaving"
    await story.due_now("hierarchy", "hierarchy.appointment.settle")
    await story.at_rest()
    assert (await story.read("hierarchy", path, story.operator))["step"] == "ended"
    assert [row["id"] for row in await hand_overs(story, "tickets", "hand_over")] == [appeal]
    assert [row["id"] for row in await hand_overs(story, "events", "activity.hand_over")] == [activity]
    assert await organiser(story, activity) == str(story.person)
