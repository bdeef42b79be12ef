"""What a partner delivered by an activity counts once events knows that activity, and a made-up one never."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.kernel.periods import CHINA
from shared.runtime.ids import new_id
from tests.support.together import Story, Together, until


async def running_agreement(story: Story) -> str:
    place = f"{story.district}100001"
    partner = {"kind": "partner", "name": "示例医院", "place": place}
    organisation = (await story.ask("hierarchy", "/organisations", story.operator, partner))["code"]
    today = datetime.now(CHINA).date()
    body = {
        "organisation": organisation, "place": place, "title": "共建协议",
        "clauses": [{"text": "每月义诊一次", "at_least": 1, "per": "month"}],
        "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=364)).isoformat(),
    }  # fmt: skip
    made = await story.ask("hierarchy", "/agreements", story.staff, body)
    path = f"/agreements/{made['id']}"
    await story.ask("hierarchy", f"{path}/sign", story.staff)
    await story.at_rest()
    assert (await story.read("hierarchy", path, story.staff))["step"] == "running"
    return path


async def drafted(story: Story, *, starts_in: timedelta = -timedelta(hours=1)) -> str:
    """One that lasts a day, today unless said otherwise."""
    starts = datetime.now(UTC) + starts_in
    body = {
        "title": "义诊", "type": "clinic", "place": f"{story.district}100001", "capacity": 5,
        "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    return str((await story.ask("events", "/activities", story.staff, body))["id"])


async def activity(story: Story, **when: timedelta) -> str:
    """One that everybody can see."""
    made = await drafted(story, **when)
    await story.ask("events", f"/activities/{made}/open", story.staff)
    return made


async def deliver(story: Story, path: str, activity: str | None) -> None:
    body = {"clause": 1, "day": datetime.now(CHINA).date().isoformat(), "activity": activity, "note": "义诊一次"}
    await story.ask("hierarchy", f"{path}/deliver", story.staff, body)


async def kept(story: Story, path: str) -> tuple[int, list[str | None]]:
    """How often the clause was kept, and what is known of the activities, the latest first."""
    shown: dict[str, Any] = await story.read("hierarchy", path, story.staff)
    return shown["clauses"][0]["done"], [one["activity_state"] for one in shown["deliveries"]]


async def test_an_activity_counts_once_events_knows_it(story: Story, together: Together) -> None:
    path, held = await running_agreement(story), await activity(story)
    async with together.without_api("events"):
        await deliver(story, path, held)
        await story.tried("hierarchy", "hierarchy.agreement.verify", times=1)
        seen = (await story.get("hierarchy", path, story.staff)).headers["etag"]
        assert await kept(story, path) == (0, ["unverified"])
    await story.due_now("hierarchy", "hierarchy.agreement.verify")
    await until(lambda: kept(story, path), lambda found: found == (1, ["verified"]))
    assert (await story.get("hierarchy", path, story.staff)).headers["etag"] != seen
    await deliver(story, path, None)  # something else than an activity needs no witness
    assert (await kept(story, path))[0] == 2


@pytest.mark.parametrize("what", ["made up", "called off", "of another day", "a draft"])
async def test_what_was_none_counts_never(story: Story, what: str) -> None:
    path = await running_agreement(story)
    named = str(new_id())
    if what == "called off":
        named = await activity(story, starts_in=timedelta(hours=1))
        await story.ask("events", f"/activities/{named}/cancel", story.staff, {"reason": "下雨"})
    elif what == "of another day":
        named = await activity(story, starts_in=timedelta(days=3))
    elif what == "a draft":
        named = await drafted(story)
    await deliver(story, path, named)
    await until(lambda: kept(story, path), lambda found: found == (0, ["refuted"]))
