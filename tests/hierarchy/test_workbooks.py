"""Workbooks: read as they come, every fault named by cell, nothing written before it is confirmed."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.hierarchy.households_scene import WHY, code, open_register
from tests.hierarchy.workbooks_scene import TITLES, Desk, book, cells
from tests.support.steps import run_due

NUMBER, OTHER = "320102199001010010", "32010219900101007X"


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 6)))


def reasons(faults: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(row["row"], one["column"], one["reason"]) for row in faults for one in row["faults"]]


async def test_a_book_as_communities_keep_it(desk: Desk) -> None:
    """Titles, merged headings, traditional characters, full-width digits, serial dates, apostrophes, a line of sums."""
    home = desk.home
    rows: list[Sequence[Any]] = [
        ["甲社區住戶底冊"],
        ["戶編碼", "戶主", None, None, "類別", "依據", "依據說明", "依據日期", "截止日期", "備註"],
        [None, "姓名", "聯繫電話", "身份證號碼"],
        [f" {home(1)} ", "虚构甲", "１００ ６６６６ ０００１", f"'{NUMBER}", "獨居老人、殘疾人", "本人同意", "同意书",
         45292, "２０９９年１２月３１日", "x"],
        [home(2), "虚构乙", 10066660002, None, None, None, None, None, None, None],
        [],
        [home(3), "虚构丙", "+86 100-6666-0003", OTHER.lower(), "黨員戶", "法定", "党内登记", "2024/1/31", None, None],
        ["合计", "3户", None, None],
        ["填表人：虚构社工"],
        [None, None, " "],
    ]  # fmt: skip
    merged = [(0, 0, 0, 9, "甲社區住戶底冊"), (1, 1, 1, 3, "戶主"), (1, 0, 2, 0, "戶編碼")]
    checked = await desk.checked(book(rows, merged))
    assert (checked["step"], checked["rows"], checked["wrong"], checked["ignored"]) == ("checked", 3, 0, 2)
    assert [one["column"] for one in checked["columns"]] == ["A", "B", "C", "D", "E", "F", "G", "H", "I"]
    assert checked["ignored_columns"] == ["备注"]
    assert checked["preview"][0]["cells"]["name"] == "虚*"
    assert checked["moves"] == ["confirm", "cancel"]
    assert (await desk.get("households")).json()["items"] == []
    done = await desk.confirm(checked["id"])
    assert (done["step"], done["added"], done["progress"]) == ("applied", 3, 100)
    listed = (await desk.get("households")).json()["items"]
    assert [(item["head"], item["tags"]) for item in listed] == [
        ("虚*", ["disabled", "living_alone"]), ("虚*", []), ("虚*", ["party_household"]),
    ]  # fmt: skip
    first = (await desk.get(f"households/{listed[0]['id']}")).json()
    person = first["people"][0]["person_id"]
    full = await desk.post(f"people/{person}/reveal", {**WHY, "fields": ["name", "phone", "id_number"]})
    assert full.json() == {"id": person, "name": "虚构甲", "phone": "10066660001", "id_number": NUMBER}
    [tag, _] = first["tags_held"]
    assert (tag["since"], tag["until"], tag["given_by"]) == ("2024-01-01", "2099-12-31", person)


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    rows: list[Sequence[Any]] = [
        TITLES,
        [desk.home(1), "虚构甲", "户主", "10066660001", NUMBER, "独居老人", "本人同意", "同意书", None, None],
        [desk.home(1), "虚构乙", "配偶", "10066660001", None, None, None, None, None, None],
        [desk.home(2), "虚构丙", "户主", None, None, None, None, None, None, None],
    ]
    first = await desk.imported(book(rows))
    assert (first["added"], first["changed"], first["unchanged"]) == (3, 0, 0)
    state = await desk.state()
    sealed = await desk.rows("SELECT id, name, phone FROM hierarchy.people WHERE district = $1 ORDER BY id")
    again = await desk.imported(book(rows))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    assert await desk.state() == state
    assert await desk.rows("SELECT id, name, phone FROM hierarchy.people WHERE district = $1 ORDER BY id") == sealed
    rows[3] = [desk.home(2), "虚构丙", "户主", "10066660003", None, None, None, None, None, None]
    third = await desk.imported(book(rows))
    assert (third["added"], third["changed"], third["unchanged"]) == (0, 1, 2)


async def test_every_fault_is_named_by_its_cell(desk: Desk) -> None:
    home, lost = desk.home, 320102199001010010
    await desk.imported(book([TITLES[:4], [home(6), "虚构旧户", "户主", "10066660009"]]))
    rows: list[list[Any]] = [
        list(TITLES),
        [home(1), None, "户主", "1006666001"],
        ["no such!", "虚构甲", "户主", None],
        [f"{desk.district}-x", "虚构甲", "太太", None],
        [f"{desk.district}100001-B01", "虚构甲"],
        [f"{desk.district}100002", "虚构甲"],
        [home(1), "虚构乙", "户主", None, lost],
        [home(1), "虚构丙", None, None, "320102199001010011"],
        [home(2), "虚构丁", None, "10066660004", None, "独居老人"],
        [home(2), "虚构丁", None, None, None],
        [home(3), "虚构戊", None, "10066660004", None, "火星人"],
        [home(4), "虚构己", None, "10066660009", None, "独居老人", "同意", "书面", "2024年2月30日"],
        [home(5), "虚构庚", None, None, None, "残疾", "法定", "残疾人保障法", "2025-01-01", "2024-01-01"],
        [home(5), "=1+1", None],
    ]
    checked = await desk.checked(book(rows))
    faults = await desk.faults(checked["id"])
    assert reasons(faults) == [
        (2, "B", "required"), (2, "D", "phone_wrong"), (3, "A", "code_wrong"), (4, "C", "word_unknown"),
        (4, "A", "place_unknown"), (5, "A", "not_household"), (6, "A", "outside"), (7, "E", "number_lost"),
        (8, "E", "id_wrong"), (9, "G", "basis_missing"), (10, "B", "duplicate"), (11, "F", "word_unknown"),
        (11, "D", "phone_twice"), (12, "I", "date_wrong"), (13, "J", "ends_before"),
    ]  # fmt: skip
    assert (checked["rows"], checked["valid"], checked["wrong"], checked["faults"]) == (13, 1, 12, 15)
    assert faults[-1]["faults"][0]["zh"] == "结束日期早于开始日期"
    assert "confirm" not in checked["moves"]
    assert code(await desk.post(f"imports/{checked['id']}/confirm", {})) == (409, "move_not_open")
    answer = await desk.get(f"imports/{checked['id']}/errors.xlsx")
    returned = cells(answer.content)
    assert [row[0] for row in returned[1:]] == ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"]
    assert returned[1][-2] == "B列 姓名：必填项为空；D列 手机号：手机号应为 11 位数字、以 1 开头"
    assert "10066660004" not in str(returned) + str(faults)
    assert "虚构丁" not in str(returned) + str(faults)
    [kept] = await desk.rows(
        "SELECT string_agg(f::text, '') AS whole FROM hierarchy.import_faults f WHERE district = $1"
    )
    assert "虚" not in kept["whole"]


async def test_a_number_that_is_kept_for_somebody_else(desk: Desk) -> None:
    await desk.imported(book([TITLES[:5], [desk.home(1), "虚构甲", "户主", "10066660001", NUMBER]]))
    rows: list[Sequence[Any]] = [
        TITLES[:5],
        [desk.home(2), "虚构乙", "户主", "10066660001", None],
        [desk.home(3), "虚构丙", "户主", None, NUMBER],
        [desk.home(4), "虚构丁", "户主", None, None],
    ]
    checked = await desk.checked(book(rows), mode="valid_rows")
    assert reasons(await desk.faults(checked["id"])) == [(2, "D", "phone_taken"), (3, "E", "id_taken")]
    done = await desk.confirm(checked["id"])
    assert (done["added"], done["step"]) == (1, "applied")
    second_home = [TITLES[:5], [desk.home(5), "虚构甲", "户主", "10066660001", None]]
    assert (await desk.imported(book(second_home)))["added"] == 1
    people = await desk.rows(
        "SELECT count(*) AS n FROM hierarchy.people WHERE district = $1 AND listed_as = 'resident'"
    )
    assert people[0]["n"] == 2


async def test_csv_in_gb18030_and_with_missing_cells(desk: Desk) -> None:
    text = f"户编码;户主姓名;联系电话;备注\r\n{desk.home(1)};虚构甲;'10066660001\r\n{desk.home(2)};虚构乙\r\n;;;\r\n"
    done = await desk.imported(text.encode("gb18030"))
    assert (done["step"], done["added"], done["ignored_columns"]) == ("applied", 2, ["备注"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 this is none", "damaged"),
        ("只有一列\n1\n".encode(), "no_header"),
        ("户编码,姓名\n".encode(), "no_rows"),
        ("户编码,姓名,户主姓名\na,b,c\n".encode(), "header_twice"),
        (b"\x81\xff\xff\xfe,\xff", "encoding"),
    ],
)
async def test_files_that_are_none(desk: Desk, content: bytes, reason: str) -> None:
    refused = await desk.checked(content)
    assert (refused["step"], refused["failure"], refused["moves"]) == ("refused", reason, [])
    assert refused["failure_zh"]
    assert await desk.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1") == []


async def test_what_is_refused_at_the_door(desk: Desk) -> None:
    for content, reason in (
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "old_format"),
        (bytes(99), "type_not_allowed"),
    ):
        answer = await desk.send(content)
        assert (code(answer), answer.json()["reason"]) == ((422, "workbook_refused"), reason)
    good = "户编码,姓名\nx,y\n".encode()
    assert code(await desk.send(good, "cats")) == (422, "invalid")
    assert code(await desk.send(good, who=desk.grid_worker)) == (403, "forbidden")
    assert code(await desk.send(good, who=desk.stranger)) == (422, "unknown_place")


async def test_a_bomb_costs_nothing(desk: Desk) -> None:
    import zipfile  # noqa: PLC0415 - this test alone

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "x")
        packed.writestr("xl/worksheets/sheet1.xml", bytes(60 * 1024 * 1024))
    assert (await desk.checked(made.getvalue()))["failure"] == "too_expensive"


async def test_the_file_is_sealed_while_it_waits_and_gone_when_it_is_applied(desk: Desk) -> None:
    content = f"户编码,姓名,手机号\n{desk.home(1)},虚构甲,10066660001\n".encode()
    sent = (await desk.send(content)).json()
    pieces = "SELECT part, content FROM hierarchy.import_pieces WHERE district = $1"
    for part in ("file", "rows"):
        [row] = await desk.rows(pieces)
        assert row["part"] == part
        assert not any(word in row["content"] for word in (b"10066660001", "虚构甲".encode()))
        assert desk.service.vault.is_current(row["content"])
        await run_due(desk.service, desk.district)
    await desk.confirm(sent["id"])
    assert await desk.rows(pieces) == []
    shown = await desk.shown(sent["id"])
    assert (shown["step"], shown["preview"]) == ("applied", [])


async def test_cancelling_and_twins(desk: Desk) -> None:
    content = f"户编码,姓名\n{desk.home(1)},虚构甲\n".encode()
    first, again = [await desk.send(content, key="one-file-only") for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    await run_due(desk.service, desk.district)
    cancelled = await desk.post(f"imports/{first.json()['id']}/cancel", {})
    assert (cancelled.json()["step"], cancelled.json()["moves"]) == ("cancelled", [])
    assert await desk.rows("SELECT 1 FROM hierarchy.import_pieces WHERE district = $1") == []
    for path in ("", "/faults", "/errors.xlsx"):
        assert code(await desk.get(f"imports/{first.json()['id']}{path}", desk.stranger)) == (404, "not_found")


# --- other kinds -----------------------------------------------------------------------------------------------------


async def test_people_places_organisations_appointments(desk: Desk) -> None:
    d = desk.district
    places: list[Sequence[Any]] = [
        ["编码", "名称", "类别", "上级编码"],
        [f"{d}100001-B09-H0001", "101室", "户", f"{d}100001-B09"],
        [f"{d}100001-B09", "9号楼", "楼栋", f"{d}100001"],
        [f"{d}100001-B10", "10号楼", "楼栋", f"{d}100009"],
        [f"{d}100001-B11", "11号楼", "飞船", f"{d}100001"],
        [f"{d}100001-B12", "12号楼", "楼栋", f"{d}100002"],
    ]
    done = await desk.imported(book(places), "places", "valid_rows", desk.operator)
    assert (done["added"], done["wrong"]) == (2, 3)
    assert reasons(await desk.faults(done["id"])) == [
        (4, "D", "place_unknown"), (5, "C", "word_unknown"), (6, "D", "outside"),
    ]  # fmt: skip
    assert (await desk.imported(book(places[:3]), "places", who=desk.operator))["unchanged"] == 2

    people: list[Sequence[Any]] = [
        ["人员编码", "姓名", "电话", "身份证", "名册", "党员", "地点编码"],
        [f"{d}-m-1", "虚构党员甲", "10066660011", None, "党员", "是", f"{d}100001-B09"],
        [None, "虚构居民乙", None, None, "居民", "否", f"{d}100001-B09"],
        [None, "虚构居民丙", "10066660012", None, "居民", "否", f"{d}100001-B09"],
    ]
    done = await desk.imported(book(people), "people", "valid_rows")
    assert (done["added"], reasons(await desk.faults(done["id"]))) == (2, [(3, "C", "who_missing")])
    again = await desk.imported(book([*people[:2], people[3]]), "people")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)

    bodies: list[Sequence[Any]] = [
        ["编码", "名称", "类别", "上级组织编码", "地点编码"],
        [f"{d}-branch", "虚构党支部", "党支部", None, f"{d}100001"],
        [f"{d}-group", "虚构党小组", "党小组", f"{d}-branch", f"{d}100001-B09"],
        [f"{d}-other", "虚构", "党小组", f"{d}-nothing", f"{d}100001"],
    ]
    done = await desk.imported(book(bodies), "organisations", "valid_rows")
    assert (done["added"], reasons(await desk.faults(done["id"]))) == (2, [(4, "D", "organisation_unknown")])
    assert (await desk.imported(book(bodies[:3]), "organisations"))["unchanged"] == 2

    seats: list[Sequence[Any]] = [
        ["岗位编码", "人员编码", "电话", "任职日期", "卸任日期"],
        [f"{d}100001-secretary", f"{d}-m-1", None, date(2025, 1, 1).isoformat(), None],
        [f"{d}100001-B01-building_head", None, "10066660011", "2025-01-01", None],
        [f"{d}100001-nothing", None, "10066660011", "2025-01-01", None],
        [f"{d}100001-secretary", None, "10066660099", "2020-01-01", "2020-12-31"],
        [f"{d}100001-secretary", None, "10066660012", "2025-06-01", None],  # held by the first of these rows then
    ]
    done = await desk.imported(book(seats), "appointments", "valid_rows", desk.operator)
    assert (done["added"], reasons(await desk.faults(done["id"]))) == (
        1, [(3, "A", "seat_taken"), (4, "A", "post_unknown"), (5, "B", "person_unknown"), (6, "A", "seat_taken")],
    )  # fmt: skip
    assert (await desk.imported(book(seats[:2]), "appointments", who=desk.operator))["unchanged"] == 1


# --- exports ---------------------------------------------------------------------------------------------------------


async def exported(desk: Desk, **more: Any) -> httpx.Response:
    return await desk.post("exports", {"kind": "households", "place": f"{desk.district}100001"} | more)


async def test_an_export_is_masked_and_holds_no_formula(desk: Desk) -> None:
    rows: list[Sequence[Any]] = [
        TITLES,
        [desk.home(1), "=虚构公式", "户主", "10066660001", NUMBER, "独居老人", "本人同意", "@同意书", None, None],
    ]
    await desk.imported(book(rows))
    masked = await exported(desk)
    [titles, row] = cells(masked.content)
    assert (tuple(titles), row[0], row[1], row[3]) == (TITLES, desk.home(1), "'=*", "100****0001")
    assert (row[5], row[6], row[7]) == ("独居老人", "本人同意", "'@同意书")
    assert masked.headers["cache-control"] == "no-store"
    text = (await exported(desk, format="csv")).content.decode("utf-8-sig")
    assert "'=*" in text
    assert "10066660001" not in text
    [entry, _] = await desk.rows("SELECT data FROM hierarchy.journal WHERE district = $1 AND event = 'export.make'")
    assert entry["data"].items() >= {"rows": 1, "revealed": False, "kind": "households"}.items()


async def test_in_full_with_a_reason_and_it_goes_back_in(desk: Desk) -> None:
    rows: list[Sequence[Any]] = [
        TITLES,
        [desk.home(1), "虚构甲", "户主", "10066660001", NUMBER, "残疾", "法定职责", "条例", "2024-01-01", None],
    ]
    await desk.imported(book(rows))
    assert code(await exported(desk, revealed=True)) == (422, "invalid")
    full = await exported(desk, revealed=True, **WHY)
    assert cells(full.content)[1][:5] == [desk.home(1), "虚构甲", "户主", "10066660001", NUMBER]
    looks = await desk.rows("SELECT data FROM hierarchy.journal WHERE district = $1 AND event = 'personal.exported'")
    assert [look["data"]["fields"] for look in looks] == [["id_number", "name", "phone"]]
    again = await desk.imported(full.content)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)


async def test_who_may_export_what(desk: Desk) -> None:
    assert code(
        await desk.post("exports", {"kind": "people", "place": f"{desk.district}100001"}, desk.grid_worker)
    ) == (
        403,
        "forbidden",
    )
    assert code(await exported(desk)) == (422, "nothing_to_export")
    for kind, least in (("people", 1), ("places", 8), ("organisations", 1), ("appointments", 1)):
        made = await desk.post("exports", {"kind": kind, "place": f"{desk.district}100001"})
        assert made.status_code == 200, made.text
        assert len(cells(made.content)) == least + 1
    empty = await desk.get("imports/templates/households")
    assert [tuple(row) for row in cells(empty.content)] == [TITLES]
