"""Venues over HTTP: what there is, when it is open, who may change it, how many came."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import ALL_DAY, OTHER, Station, open_station, still
from tests.support.world import somebody

BAD_TIMES = [{"opens": "21:00", "closes": "08:00"}]


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district)


async def test_a_station_is_open_from_eight_to_nine(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    now = still(monkeypatch, station.service)
    shown = await station.get(f"venues/{station.id}", station.resident)
    assert shown["hours"]["monday"] == shown["hours"]["sunday"] == [ALL_DAY]
    assert shown["hours_in_words"] == "每天 8:00–21:00"
    assert (shown["place_code"], shown["step"], shown["version"], shown["moves"]) == (
        f"{station.district}100001", "open", 1, [],
    )  # fmt: skip
    assert shown["open_now"] == (8 <= now.hour < 21)
    assert (await station.get(f"venues/{station.id}"))["moves"] == ["edit", "close"]


async def test_who_may_see_and_who_may_change(station: Station) -> None:
    path = f"venues/{station.id}"
    hotline, nobody = somebody(station.district, Role.HOTLINE), somebody(station.district, Role.AUDITOR)
    away = somebody("999999", Role.RESIDENT)
    assert (await station.api.get(path)).status_code == 401
    assert [await station.status(path, who) for who in (station.resident, station.stranger)] == [200, 200]
    assert [await station.status(path, who) for who in (hotline, nobody, away)] == [403, 403, 404]
    for who, status in ((station.resident, 403), (station.head, 403), (station.stranger, 403), (away, 404)):
        answer = await station.post(f"{path}/edit", {"name": "改名"}, who)
        assert answer.status_code == status, answer.text
    assert (await station.post(f"{path}/edit", {"name": "改名"})).json()["name"] == "改名"


async def test_a_change_is_journaled_and_made_once(station: Station) -> None:
    body = {"amenities": ["饮水机", "充电器", "爱心雨伞"], "phone": "12345", "note": "新添"}
    stale = await station.post(f"venues/{station.id}/edit", body, matching='"7"')
    assert stale.status_code == 412
    headers = station.staff.writes() | {"If-Match": '"1"'}
    first, again = [await station.api.post(f"venues/{station.id}/edit", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    [row] = await station.journal("venue.edit")
    assert row["data"]["changed"] == ["amenities", "phone"]
    assert (await station.post(f"venues/{station.id}/edit", {"hours": None})).status_code == 422


async def test_where_it_is_to_be_found(station: Station) -> None:
    """In words, as it is on the sheet on the wall and behind its code; written alike from every keyboard."""
    path = f"venues/{station.id}"
    assert (await station.get(path))["address"] is None
    edited = await station.done(f"{path}/edit", {"address": "　示例路１号（东门）一层 "})
    assert edited["address"] == "示例路1号(东门)一层"
    room = {"kind": "room", "name": "议事室", "part_of": station.id, "address": "二层205"}
    assert (await station.done("venues", room))["address"] == "二层205"
    listed = (await station.get("venues", kind="station"))["items"]
    assert {one["address"] for one in listed} == {None, edited["address"]}
    place = f"{station.district}100001"
    sheet = await station.get(f"places/{place}/contact-sheet")
    assert [desk["address"] for desk in sheet["desks"]] == [None, edited["address"]]
    await station.done(f"places/{place}/contact-sheet/rules", {"public": True})
    shown = await station.api.get(f"contact-sheets/{station.district}/{place}")
    assert f">{edited['address']}</small>" in shown.text
    assert (await station.done(f"{path}/edit", {"name": "改名"}))["address"] == edited["address"]
    assert (await station.done(f"{path}/edit", {"address": None}))["address"] is None


async def test_what_is_closed_down_is_not_counted(station: Station) -> None:
    place = f"{station.district}100001"
    before = (await station.get(f"places/{place}/summary"))["venues"]
    assert {row["kind"]: row["count"] for row in before} == {"station": 2}  # one came with the small district
    await station.done(f"venues/{station.id}/close", {"reason": "房屋到期"})
    after = (await station.get(f"places/{place}/summary"))["venues"]
    assert {row["kind"]: row["count"] for row in after} == {"station": 1}
    twice = await station.post(f"venues/{station.id}/close", {"reason": "房屋到期"})
    assert (twice.status_code, twice.json()["code"]) == (409, "move_not_open")
    assert not (await station.get(f"venues/{station.id}"))["open_now"]
    assert (await station.done(f"venues/{station.id}/reopen", {"reason": "续租"}))["step"] == "open"


async def test_rooms_live_by_their_venues_hours(station: Station) -> None:
    body = {"kind": "room", "name": "议事室", "part_of": station.id, "capacity": 8}
    room = await station.done("venues", body)
    assert (room["hours"], room["hours_in_words"], room["place_code"]) == (
        None,
        "每天 8:00–21:00",
        f"{station.district}100001",
    )
    day = station.day
    await station.done(f"venues/{station.id}/exceptions", {"day": str(day), "parts": [], "reason": "停电"})
    [one] = await station.get(f"venues/{room['id']}/opening", since=str(day))
    assert (one["parts"], one["why"], one["words_zh"]) == ([], "exception", "停电")
    of = await station.get("venues", part_of=station.id)
    assert [item["id"] for item in of["items"]] == [room["id"]]
    deeper = await station.post("venues", body | {"part_of": room["id"]})
    assert (deeper.status_code, deeper.json()["code"]) == (422, "unknown_venue")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "room"},
        {"part_of": "0199c0de-0000-7000-8000-000000000001"},
        {"place": None},
        {"kind": "castle"},
        {"capacity": 0},
        {"phone": "no number"},
        {"address": ""},
        {"address": "路" * 201},
        {"address": "两\n行"},
        {"address": 1},
        {"hours": {"monday": BAD_TIMES}},
        {"hours": {"monday": [ALL_DAY] * 7}},
        {"functions": ["x"] * 41},
        {"name": "坏\x00名"},
    ],
)
async def test_nonsense_is_refused(station: Station, wrong: dict[str, Any]) -> None:
    body = {"kind": "station", "name": "又一个", "place": f"{station.district}100001"} | wrong
    answer = await station.post("venues", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_place_that_is_not_ones_own_is_unknown(station: Station) -> None:
    body = {"kind": "station", "name": "又一个", "place": f"{station.district}100002"}
    assert (await station.post("venues", body)).json()["code"] == "unknown_place"
    assert (await station.post("venues", body | {"place": "x"})).json()["code"] == "unknown_place"
    own = await station.post("venues", body | {"place": f"{station.district}100001"}, station.resident)
    assert own.json()["code"] in ("unknown_place", "forbidden")
    assert (await station.post("venues", body, station.stranger)).status_code == 201


async def test_days_that_differ_and_back_again(station: Station) -> None:
    day = station.day
    span = {"day": str(day), "until": str(day + timedelta(days=2))}
    path = f"venues/{station.id}/exceptions"
    await station.done(path, span | {"parts": [{"opens": "09:00", "closes": "12:00"}], "reason": "元旦"})
    found = await station.get(f"venues/{station.id}/opening", since=str(day), until=str(day + timedelta(days=3)))
    assert [one["why"] for one in found] == ["exception"] * 3 + ["week"]
    await station.done(path, {"day": str(day + timedelta(days=1)), "parts": None, "reason": "照常"})
    found = await station.get(f"venues/{station.id}/opening", since=str(day), until=str(day + timedelta(days=3)))
    assert [one["why"] for one in found] == ["exception", "week", "exception", "week"]
    assert (await station.post(path, span | {"parts": BAD_TIMES, "reason": "x"})).status_code == 422
    assert (await station.post(path, span | {"until": "2000-01-01", "parts": [], "reason": "x"})).status_code == 422
    assert (await station.post(path, span | {"parts": [], "reason": "x"}, station.head)).status_code == 403
    assert (await station.api.get(f"venues/{station.id}/opening?since=2026-01-01&until=2026-12-31",
                                  headers=station.staff.headers)).status_code == 422  # fmt: skip
    for wild in ("9999-12-31", "0001-01-01", "x"):
        answer = await station.api.get(f"venues/{station.id}/opening?since={wild}", headers=station.staff.headers)
        assert answer.status_code == 422, wild


async def test_visits_add_up_and_counting_again_replaces(station: Station) -> None:
    path = f"venues/{station.id}/visits"
    for day, part, count in (("2025-03-01", "morning", 20), ("2025-03-01", "evening", 26), ("2025-04-02", "day", 54)):
        await station.done(path, {"day": day, "part": part, "count": count}, station.head)
    await station.done(path, {"day": "2025-03-01", "part": "evening", "count": 30}, station.head)
    months = await station.get(path, since="2025-03-01", until="2025-12-31")
    assert [(one["period"], one["count"], one["days"]) for one in months["sums"]] == [
        ("2025-03", 50, 1),
        ("2025-04", 54, 1),
    ]
    assert months["total"] == 104
    place = await station.get(
        f"places/{station.district}100001/visits", since="2025-01-01", until="2025-12-31", by="year"
    )
    assert [(one["period"], one["kind"], one["count"]) for one in place["sums"]] == [("2025", "station", 104)]
    assert [row["data"]["before"] for row in await station.journal("venue.visits")] == [None, None, None, 26]
    assert (await station.post(path, {"day": "2025-03-01", "count": 1}, station.resident)).status_code == 403
    assert (await station.post(path, {"day": "2025-03-01", "count": -1})).status_code == 422


async def test_a_list_by_code_has_an_end(station: Station) -> None:
    for number in range(5):
        body = {"kind": "parlour", "name": f"客厅{number}", "place": f"{station.district}100001", "functions": ["议事"]}
        await station.done("venues", body)
    found, cursor = [], None
    while True:
        page = await station.get(
            "venues", station.resident, limit=2, kind="parlour", **({"cursor": cursor} if cursor else {})
        )
        found += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert (len(found), found) == (5, sorted(found))
    assert len((await station.get("venues", function="议事"))["items"]) == 5
    assert (await station.get("venues", place=f"{station.district}100002"))["items"] == []
    assert (await station.api.get("venues?place=nowhere", headers=station.staff.headers)).json()[
        "code"
    ] == "unknown_place"
    assert (await station.api.get("venues?cursor=x", headers=station.staff.headers)).json()["code"] == "cursor_invalid"


async def test_it_moves_with_its_place(station: Station) -> None:
    operator = somebody(station.district, Role.OPERATOR)
    answer = await station.api.post(
        f"places/{station.district}100001/move", json={"parent": station.district}, headers=operator.writes()
    )
    assert answer.status_code == 200, answer.text
    [row] = await station.sql("SELECT path FROM hierarchy.venues WHERE id = $1", UUID(station.id))
    assert row["path"] == answer.json()["path"]
    assert row["path"] != OTHER


async def test_the_articles_figures(users: list[dict[str, Any]], api: httpx.AsyncClient) -> None:
    """西南街: 12 stations, 8:00 to 21:00, 6 with somebody there, 2000 visits since March; 坊子: 130 parlours."""
    staff = somebody("141021", Role.AUDITOR)
    resident = somebody("141021", Role.RESIDENT)
    answer = await api.get("venues?place=141021100002&kind=station&limit=100", headers=resident.headers)
    stations = answer.json()["items"]
    assert len(stations) == 12
    assert [one["resident"] for one in stations].count(None) == 6
    assert {one["hours_in_words"] for one in stations} == {"每天 8:00–21:00"}
    assert {"饮水机", "充电器", "爱心雨伞"} <= set(stations[0]["amenities"])
    parlours = []
    cursor: str | None = ""
    fangzi = somebody("370704", Role.RESIDENT)
    while cursor is not None:
        page = (await api.get(f"venues?kind=parlour&limit=100{cursor}", headers=fangzi.headers)).json()
        parlours += page["items"]
        cursor = page["next"] and f"&cursor={page['next']}"
    assert len(parlours) == 130
    visits = await api.get("places/141021100002/visits?since=2025-03-01&until=2025-06-30", headers=staff.headers)
    assert (visits.json()["total"], visits.json()["invented"]) == (2000, True)
    assert [one["days"] for one in visits.json()["sums"]] == [31, 30, 31, 30]
