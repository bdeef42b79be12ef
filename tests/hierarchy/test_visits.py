"""Visits: recorded by post-holders, counted towards the monthly floor, and what is needed becomes one appeal."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.hierarchy.people import service as people
from services.hierarchy.structures import service as structures
from services.hierarchy.visits import due, rules
from services.hierarchy.visits import jobs as _jobs
from services.hierarchy.visits import queries as q
from shared.kernel.periods import parse_period
from shared.kernel.rights import Role
from shared.runtime.ids import new_id
from shared.runtime.jobs import Run
from shared.runtime.service import Service
from tests.hierarchy.households_scene import BUILDING, COMMUNITY, Register, code, open_register
from tests.hierarchy.keeping import still
from tests.hierarchy.small import loader
from tests.support.plans import rows_read
from tests.support.town import Town, town_in
from tests.support.world import service_headers, somebody

NEED = {"title": "独居老人需要助餐", "content": "腿脚不便，希望中午有人送餐。", "category": "KN01"}


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    made = await open_register(hierarchy, api, district, 5)
    for number in (1, 2, 3, 4):
        await made.household(number)
    return made


def visit(register: Register, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"place": register.home(number), "result": "normal"} | more


async def test_a_visit_is_recorded_and_its_note_is_sealed(register: Register) -> None:
    again = (register.service.db.now() + timedelta(days=30)).date().isoformat()
    given = visit(register, cause="care", note="老人独自在家，精神尚好。", next_on=again)
    made = await register.post("visits", given, register.head)
    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["visitor_id"], shown["cause_label"], shown["form_label"], shown["counts"]) == (
        str(register.head.id), "关爱慰问", "入户", True,
    )  # fmt: skip
    assert shown["place_name"] == "示例街道甲社区1号楼1室"
    assert (shown["note"], shown["next_on"]) == ("老人独自在家，精神尚好。", again)
    [row] = await register.rows("SELECT v::text AS whole FROM hierarchy.visits v WHERE district = $1")
    assert "老人独自在家".encode().hex() not in row["whole"]
    assert (await register.get(f"visits/{shown['id']}", register.staff)).json() == shown
    assert code(await register.get(f"visits/{shown['id']}", register.stranger)) == (404, "not_found")


async def test_who_may_record_and_for_whom(register: Register) -> None:
    resident = somebody(register.district, Role.RESIDENT, BUILDING)
    department = somebody(register.district, Role.DEPARTMENT, COMMUNITY)
    for who, expected in ((resident, 403), (department, 403), (register.stranger, 422)):
        assert (await register.post("visits", visit(register), who)).status_code == expected
    for_head = await register.post("visits", visit(register, visitor=str(register.head.id)))
    assert for_head.json()["visitor_id"] == str(register.head.id)
    nobody = await register.post("visits", visit(register, visitor=str(new_id())))
    assert code(nobody) == (422, "not_a_visitor")
    ahead = (register.service.db.now() + timedelta(hours=1)).isoformat()
    assert code(await register.post("visits", visit(register, visited_at=ahead))) == (422, "invalid")
    assert code(await register.post("visits", visit(register, result="need"))) == (422, "invalid")
    assert code(await register.post("visits", visit(register, needs=[NEED]))) == (422, "invalid")


async def test_a_visit_that_cannot_be_meant_so_is_refused_and_says_why(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = still(monkeypatch, register.service).date()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"next_on": (today - timedelta(days=1)).isoformat()}, "下次走访日期不能早于这次走访"),
        ({"result": "risk"}, "选了“发现隐患”，请写明情况（note），或填写需求（needs）、清单中不正常的项（checked）"),
        ({"result": "need"}, "选了“发现需求”，请填写需求（needs）"),
        ({"result": "need", "needs": [NEED | {"category": "XX99"}]}, "没有这个诉求类别"),
    ]
    for given, zh in wrong:
        refused = await register.post("visits", visit(register, **given))
        assert code(refused) == (422, "invalid")
        assert [error["zh"] for error in refused.json()["errors"]] == [zh]
    kept: list[dict[str, Any]] = [{"next_on": today.isoformat()}, {"result": "risk", "note": "楼道堆物。"}]
    for given in kept:
        assert (await register.post("visits", visit(register, **given))).status_code == 201


async def test_the_list_filters_and_has_pages(register: Register) -> None:
    for number in (1, 2, 3):
        await register.post("visits", visit(register, number, result="normal" if number < 3 else "declined"))
    page = (await register.get("visits", limit=2)).json()
    rest = (await register.get("visits", limit=2, cursor=page["next"])).json()
    assert [item["place"][-1] for item in (*page["items"], *rest["items"])] == ["3", "2", "1"]
    assert [item["place"][-1] for item in (await register.get("visits", result="declined")).json()["items"]] == ["3"]
    assert (await register.get("visits", register.stranger)).json()["items"] == []
    assert code(await register.get("visits", register.stranger, place=register.home(1))) == (422, "unknown_place")


# --- the floor -------------------------------------------------------------------------------------------------------


async def with_members(register: Register, count: int = 3, households: int = 3) -> list[UUID]:
    """Members of the party in the community, and a structure that asks three visits a month of each."""
    document = {
        "name": "示例", "version": 1, "in_force": "2024-01-01", "place": f"{register.district}100001", "posts": [],
        "levels": [{"key": "community", "name": "社区", "kind": "place", "of": "community"}],
        "visits": [{"roll": "member", "households": households}],
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"code": f"{register.district}-member-{n}", "name": f"虚构党员{n}", "phone": f"1005555000{n}",
         "listed_as": "member", "path": BUILDING, "party_member": True, "invented": True, "attributes": {}}
        for n in range(count)
    ]  # fmt: skip
    async with loader(register.service, register.district) as work:
        await work.begin()
        await structures.put(work, COMMUNITY, 1, document)
        ids, _ = await people.put(work, register.service.vault, rows)
    return [ids[row["code"]] for row in rows]


async def test_who_has_visits_to_make(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    month = still(monkeypatch, register.service).strftime("%Y-%m")
    done, behind, none = await with_members(register)
    first, second = [somebody(register.district, Role.POST_HOLDER, BUILDING, id=one) for one in (done, behind)]
    for number in (1, 2, 3, 3):
        await register.post("visits", visit(register, number), first)
    await register.post("visits", visit(register, 1), second)
    await register.post("visits", visit(register, 2, result="nobody_home"), second)
    await register.post("visits", visit(register, 3, form="phone"), second)
    await register.post("visits", {"place": f"{register.district}100001-B01", "result": "normal"}, second)
    asked = {"month": month, "place": f"{register.district}100001"}
    shown = (await register.get("visits/due", **asked)).json()
    assert {name: shown[name] for name in ("floor", "members", "met", "visits_due", "visits_done")} == {
        "floor": 3, "members": 3, "met": 1, "visits_due": 9, "visits_done": 4,
    }  # fmt: skip
    assert [(row["person_id"], row["done"], row["missing"]) for row in shown["items"]] == [
        (str(none), 0, 3), (str(behind), 1, 2), (str(done), 3, 0),
    ]  # fmt: skip
    assert {row["name"] for row in shown["items"]} == {"虚*"}
    page = (await register.get("visits/due", limit=2, **asked)).json()
    rest = (await register.get("visits/due", limit=2, cursor=page["next"], **asked)).json()
    assert ([row["person_id"] for row in rest["items"]], rest["next"]) == ([str(done)], None)
    before = (await register.get("visits/due", month="2025-01", place=asked["place"])).json()
    assert before["visits_done"] == 0
    assert code(await register.get("visits/due", month=month, place=f"{register.district}100002")) == (
        422,
        "unknown_place",
    )
    other = await register.get("visits/due", register.stranger, month=month, place=f"{register.district}100002")
    assert code(other) == (409, "no_floor")


async def test_a_data_file_may_say_the_same_version_anew(register: Register) -> None:
    asked = {"month": "2026-10", "place": f"{register.district}100001"}
    for households in (3, 4):
        await with_members(register, households=households)
        assert (await register.get("visits/due", **asked)).json()["floor"] == households


def test_the_indicator_by_itself() -> None:
    a, b = UUID(int=0), UUID(int=1)
    months = {a: rules.Month(1, date(2026, 11, 9)), UUID(int=99): rules.Month(5, date(2026, 11, 2))}
    found = rules.floor([a, b, b], months, 2)
    assert (found.members, found.met, found.visits_due, found.visits_done) == (2, 0, 4, 1)
    assert [(row.member, row.done, row.missing, row.last) for row in found.rows] == [
        (b, 0, 2, None), (a, 1, 1, date(2026, 11, 9)),
    ]  # fmt: skip
    assert rules.floor([], {}, 3).rows == ()


# A month of 5,000 visits, of which every tenth is a member's; some at no household, by telephone, or with nobody there.
_A_MONTH = """
    INSERT INTO hierarchy.visits (
        district, id, path, place, household_id, visitor_id, recorded_by, cause, form, result, visited_at
    )
    SELECT $1, gen_random_uuid(), '0001', 'home ' || n % 7,
           CASE WHEN n % 13 > 0 THEN ($3::uuid[])[1 + n % 7] END,
           CASE WHEN n % 10 = 0 THEN ($2::uuid[])[1 + n / 10 % 40 * (n / 400) / 13] ELSE gen_random_uuid() END,
           'x', 'routine', CASE WHEN n % 3 > 0 THEN 'home' ELSE 'phone' END,
           CASE WHEN n % 11 > 0 THEN 'risk' ELSE 'declined' END, $4::timestamptz + n * interval '10 minutes'
      FROM generate_series(-10, 4999) n
"""
_BY_HAND = """
    SELECT visitor_id, household_id, (visited_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM hierarchy.visits
     WHERE district = $1 AND visitor_id = ANY($2) AND household_id IS NOT NULL AND form = 'home' AND result = 'risk'
       AND visited_at >= $3 AND visited_at < $4
"""


async def test_a_month_is_counted_by_the_visits_of_those_it_is_about(
    register: Register, database: dict[str, str]
) -> None:
    members, homes = await with_members(register, 40), [new_id() for _ in range(7)]
    month = parse_period("2026-10")
    first, last = month.bounds()
    await register.rows(_A_MONTH, members, homes, first)
    by_hand = await register.rows(_BY_HAND, members, first, last)
    seen = {one: [row for row in by_hand if row["visitor_id"] == one] for one in members}
    done = {one: len({row["household_id"] for row in rows}) for one, rows in seen.items()}
    days = {one: max((row["day"].isoformat() for row in rows), default=None) for one, rows in seen.items()}
    asked = {"month": month.label, "place": f"{register.district}100001", "limit": 100}
    items = (await register.get("visits/due", **asked)).json()["items"]
    assert [(row["person_id"], row["done"], row["last_visit_on"]) for row in items] == [
        (str(one), done[one], days[one]) for one in sorted(members, key=lambda one: (-max(0, 3 - done[one]), one))
    ]
    assert {0, 1, 2} < set(done.values())

    values = {"district": register.district, "visitors": members, "first": first, "last": last, **q.MET}
    sql, given = q.MONTHS.bind(values)
    connection = await asyncpg.connect(database["owner"])
    try:
        await connection.execute("ANALYZE hierarchy.visits")  # which is up to date after such a month
        plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *given))[0]["Plan"]
    finally:
        await connection.close()
    assert rows_read(plan, "visits") <= 510


async def test_what_the_article_promises(home: Any, api: httpx.AsyncClient) -> None:
    """西南街: 187 members × 3 = 561 visits a month."""
    assert home
    staff = somebody("141021", Role.COMMUNITY_STAFF)
    asked = {"month": "2026-11", "place": "141021100002"}
    shown = (await api.get("visits/due", params=asked, headers=staff.headers)).json()
    assert (shown["members"], shown["floor"], shown["visits_due"]) == (187, 3, 561)


# --- needs become appeals --------------------------------------------------------------------------------------------


@pytest.fixture
async def town(database: dict[str, str], district: str) -> AsyncIterator[Town]:
    assert database
    async with town_in(district) as made:
        yield made


async def test_a_need_becomes_one_appeal(town: Town) -> None:
    building = f"{town.district}100001-B01"
    head = somebody(town.district, Role.BUILDING_HEAD, BUILDING)
    given = {"place": building, "result": "need", "needs": [NEED]}
    made = (await town.post("hierarchy", "/visits", head, given)).json()
    assert made["needs"][0]["appeal_number"] is None
    [job] = await town.rows(
        "hierarchy", f"SELECT * FROM hierarchy.jobs WHERE district = $1 AND name = '{due.APPEAL.name}'"
    )
    hierarchy = town.services["hierarchy"]
    run = Run(hierarchy, town.district, job["id"], due.APPEAL, 0, job["created_at"])
    client, sent = hierarchy.clients["tickets"], 0
    real = client.post

    async def cut_off(*args: Any, **more: Any) -> Any:
        """Tickets takes it, and the worker dies before it can write that down."""
        nonlocal sent
        sent += 1
        await real(*args, **more)
        raise RuntimeError

    client.post = cut_off  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await _jobs.appeal(run, **job["args"])
    client.post = real  # type: ignore[method-assign]
    await town.work()
    assert sent == 1
    [appeal] = await town.rows("tickets", "SELECT * FROM tickets.appeals WHERE district = $1")
    shown = (await town.get("hierarchy", f"/visits/{made['id']}", head)).json()
    assert (shown["needs"][0]["appeal_number"], shown["needs"][0]["appeal_id"]) == (appeal["number"], str(appeal["id"]))
    assert (appeal["channel"], appeal["entered_by"], appeal["reporter_id"]) == ("visit", head.id, None)
    assert (appeal["title"], appeal["place_code"]) == (NEED["title"], building)
    await _jobs.appeal(run, **job["args"])
    assert len(await town.rows("tickets", "SELECT 1 FROM tickets.appeals WHERE district = $1")) == 1


async def test_a_service_reports_only_for_somebody(town: Town) -> None:
    """Without a person that it acts for, a service may not report anything."""

    headers = service_headers(town.district, "hierarchy", "tickets") | {"Idempotency-Key": str(new_id())}
    body = NEED | {"place": f"{town.district}100001-B01"}
    answer = await town.http["tickets"].post("/api/tickets/v1/appeals", json=body, headers=headers)
    assert code(answer) == (403, "forbidden")
