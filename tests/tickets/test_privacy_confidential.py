"""A confidential appeal is not there: at every door a stranger gets what they would get for one that does not exist.

A door that reads appeals and is missing here is found by `test_every_door_is_in_the_table`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.tickets.appeals.workflow import APPEAL
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from tests.architecture.applications import ROUTES
from tests.support.world import Somebody, somebody
from tests.tickets.conftest import BASE, COMMUNITY, RESULT, Caller12345, Cast, problem
from tests.tickets.test_callbacks import handled, push, simulated
from tests.tickets.test_privacy import WHY

MOVES: dict[str, dict[str, Any]] = {
    "locate": {"place": "C1"},
    "supplement": {"content": "补充"},
    "urge": {"note": "请尽快"},
    "file": {"category": "JC05"},
    "refuse": {"reason": "outside_territory", "note": "不在本辖区。"},
    "merge": {"of": "20261122-7K3F9Q"},
    "assign": {},
    "escalate": {"reason": "需要协调"},
    "hand_back": {"reason": "not_this_unit", "note": "不属于本楼"},
    "contact": {"reached": True, "note": "已联系"},
    "progress": {"note": "已到场"},
    "suspend": {"reason": "等待配件"},
    "resolve": RESULT,
    "reply": {"text": "已修好。"},
    "call_back": {"reached": True},
    "rate": {"score": 5, "resolved": True},
    "rework": {"reason": "又不热了"},
}
Door = Callable[[Cast, Somebody, str], Awaitable[httpx.Response]]


def reading(path: str) -> Door:
    async def door(cast: Cast, who: Somebody, appeal: str) -> httpx.Response:
        return await cast.get(path.format(id=appeal), who)

    return door


def writing(path: str, body: dict[str, Any]) -> Door:
    async def door(cast: Cast, who: Somebody, appeal: str) -> httpx.Response:
        return await cast.client.post(BASE + path.format(id=appeal), json=body, headers=who.writes())

    return door


async def uploading(cast: Cast, who: Somebody, appeal: str) -> httpx.Response:
    files = {"file": ("a.txt", b"x", "text/plain")}
    path = f"{BASE}/appeals/{appeal}/attachments"
    return await cast.client.post(path, data={"kind": "report"}, files=files, headers=who.writes())


# Every route of tickets that takes an appeal's id, by its name.
BY_ID: dict[str, Door] = {
    "appeal_read": reading("/appeals/{id}"),
    "appeal_timeline": reading("/appeals/{id}/timeline"),
    "hotline_callbacks": reading("/appeals/{id}/callbacks"),
    "attachment_list": reading("/appeals/{id}/attachments"),
    "attachment_upload": uploading,
    "contact_reveal": writing("/appeals/{id}/contact/reveal", WHY),
    "appeal_confidentiality": writing("/appeals/{id}/confidentiality", {"confidential": False, "reason": "已公开"}),
    **{f"appeal_{move}": writing(f"/appeals/{{id}}/{move}", MOVES.get(move, {})) for move in APPEAL.moves()},
}
# Every route that lists appeals, or tells about several: the paths that a stranger asks.
LISTS = {
    "appeal_list": ["/appeals", "/appeals?step=verify", "/appeals?place=C1", "/appeals?limit=1"],
    "appeal_mine": ["/appeals/mine"],
    "inbox_list": ["/inbox"],
    "me_data_access": ["/me/data-access"],
    "me_data": ["/me/data"],
}


def strangers(cast: Cast) -> list[Somebody]:
    """Who may read everything that is not confidential there, and who may read nothing."""
    readers = [somebody(cast.district, role, COMMUNITY) for role in (Role.GRID_WORKER, Role.DEPARTMENT, Role.AUDITOR)]
    return [*readers, somebody(cast.district, Role.RESIDENT, COMMUNITY), somebody(cast.district, Role.SECURITY_ADMIN)]


def said(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    document = answer.json() if answer.content else {}
    return answer.status_code, {name: value for name, value in document.items() if name != "request_id"}


def test_every_door_is_in_the_table() -> None:
    doors = {route.name for route in ROUTES if route.service == "tickets" and "/appeals/{id}" in route.path}
    assert doors == set(BY_ID)
    lists = {route.name for route in ROUTES if route.service == "tickets" and route.path.split("/v1")[-1] in {
        "/appeals", "/appeals/mine", "/inbox", "/me/data", "/me/data-access"}}  # fmt: skip
    assert lists - {"appeal_report"} == set(LISTS)


@pytest.mark.parametrize("door", BY_ID)
async def test_it_is_not_there(cast: Cast, door: str) -> None:
    secret = (await cast.report(confidential=True)).json()["id"]
    for who in strangers(cast):
        answered, absent = [said(await BY_ID[door](cast, who, appeal)) for appeal in (secret, str(new_id()))]
        assert answered == absent
        assert answered[0] == 404
    known = await BY_ID[door](cast, cast.staff, secret)
    assert known.status_code != 404, known.text  # the door itself opens


@pytest.mark.parametrize("name", LISTS)
async def test_no_list_tells_of_it(cast: Cast, name: str) -> None:
    secret = (await cast.report(confidential=True, title="不可见的标题")).json()
    for path in LISTS[name]:
        for who in strangers(cast):
            text = (await cast.get(path, who)).text
            assert not any(trace in text for trace in (secret["id"], secret["number"], "不可见的标题")), path
    for path, who in (("/appeals", cast.staff), ("/me/data", cast.resident)):
        assert secret["number"] in (await cast.get(path, who)).text


async def test_its_number_is_no_number(cast: Cast) -> None:
    """Whoever takes appeals in elsewhere cannot find out by merging; nobody merges into it at all."""
    secret = (await cast.report(place="C2", confidential=True)).json()
    own = (await cast.report()).json()["id"]
    numbers = (secret["number"], "20260101-000000")
    answers = [said(await cast.move(own, "merge", cast.staff, {"of": number})) for number in numbers]
    assert [status for status, _ in answers] == [422, 422]
    assert {body["code"] for _, body in answers} == {"unknown_appeal"}
    refused = await cast.move(own, "merge", cast.operator, {"of": secret["number"]})
    assert problem(refused) == (409, "merge_into_confidential")


async def test_a_replay_shows_nothing_to_one_whose_rights_ended(cast: Cast) -> None:
    secret = (await cast.report(confidential=True)).json()["id"]
    path, filing = f"{BASE}/appeals/{secret}/file", {"category": "JC05", "urgency": "L2"}
    first = await cast.client.post(path, json=filing, headers=cast.staff.writes("filed-it-once"))
    assert first.status_code == 200
    moved_on = replace(cast.staff, grants=((Role.GRID_WORKER, COMMUNITY),))
    again = await cast.client.post(path, json=filing, headers=moved_on.writes("filed-it-once"))
    assert problem(again) == (404, "not_found")


async def test_it_can_become_confidential_and_open_again(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    reader = somebody(cast.district, Role.GRID_WORKER, COMMUNITY)
    assert (await cast.get(f"/appeals/{appeal}", reader)).status_code == 200
    hide = {"confidential": True, "reason": "涉及家庭隐私"}
    path = f"/appeals/{appeal}/confidentiality"
    assert problem(await writing(path, hide)(cast, reader, appeal)) == (403, "forbidden")
    assert problem(await writing(path, hide)(cast, cast.resident, appeal)) == (403, "forbidden")
    stale = await cast.client.post(BASE + path, json=hide, headers=cast.staff.writes() | {"If-Match": '"7"'})
    assert problem(stale) == (412, "precondition_failed")
    hidden = await writing(path, hide)(cast, cast.staff, appeal)
    assert (hidden.status_code, hidden.json()["confidential"]) == (200, True)
    assert problem(await writing(path, hide)(cast, cast.staff, appeal)) == (409, "already_done")
    assert (await cast.get(f"/appeals/{appeal}", reader)).status_code == 404
    assert await cast.listed(reader) == []
    [row] = await cast.sql("SELECT * FROM tickets.journal WHERE district = $1 AND event = 'confidentiality'")
    assert (row["data"]["confidential"], row["actor"]) == (True, str(cast.staff.id))
    assert (await writing(path, hide | {"confidential": False})(cast, cast.operator, appeal)).status_code == 200
    assert await cast.listed(reader) == [appeal]


async def test_the_hotline_hears_that_something_happened_and_not_what(cast: Cast) -> None:
    async with simulated(cast) as (hotline, simulator):
        sealed: Caller12345 = hotline
        order = sealed.order(confidential=True)
        sealed.order = lambda **_: order  # type: ignore[method-assign] # the next order is this one
        await handled(cast, sealed)
        await push(cast)
        await push(cast)
    heard = ["signed", "contacted", "progress", "signed", "resolved"]
    assert [callback.event for callback in simulator.callbacks] == heard
    assert {callback.unit for callback in simulator.callbacks} == {None}
    assert [callback.detail for callback in simulator.callbacks] == [{}] * 5
