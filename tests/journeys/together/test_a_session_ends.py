"""A session that hierarchy ended is refused by the others within seconds, though its token is well signed.

Hierarchy's own processes read what ended about once a second. The others are told by a job that is written with the
end, and read their own list about once a second: two seconds in all, plus what the queue takes.
"""

import httpx
import pytest

from shared.kernel.rights import Role
from tests.hierarchy.small import PASSWORD, PHONE, with_password
from tests.support.together import Story, Together, until
from tests.support.world import somebody

STATED_S = 20.0  # two seconds and the queue's, with room for a busy machine: a lost message would cost minutes
DOORS = {"hierarchy": "/me", "tickets": "/appeals/mine", "events": "/activities"}


class Device:
    """Somebody's telephone."""

    def __init__(self, story: Story, token: str) -> None:
        self.story, self.headers = story, {"Authorization": f"Bearer {token}"}

    async def opens(self, name: str) -> httpx.Response:
        return await self.story.http[name].get(f"/api/{name}/v1{DOORS[name]}", headers=self.headers)

    async def codes(self) -> dict[str, str]:
        """What each service says."""
        answers = {name: await self.opens(name) for name in DOORS}
        return {name: "" if answer.status_code == 200 else answer.json()["code"] for name, answer in answers.items()}


async def signed_in(story: Story) -> Device:
    body = {"district": story.district, "phone": PHONE, "password": PASSWORD}
    answer = await story.http["hierarchy"].post("/api/hierarchy/v1/sessions", json=body)
    assert answer.status_code in (200, 201), answer.text
    return Device(story, answer.json()["access_token"])


ENDED = dict.fromkeys(DOORS, "session_ended")


@pytest.mark.parametrize("by", ["owner", "administrator"])
async def test_all_services_refuse_it(story: Story, by: str) -> None:
    person = await with_password(story.services["hierarchy"], story.district)
    lost, kept = await signed_in(story), await signed_in(story)
    assert await lost.codes() == dict.fromkeys(DOORS, "")
    if by == "owner":
        answer = await story.http["hierarchy"].delete("/api/hierarchy/v1/sessions/current", headers=lost.headers)
        assert answer.status_code == 204
    else:
        admin = somebody(story.district, Role.SECURITY_ADMIN)
        await story.ask("hierarchy", f"/people/{person}/sessions/end", admin)
    await until(lost.codes, lambda codes: codes == ENDED, STATED_S)
    assert await kept.codes() == (dict.fromkeys(DOORS, "") if by == "owner" else ENDED)


async def test_a_service_that_was_away_learns_of_it_when_it_is_back(story: Story, together: Together) -> None:
    await with_password(story.services["hierarchy"], story.district)
    lost = await signed_in(story)
    async with together.without_api("tickets"):
        await story.http["hierarchy"].delete("/api/hierarchy/v1/sessions/current", headers=lost.headers)
        await story.tried("hierarchy", "hierarchy.sessions.tell", times=1)
    await story.due_now("hierarchy", "hierarchy.sessions.tell")
    await until(lost.codes, lambda codes: codes == ENDED)
