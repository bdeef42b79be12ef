"""The monthly floor of a month gone by is that of those who were on the roll then."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.periods import CHINA
from shared.runtime.service import Service
from tests.hierarchy.households_scene import open_register
from tests.hierarchy.keeping import still
from tests.hierarchy.test_visits import with_members
from tests.hierarchy.workbooks_scene import Desk, book

TITLES = ("人员编码", "姓名", "手机号", "名册", "是否党员", "地点编码")


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    still(monkeypatch, hierarchy)  # the month is the same from end to end
    return Desk(**vars(await open_register(hierarchy, api, district, 2)))


async def floor(desk: Desk, back: int) -> tuple[int, int]:
    """How many had visits to make this month, or in an earlier one, and how many visits."""
    day = desk.service.db.now().astimezone(CHINA).replace(day=1)
    for _ in range(back):
        day = (day - timedelta(days=1)).replace(day=1)
    asked: dict[str, Any] = {"month": day.strftime("%Y-%m"), "place": f"{desk.district}100001"}
    shown = (await desk.get("visits/due", **asked)).json()
    return shown["members"], shown["visits_due"]


async def test_who_comes_to_the_roll_has_missed_nothing_before(desk: Desk) -> None:
    """Entered by a workbook, as somebody new or from another roll; the same workbook again changes nothing."""
    await with_members(desk, 1)
    before = [await floor(desk, back) for back in (0, 1, 2)]
    assert before == [(1, 3)] * 3  # a data file does not say since when: all along
    place = f"{desk.district}100001"
    names = [(f"{desk.district}-n-{n}", f"虚构新党员{n}", f"1007777000{n}") for n in (1, 2)]

    def rolls(*of: str) -> bytes:
        return book([TITLES, *((*who, roll, "是", place) for who, roll in zip(names, of, strict=True))])

    assert (await desk.imported(rolls("member", "volunteer"), "people"))["step"] == "applied"
    assert [await floor(desk, back) for back in (0, 1, 2)] == [(2, 6), (1, 3), (1, 3)]
    await desk.rows(
        "UPDATE hierarchy.people SET listed_since = listed_since - 100 WHERE district = $1 AND listed_as = 'volunteer'"
    )
    assert (await desk.imported(rolls("member", "member"), "people"))["step"] == "applied"
    assert [await floor(desk, back) for back in (0, 1, 2)] == [(3, 9), (1, 3), (1, 3)]
    again = await desk.checked(rolls("member", "member"), "people")
    assert (again["added"], again["changed"]) == (0, 0)
    days = await desk.rows("SELECT listed_since FROM hierarchy.people WHERE district = $1 AND listed_as = 'member'")
    today = desk.service.db.now().astimezone(CHINA).date()
    assert sorted(row["listed_since"] for row in days)[1:] == [today, today]
