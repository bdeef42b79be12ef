"""Once and only once: retries, twins and collisions of writes have one effect, and everybody is told which."""

import asyncio
from typing import Any

import httpx
import pytest

from services.tickets.appeals import intake, moves
from shared.runtime.db import Database
from tests.tickets.conftest import BASE, Cast, problem

NEW = {"title": "路灯不亮", "content": "3号楼前路灯不亮。", "place": "C1", "category": "JC02"}


async def post(cast: Cast, body: dict[str, str], key: str) -> httpx.Response:
    return await cast.client.post(f"{BASE}/appeals", json=body, headers=cast.resident.writes(key))


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "idempotency_key_missing"), ("short", "idempotency_key_invalid"), ("x" * 129, "idempotency_key_invalid")],
)
async def test_a_write_needs_a_key(cast: Cast, key: str | None, code: str) -> None:
    headers = cast.resident.headers | ({"Idempotency-Key": key} if key else {})
    assert problem(await cast.client.post(f"{BASE}/appeals", json=NEW, headers=headers)) == (400, code)


async def test_a_key_is_for_one_request_of_one_person(cast: Cast) -> None:
    first = await post(cast, NEW, "one-key-for-all")
    assert problem(await post(cast, NEW | {"title": "另一件事"}, key="one-key-for-all")) == (
        422,
        "idempotency_key_reused",
    )
    move = await cast.client.post(
        f"{BASE}/appeals/{first.json()['id']}/withdraw", json={}, headers=cast.resident.writes("one-key-for-all")
    )
    assert problem(move) == (422, "idempotency_key_reused")
    other = await cast.report(cast.staff, key="one-key-for-all")
    assert other.json()["id"] != first.json()["id"]
    assert await cast.count("appeals") == 2


async def test_fifty_twins_are_one_appeal(cast: Cast) -> None:
    answers = await asyncio.gather(*(cast.report(key="fifty-in-parallel") for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert all(problem(a) == (409, "request_in_progress") for a in answers if a.status_code == 409)
    assert await cast.count("appeals") == await cast.count("journal") == 1
    assert (await cast.report(key="fifty-in-parallel")).headers["idempotent-replayed"] == "true"


async def test_fifty_twins_of_a_move_are_one_move(cast: Cast) -> None:
    appeal = await cast.assigned()
    headers = cast.head.writes("sign-it-once")
    address = f"{BASE}/appeals/{appeal}/sign"
    answers = await asyncio.gather(*(cast.client.post(address, json={}, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json()["version"] for answer in answers if answer.status_code == 200} == {4}
    assert (await cast.events(appeal)).count("sign") == 1


async def test_a_number_that_is_drawn_twice_is_drawn_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(["20261122-AAAAAA", "20261122-AAAAAA", "20261122-BBBBBB"])
    monkeypatch.setattr(intake, "new_number", lambda _: next(numbers))
    assert (await cast.report()).json()["number"] == "20261122-AAAAAA"
    assert (await cast.report()).json()["number"] == "20261122-BBBBBB"


async def test_a_stale_etag_is_412_and_a_fresh_one_is_not(cast: Cast) -> None:
    reported = await cast.report()
    appeal, etag, filing = reported.json()["id"], reported.headers["etag"], {"category": "JC05"}
    added = await cast.move(appeal, "supplement", cast.resident, {"content": "还有漏水。"}, if_match=etag)
    assert (added.status_code, added.headers["etag"]) == (200, '"2"')
    for stale in (etag, 'W/"2"', '"99999999999999999999"', '"x"', '""'):
        answer = await cast.move(appeal, "file", cast.staff, filing, if_match=stale)
        assert problem(answer) == (412, "precondition_failed"), stale
    read = await cast.get(f"/appeals/{appeal}", cast.staff)
    filed = await cast.move(appeal, "file", cast.staff, filing, if_match=read.headers["etag"])
    assert (filed.status_code, filed.json()["step"]) == (200, "assign")


async def test_a_repetition_with_its_old_etag_is_still_a_repetition(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    headers = cast.staff.writes("file-it-once", **{"If-Match": '"1"'})
    for _ in range(2):
        answer = await cast.client.post(f"{BASE}/appeals/{appeal}/file", json={"category": "JC05"}, headers=headers)
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_of_two_who_saw_the_same_only_one_acts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    appeal = (await cast.report()).json()["id"]
    filing, load, both_have_read = {"category": "JC05"}, moves.load, asyncio.Barrier(2)

    async def together(*asked: Any) -> Any:
        row = await load(*asked)
        await both_have_read.wait()
        return row

    monkeypatch.setattr(moves, "load", together)
    both = await asyncio.gather(
        cast.move(appeal, "file", cast.staff, filing, if_match='"1"'),
        cast.move(appeal, "refuse", cast.operator, {"reason": "malicious", "note": "无此事。"}, if_match='"1"'),
    )
    monkeypatch.undo()
    assert sorted(answer.status_code for answer in both) == [200, 412]
    assert len(await cast.events(appeal)) == 2


async def test_without_an_etag_a_collision_is_tried_again(cast: Cast) -> None:
    """Ten neighbours urge at once: nobody is told to press the button again."""
    appeal = await cast.assigned()
    urges = (cast.move(appeal, "urge", cast.resident, {"note": f"第{n}次"}) for n in range(3))
    assert [answer.status_code for answer in await asyncio.gather(*urges)] == [200, 200, 200]
    assert (await cast.events(appeal)).count("urge") == 3


async def test_an_appeal_about_a_known_place_is_one_statement_and_a_move_two(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path to keep short: nothing is read again for the answer."""
    appeal = (await cast.report()).json()["id"]
    ran: list[str] = []
    real = Database.fetch

    async def counted(self: Database, statement: Any, values: dict[str, Any]) -> Any:
        ran.append(statement.bind(values)[0].split()[0])
        return await real(self, statement, values)

    monkeypatch.setattr(Database, "fetch", counted)
    assert (await cast.report()).status_code == 201
    assert ran == ["WITH"]
    assert (await cast.move(appeal, "file", cast.staff, {"category": "JC05"})).status_code == 200
    assert ran == ["WITH", "SELECT", "WITH"]
