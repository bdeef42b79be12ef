"""Two rows that could mean one person or two: the row is named, nothing hangs, nobody becomes two."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from shared.kernel.periods import CHINA
from shared.runtime.service import Service
from tests.hierarchy.households_scene import open_register
from tests.hierarchy.test_workbooks_rights import NUMBER, PEOPLE, person
from tests.hierarchy.workbooks_scene import Desk, book

ZHANG, PHONE = "虚构张", "10066660001"


async def blamed(desk: Desk, id_: str) -> list[tuple[int, str]]:
    """The rows and their columns."""
    return [(row["row"], one["field"]) for row in await desk.faults(id_) for one in row["faults"]]


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


@pytest.mark.parametrize(("mode", "ends"), [("all_or_nothing", "checked"), ("valid_rows", "applied")])
async def test_who_is_registered_apart_from_their_home_is_not_mixed_up_with_a_newcomer(
    desk: Desk, mode: str, ends: str
) -> None:
    """人户分离: known by the identity card number, and in the book at another home by a telephone first."""
    await desk.imported(book([["户编码", "姓名", "身份证号"], [desk.home(3), ZHANG, NUMBER]]))
    rows: list[Any] = [
        ["户编码", "姓名", "手机号", "身份证号"],
        [desk.home(1), ZHANG, PHONE, None],
        [desk.home(2), ZHANG, PHONE, NUMBER],
    ]
    checked = await desk.checked(book(rows), mode=mode)
    assert await blamed(desk, checked["id"]) == [(3, "id_number")]
    assert (checked if mode == "all_or_nothing" else await desk.confirm(checked["id"]))["step"] == ends


async def test_one_of_the_home_is_not_written_down_twice(desk: Desk) -> None:
    await desk.imported(book([["户编码", "姓名"], [desk.home(2), ZHANG]]))
    rows: list[Any] = [["户编码", "姓名", "手机号"], [desk.home(1), ZHANG, PHONE], [desk.home(2), ZHANG, PHONE]]
    checked = await desk.checked(book(rows), mode="valid_rows")
    assert await blamed(desk, checked["id"]) == [(3, "phone")]
    await desk.confirm(checked["id"])
    there = await desk.rows(
        "SELECT count(*) AS n FROM hierarchy.household_members m JOIN hierarchy.households h USING (district) "
        f"WHERE m.district = $1 AND h.id = m.household_id AND h.code = '{desk.home(2)}'"
    )
    assert there[0]["n"] == 1


async def test_two_rows_of_one_person_are_a_repetition(desk: Desk) -> None:
    code = f"{desk.district}-x"
    await person(desk, code=code, name=ZHANG, phone=None, id_number=NUMBER)
    rows: list[Any] = [
        PEOPLE,
        [code, ZHANG, PHONE, None, f"{desk.district}100001"],
        [None, ZHANG, None, NUMBER, f"{desk.district}100001-B01"],
    ]
    checked = await desk.checked(book(rows), "people", mode="valid_rows")
    assert await blamed(desk, checked["id"]) == [(3, "name")]
    await desk.confirm(checked["id"])
    [kept] = await desk.rows(f"SELECT phone_index FROM hierarchy.people WHERE district = $1 AND code = '{code}'")
    assert kept["phone_index"] is not None


async def test_a_consent_given_anew_on_the_day_it_was_withdrawn_stands_in_every_later_book(desk: Desk) -> None:
    head = ["户编码", "姓名", "手机号", "标签", "标签依据", "依据说明", "依据日期"]
    await desk.imported(book([head, [desk.home(1), ZHANG, PHONE, "独居老人", "同意", "同意书", "2026-01-01"]]))
    [home] = (await desk.get("households", place=f"{desk.district}100001")).json()["items"]
    tags = f"households/{home['id']}/tags"
    shown = (await desk.post(f"{tags}/living_alone/withdraw", {})).json()
    anew = {
        "tag": "living_alone",
        "basis": "consent",
        "legal_basis": "同意书",
        "given_by": shown["people"][0]["person_id"],
    }
    given = await desk.post(tags, anew)
    assert given.is_success, given.text
    today = datetime.now(CHINA).date().isoformat()
    row = [desk.home(1), ZHANG, PHONE, "独居老人", "同意", "同意书", today]
    assert (await desk.imported(book([head, row])))["unchanged"] == 1
    assert await desk.refused([head, [*row[:-1], "2026-01-01"]], "households") == [(2, "tags", "withdrawn")]
