"""A place moves, is merged, is split: what tickets has stored follows, in batches and in order."""

from typing import Any
from uuid import uuid4

import pytest

from services.tickets.schema import SCHEMA
from shared.kernel.rights import Role
from shared.runtime import place_changes
from shared.runtime.ids import new_id
from tests.support.world import service_headers, somebody
from tests.tickets.conftest import BASE, COMMUNITY, ELSEWHERE, Cast, problem

NEW = "000100010009"


def change(order: int, *moves: tuple[str, str], **more: Any) -> dict[str, Any]:
    shown = [{"old": old, "new": new} for old, new in moves]
    return {
        "order": order, "place_id": str(uuid4()), "code": "C1", "event": "move", "moves": shown, "stale": [], "now": []
    } | more  # fmt: skip


async def tell(cast: Cast, body: dict[str, Any], *, key: str | None = None, caller: str = "hierarchy") -> Any:
    headers = service_headers(cast.district, caller, "tickets") | {"Idempotency-Key": key or str(new_id())}
    return await cast.client.post(f"{BASE}/place-changes", json=body, headers=headers)


async def paths(cast: Cast) -> list[str]:
    rows = await cast.sql("SELECT place_path FROM tickets.appeals WHERE district = $1 ORDER BY id")
    return [row["place_path"] for row in rows]


async def test_appeals_follow_a_place(cast: Cast) -> None:
    appeal = (await cast.report()).json()
    assert (await tell(cast, change(1, (COMMUNITY, NEW), stale=[NEW]))).status_code == 200
    await cast.work()
    assert await paths(cast) == [NEW]
    moved = somebody(cast.district, Role.COMMUNITY_STAFF, NEW)
    assert await cast.listed(moved) == [appeal["id"]]
    assert await cast.listed(cast.staff) == []
    # Whoever read it before must not write the old place back.
    late = await cast.move(appeal["id"], "file", moved, {"category": "JC05", "urgency": "L2"}, If_Match='"1"')
    assert problem(late)[0] == 412
    rows = await cast.sql(
        "SELECT path, seen_at < now() - interval '1 day' AS stale FROM tickets.known_places WHERE district = $1"
    )
    assert [(row["path"], row["stale"]) for row in rows] == [(NEW, True)]


async def test_a_merge_renames_open_ones_and_leaves_closed_ones(cast: Cast) -> None:
    closed = (await cast.report()).json()["id"]
    await cast.walk(closed, ("withdraw", cast.resident, {}))
    await cast.report()
    place = {"code": "C2", "path": ELSEWHERE, "kind": "community", "name": "别的社区", "full_name": "别的社区"}
    body = change(1, (COMMUNITY, ELSEWHERE), event="merge", now=[{"code": "C1", "place": place}])
    assert (await tell(cast, body)).status_code == 200
    await cast.work()
    rows = await cast.sql("SELECT place_code, place_path FROM tickets.appeals WHERE district = $1 ORDER BY id")
    assert [(row["place_code"], row["place_path"]) for row in rows] == [("C1", ELSEWHERE), ("C2", ELSEWHERE)]


async def test_changes_come_in_order_and_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_changes, "BATCH", 2)
    for _ in range(5):
        assert (await cast.report()).status_code == 201
    third = "000100010010"
    for order, (old, new) in ((2, (NEW, third)), (1, (COMMUNITY, NEW))):  # as they may well arrive
        assert (await tell(cast, change(order, (old, new)))).status_code == 200
    assert await cast.work() > 0
    for _ in range(5):
        await cast.work()
    assert await paths(cast) == [third] * 5


async def test_what_is_written_late_follows_later(cast: Cast) -> None:
    """Another process remembers the old path for some minutes."""
    assert (await tell(cast, change(1, (COMMUNITY, NEW)))).status_code == 200
    await cast.work()
    await cast.report()
    assert await paths(cast) == [COMMUNITY]
    await cast.sql("UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND name = 'tickets.places.follow'")
    await cast.work()
    assert await paths(cast) == [NEW]


async def test_told_twice_is_followed_once(cast: Cast) -> None:
    body, key = change(1, (COMMUNITY, NEW)), str(new_id())
    answers = [await tell(cast, body, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert await cast.count("journal", "event = 'follow'") == 1
    assert await cast.count("jobs", "name = 'tickets.places.follow'") == 2


async def test_hierarchy_alone_may_tell(cast: Cast) -> None:
    assert problem(await tell(cast, change(1), caller="events")) == (403, "forbidden")
    answer = await cast.client.post(f"{BASE}/place-changes", json=change(1), headers=cast.operator.writes())
    assert problem(answer) == (403, "forbidden")


def test_every_table_with_a_path_is_followed() -> None:
    with_paths = {table.name for table in SCHEMA.metadata.sorted_tables if "place_path" in table.c}
    assert {"appeals"} <= with_paths
    assert set(place_changes.followed(SCHEMA)) == with_paths | {"known_places"}
    columns = {f"{table.name}.{c.name}" for table in SCHEMA.metadata.sorted_tables for c in table.c if "path" in c.name}
    assert columns == {f"{name}.place_path" for name in with_paths} | {"known_places.path"}


async def test_open_appeals_are_counted_for_the_map(cast: Cast) -> None:
    await cast.report()
    withdrawn = (await cast.report()).json()["id"]
    await cast.walk(withdrawn, ("withdraw", cast.resident, {}))
    body = {"within": "0001", "paths": [COMMUNITY, ELSEWHERE, "00010001"]}
    headers = service_headers(cast.district, "hierarchy", "tickets")
    answer = await cast.client.post(f"{BASE}/appeals/open-counts", json=body, headers=headers)
    assert answer.json() == {"counts": [1, 0, 1]}
    refused = await cast.client.post(f"{BASE}/appeals/open-counts", json=body, headers=cast.operator.headers)
    assert problem(refused) == (403, "forbidden")
