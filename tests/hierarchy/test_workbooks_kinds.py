"""All five kinds of workbook: as communities keep them, and out again in the same columns and in again unchanged."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.hierarchy.households_scene import WHY, open_register
from tests.hierarchy.workbooks_scene import Desk, book

NUMBER = "320102199001010010"
Rows = list[Sequence[Any]]
Merged = list[tuple[int, int, int, int, str]]


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


def kept(d: str) -> dict[str, tuple[Rows, Merged]]:
    """Titles above, headings over headings, traditional characters, full-width digits and letters, blanks, sums."""
    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    return {
        "places": (
            [
                ["甲社區樓棟臺賬（二〇二六年）"],
                ["地點資訊", None, None, "所屬上級", "備註"],
                ["地點編碼", "地點名稱", "地點類別"],
                [f"{d}100001-B07".translate(wide), "７號樓", "樓棟", f" {d}100001 ", "新"],
                [f"{d}100001-B07-H0001", "101室", "住戶", f"{d}100001-B07", None],
                [f"{d}100001-B08", "8号楼", "楼　栋", f"'{d}100001"],
                ["合計", "3棟"],
            ],
            [(0, 0, 0, 4, "甲社區樓棟臺賬（二〇二六年）"), (1, 0, 1, 2, "地點資訊"), (1, 3, 2, 3, "所屬上級")],
        ),
        "people": (
            [
                ["黨員名冊"],
                ["人員", None, "聯繫方式", None, "名冊", "是否黨員", "所屬地點"],
                ["編號", "姓名", "手機號碼", "身份證號碼"],
                [f"{d}-m-1".translate(wide), "虚构党员甲", "１００　６６６６　００１１", f"'{NUMBER}", "黨員", "√",
                 f"{d}100001-B01"],
                [f"{d}-m-2", "虚构党员乙", 10066660012, None, "志願者", "否", f"{d}100001-B01"],
                [None, "虚构居民丙", "+86 100-6666-0013", None, "居民", None, f"{d}100001"],
            ],
            [(0, 0, 0, 6, "黨員名冊"), (1, 0, 1, 1, "人員"), (1, 2, 1, 3, "聯繫方式"), (1, 4, 2, 4, "名冊"),
             (1, 5, 2, 5, "是否黨員"), (1, 6, 2, 6, "所屬地點")],
        ),
        "organisations": (
            [
                ["組織", None, None, "上級組織", "所屬地點編碼"],
                ["組織編碼", "單位名稱", "單位類型"],
                [f"{d}-branch", "虚构党支部", "黨支部", None, f"{d}100001"],
                [f"{d}-group-1".translate(wide), "虚构第一党小组", "黨小組", f"{d}-branch", f"{d}100001-B01"],
                [f"{d}-owners", "虚构业委会", "業委會", None, f"{d}100001".translate(wide)],
            ],
            [(0, 0, 0, 2, "組織"), (0, 3, 1, 3, "上級組織"), (0, 4, 1, 4, "所屬地點編碼")],
        ),
        "appointments": (
            [
                ["崗位任職表"],
                ["崗位", "任職人", None, "任職", None, "推選方式"],
                ["崗位編碼", "人員編碼", "姓名", "任職日期", "卸任日期", None],
                [f"{d}100001-secretary", f"{d}-m-1".translate(wide), "虚构党员甲", 45292, "２０３０年１２月３１日",
                 "選舉"],
                [],
            ],
            [(0, 0, 0, 5, "崗位任職表"), (1, 1, 1, 2, "任職人"), (1, 3, 1, 4, "任職"), (1, 5, 2, 5, "推選方式")],
        ),
        "households": (
            [
                ["住戶", None, None, None, "標籤", None, None],
                ["戶號", "戶主姓名", "關係", "聯繫電話", "人群類別", "依據類型", "依據文件"],
                [f"{d}100001-B01-H0001".translate(wide), "虚构甲", "戶主", "１００６６６６００２１", "獨居老人", "法定",
                 "條例"],
                [f"{d}100001-B01-H0001", "虚构乙", "配偶", None, None, None, None],
                [f"{d}100001-B01-H0002", "虚构丙"],
            ],
            [(0, 0, 0, 3, "住戶"), (0, 4, 0, 6, "標籤")],
        ),
    }  # fmt: skip


EXPECTED = {"places": 3, "people": 3, "organisations": 3, "appointments": 1, "households": 3}


async def fill(desk: Desk) -> None:
    """Every kind once, as it comes; places and people first, which others name."""
    books = kept(desk.district)
    for kind, rows in EXPECTED.items():
        content, merged = books[kind]
        done = await desk.imported(book(content, merged), kind, who=desk.importer(kind))
        assert (done["step"], done["rows"], done["added"], done["wrong"]) == ("applied", rows, rows, 0), (kind, done)


async def test_every_kind_as_communities_keep_it_and_again(desk: Desk) -> None:
    await fill(desk)
    for kind, (content, merged) in kept(desk.district).items():
        again = await desk.imported(book(content, merged), kind, who=desk.importer(kind))
        assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, EXPECTED[kind]), kind


@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_out_and_in_again_changes_nothing(desk: Desk, form: str) -> None:
    await fill(desk)
    before = await everything(desk)
    for kind, rows in EXPECTED.items():
        personal = WHY if kind in ("households", "people", "appointments") else {}
        body = {"kind": kind, "place": f"{desk.district}100001", "format": form, "revealed": bool(personal)} | personal
        made = await desk.post("exports", body)
        assert made.status_code == 200, made.text
        assert kind != "appointments" or form != "csv" or "2030-12-31,選舉" in made.text
        again = await desk.imported(made.content, kind, who=desk.importer(kind))
        assert (again["step"], again["wrong"]) == ("applied", 0), (kind, await desk.faults(again["id"]))
        assert (again["added"], again["changed"], again["left_out"]) == (0, 0, 0), kind
        assert again["unchanged"] == again["rows"] >= rows, kind
    assert await everything(desk) == before


async def everything(desk: Desk) -> dict[str, list[Any]]:
    """All rows that an import could have touched, to the last column."""
    tables = ("places", "people", "organisations", "appointments", "households", "household_members", "household_tags")
    sql = "SELECT * FROM hierarchy.{} WHERE district = $1 ORDER BY id"
    return {table: [tuple(row) for row in await desk.rows(sql.format(table))] for table in tables}


@pytest.mark.parametrize(
    ("kind", "row", "faults"),
    [
        ("places", ["ok-1", None, "楼栋", None], ["name", "parent"]),
        ("people", ["ok-1", None, None, None, "居民", "否", None], ["name", "place"]),
        ("organisations", [None, "名", None, None, None], ["code", "kind", "place"]),
        ("appointments", [None, None, None, None, None], ["post", "person", "since"]),
        ("households", [None, None, "户主"], ["place", "name"]),
    ],
)
async def test_missing_cells_are_named(desk: Desk, kind: str, row: list[Any], faults: list[str]) -> None:
    titles = {
        "places": ["编码", "名称", "类别", "上级编码"],
        "people": ["人员编码", "姓名", "手机号", "身份证号", "名册", "是否党员", "地点编码"],
        "organisations": ["编码", "名称", "类别", "上级组织编码", "地点编码"],
        "appointments": ["岗位编码", "人员编码", "姓名", "任职日期", "产生方式"],
        "households": ["户编码", "姓名", "与户主关系"],
    }
    filled = [cell or None for cell in row]
    if not any(filled):
        filled[-1] = "选举"
    checked = await desk.checked(book([titles[kind], filled]), kind)
    [found] = await desk.faults(checked["id"])
    assert (found["row"], sorted(one["field"] for one in found["faults"])) == (2, sorted(faults))
