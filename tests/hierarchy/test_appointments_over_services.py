"""A hand-over over the three real services: the open appeals of a post find their way to its next holder."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.architecture.writes import APPEAL, FILING
from tests.support.steps import run_due
from tests.support.town import Town, town_in
from tests.support.world import Somebody, somebody

COMMUNITY = "000100010001"
BUILDING = COMMUNITY + "0001"


@pytest.fixture
async def town(database: dict[str, str], district: str) -> AsyncIterator[Town]:
    assert database
    async with town_in(district) as made:
        yield made


async def ask(town: Town, name: str, path: str, who: Somebody, body: dict[str, Any], status: int = 200) -> Any:
    answer = await town.post(name, path, who, body, str(new_id()))
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_open_appeals_go_with_the_post(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reported by a resident, filed, assigned to the head of the building; then the head's post goes to the resident's
    neighbour, and so does the appeal. The head finds it no more, the neighbour signs it.
    """
    staff = somebody(town.district, Role.COMMUNITY_STAFF, COMMUNITY)
    body = APPEAL | {"place": f"{town.district}100001-B01"}
    appeal = await ask(town, "tickets", "/appeals", town.resident, body, 201)
    await ask(town, "tickets", f"/appeals/{appeal['id']}/file", staff, FILING)
    await town.work()
    [held] = (await town.get("hierarchy", f"/appointments?post={town.district}100001-B01-building_head", staff)).json()[
        "items"
    ]
    head = somebody(town.district, Role.BUILDING_HEAD, BUILDING, id=held["person"])
    assert [one["id"] for one in (await town.get("tickets", "/inbox", head)).json()["items"]] == [appeal["id"]]

    path = f"/appointments/{held['id']}"
    refused = await ask(town, "hierarchy", f"{path}/end", staff, {"reason": "搬家"}, 409)
    assert (refused["code"], refused["appeals"]) == ("still_needed", 1)
    handed = {"successor": str(town.person), "reason": "搬家"}
    await ask(town, "hierarchy", f"{path}/hand_over", staff, handed)

    tomorrow = datetime.now(CHINA) + timedelta(days=1)
    hierarchy = town.services["hierarchy"]
    async with hierarchy.db.connection() as connection:
        await connection.execute("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1", town.district)
    with monkeypatch.context() as patch:
        patch.setattr(hierarchy.db, "now", lambda: tomorrow)
        await run_due(hierarchy, town.district)
        await town.work()
        shown = (await town.get("hierarchy", path, staff)).json()
    assert shown["step"] == "ended"

    successor = somebody(town.district, Role.BUILDING_HEAD, BUILDING, id=town.person)
    assert (await town.get("tickets", "/inbox", head)).json()["items"] == []
    assert [one["id"] for one in (await town.get("tickets", "/inbox", successor)).json()["items"]] == [appeal["id"]]
    timeline = (await town.get("tickets", f"/appeals/{appeal['id']}/timeline", staff)).json()
    [moved] = [one for one in timeline if one["event"] == "hand_over"]
    assert (moved["label"], moved["data"]["to"]) == ("岗位交接", str(town.person))
    await ask(town, "tickets", f"/appeals/{appeal['id']}/sign", successor, {})
