"""Contact sheets as they hang on the wall: one page of A4 each, and a code that stays good."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from services.hierarchy.contact_sheets import page, service
from services.hierarchy.contact_sheets.paper import DESKS, PAGE, SIZES, fitted, height
from services.hierarchy.contact_sheets.rules import Audience, ServiceLine
from services.hierarchy.contact_sheets.views import ContactSheet, Honour, SheetDesk, SheetEntry
from shared.kernel.paths import ROOT
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.schemas.hierarchy import PlaceRef
from tests.hierarchy.keeping import Station, open_station
from tests.hierarchy.small import load_small, place
from tests.hierarchy.test_contact_sheet import door, page_of, publish
from tests.support.world import somebody

NO_CARD = "没有找到这张联系卡。楼栋可能已调整，请拨"
OPERATOR = (Grant(Role.OPERATOR, ROOT),)


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    """With three more buildings, which nobody heads."""
    made = await open_station(api, hierarchy, district)
    more = [
        place(district, f"{district}100001-B0{n}", f"{district}100001", "building", f"甲社区{n}号楼") for n in (2, 3, 4)
    ]
    await load_small(hierarchy, district, *more)
    await publish(made)
    return made


# --- one page ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("district", "kind", "sheets"),
    [
        ("341702", "building", 180),
        ("370704", "building", 1373),
        ("430304", "neighbour_group", 1112),
        ("141021", "building", 144),
        ("620421", "building", 55),
    ],
)
async def test_every_sheet_of_the_five_communities_is_one_page(
    hierarchy: Service, district: str, kind: str, sheets: int
) -> None:
    operator, cursor = Principal(district, "somebody", "user", OPERATOR), None
    made: list[ContactSheet] = []
    while cursor is not None or not made:
        async with hierarchy.work(operator) as work:
            found, cursor = await service.batch(work, hierarchy, district, kind, cursor, 200)
        made += found
    assert len(made) == sheets
    for sheet in made:
        size, shown = fitted(sheet)
        assert height(sheet, size, shown) <= PAGE, sheet.place.full_name
        assert shown == len(sheet.honours)


def crowded(homes: int) -> ContactSheet:
    """A sheet with everything on it, and so many homes that are honoured."""
    building = PlaceRef(
        id=new_id(), path="0001", code="370704003900001-X01-B01", name="龙泉小区1号楼", kind="building",
        full_name="凤凰街道凤凰示例一社区第1网格龙泉小区1号楼",
    )  # fmt: skip
    entry: dict[str, Any] = {
        "post_name": "楼院党小组组长", "post_code": None, "place": building, "matters": [], "vacant": False,
        "name": "虚构楼长0001", "phone": "10010000811", "phone_public": True,
    }  # fmt: skip
    desk = {"name": "睦邻客厅", "hours_in_words": "全天开放", "address": "示例路1号", "phone": "10099990001"}
    return ContactSheet(
        place=building, on=date(2026, 11, 22), title="便民服务电话一览表", intro="先找最近的人。", footer=None,
        audience=Audience.PUBLIC, entries=[SheetEntry(order=n, **entry) for n in range(1, 8)],
        desks=[SheetDesk(venue_id=new_id(), **desk)] * DESKS,
        honours=[Honour(door=f"{n}01室", label="军人家庭") for n in range(1, homes + 1)],
        lines=[ServiceLine(label="供暖报修", number="12345")] * 6, now=None,
        asked_at=datetime(2026, 11, 22, tzinfo=UTC), public_url="http://127.0.0.1:8001/x",
    )  # fmt: skip


def test_a_long_address_is_reckoned_with() -> None:
    short = crowded(0)
    far = [desk.model_copy(update={"address": "示例路一百号" * 8}) for desk in short.desks]
    long = short.model_copy(update={"desks": far})
    assert height(long, SIZES[0], 0) - height(short, SIZES[0], 0) > 6
    assert height(long, SIZES[-1], 0) == height(short, SIZES[-1], 0)  # where it is tight, it gives way
    assert ".closest .spot { display: none; }" in page.STYLE
    assert page.page([long]).count("示例路一百号" * 8) == DESKS


def test_honours_give_way_before_the_numbers_do() -> None:
    alone, few, many = (crowded(homes) for homes in (0, 4, 60))
    assert fitted(alone)[1] == 0
    assert fitted(few)[1] == 4
    size, shown = fitted(many)
    assert size is SIZES[-1]
    assert 4 < shown < 60
    assert height(many, size, shown) <= PAGE
    html = page.page([many])
    assert html.count("<b>军人家庭</b>") == shown
    assert "<li>等 60 户</li>" in html
    assert "等" not in page.page([few])
    assert all(f'href="tel:{number}"' in html for number in ("10010000811", "10099990001", "12345"))


def test_a_heading_stays_with_what_it_heads() -> None:
    assert "section, .people li { break-inside: avoid; }" in page.STYLE
    assert "h2 { break-after: avoid; }" in page.STYLE


async def test_doors_are_named_as_in_their_building(users: list[dict[str, Any]], api: httpx.AsyncClient) -> None:
    assert users
    path = "places/370704003900001-X01-B01/contact-sheet"
    sheet = (await api.get(path, headers=somebody("370704", Role.RESIDENT).headers)).json()
    assert [one["door"] for one in sheet["honours"][:2]] == ["101室", "201室"]


async def test_who_works_there_prints_it(station: Station) -> None:
    path = f"places/{door(station)}/contact-sheet/page"
    head = await station.api.get(path, headers=station.head.headers)
    assert (head.status_code, 'class="qr"' in head.text) == (200, True)
    assert head.text == (await station.api.get(path, headers=station.staff.headers)).text
    assert await station.status(path, station.resident) == 403


# --- the code on the wall ------------------------------------------------------------------------------------------


async def test_the_code_of_a_building_that_was_merged_leads_on(station: Station) -> None:
    operator = somebody(station.district, Role.OPERATOR)
    gone, into = f"{station.district}100001-B02", door(station)
    assert (await page_of(station, gone)).status_code == 200
    await station.done(f"places/{gone}/merge", {"into": into}, operator)
    answer = await page_of(station, gone)
    assert (answer.status_code, answer.headers["location"]) == (307, f"./{into}")
    led = await station.api.get(str(answer.request.url.join(answer.headers["location"])))
    assert (led.status_code, "甲社区1号楼" in led.text) == (200, True)
    await publish(station, public=False)
    hidden = await page_of(station, gone)
    assert (hidden.status_code, NO_CARD in hidden.text) == (404, True)


async def test_the_code_of_a_building_that_was_split_names_its_parts(station: Station) -> None:
    operator = somebody(station.district, Role.OPERATOR)
    gone = f"{station.district}100001-B03"
    parts = {"parts": [{"name": "甲社区3号楼东"}, {"name": "甲社区3号楼西"}]}
    await station.done(f"places/{gone}/split", parts, operator)
    answer = await page_of(station, gone)
    assert answer.status_code == 404
    assert all(word in answer.text for word in ("这里已经调整", "甲社区3号楼东", "甲社区3号楼西"))
    assert answer.headers["content-security-policy"] == page.POLICY


async def test_who_scans_a_code_that_leads_nowhere_reads_whom_to_ask(station: Station) -> None:
    operator = somebody(station.district, Role.OPERATOR)
    closed = f"{station.district}100001-B04"
    await station.done(f"places/{closed}/close", {"reason": "已拆除"}, operator)
    for nothing in (closed, "nowhere", f"{station.district}100002-B09"):
        answer = await page_of(station, nothing)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert NO_CARD in answer.text
        assert 'href="tel:12345"' in answer.text
