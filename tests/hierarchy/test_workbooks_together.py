"""What the doors bound of many rows together: who lives in one household, and which places have one name."""

from typing import Any

import httpx
import pytest

from services.hierarchy.households import register
from services.hierarchy.households import service as households
from services.hierarchy.households.rules import MOST_MEMBERS
from services.hierarchy.people import entering
from services.hierarchy.workbooks import checking
from shared.runtime.service import Service
from tests.hierarchy.households_scene import code, open_register
from tests.hierarchy.workbooks_scene import Desk, book
from tests.support.steps import run_due


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


def family(desk: Desk, first: int, last: int) -> list[list[Any]]:
    return [["户编码", "姓名"], *([desk.home(2), f"虚构成员{n}"] for n in range(first, last + 1))]


async def test_a_household_counts_its_members_of_the_register_and_of_all_rows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """49 live there, in rows that lie batches apart; one more is one too many, unless they live there already."""
    monkeypatch.setattr(checking, "BATCH", 7)
    assert await desk.refused(family(desk, 1, MOST_MEMBERS + 2), "households") == [
        (MOST_MEMBERS + 2, "name", "household_full"),
        (MOST_MEMBERS + 3, "name", "household_full"),
    ]
    assert await desk.rows("SELECT 1 FROM hierarchy.household_members WHERE district = $1") == []
    most = await desk.imported(book(family(desk, 1, MOST_MEMBERS - 1)))
    assert (most["step"], most["added"]) == ("applied", MOST_MEMBERS - 1)
    more = family(desk, MOST_MEMBERS - 3, MOST_MEMBERS + 1)
    assert await desk.refused(more, "households") == [(6, "name", "household_full")]
    left = await desk.checked(book(more), mode="valid_rows")
    done = await desk.confirm(left["id"])
    assert (done["added"], done["changed"] + done["unchanged"], done["wrong"]) == (1, 3, 1)
    [shown] = (await desk.get("households")).json()["items"]
    body = {"name": "虚构又一人"}
    assert code(await desk.post(f"households/{shown['id']}/members", body)) == (409, "already_done")
    assert (await desk.post(f"households/{shown['id']}/members", {"name": "虚构成员1"})).status_code == 200


async def test_a_household_that_fills_up_meanwhile_takes_nobody_more(desk: Desk) -> None:
    """Checked while there was room; somebody is registered by hand before it is applied."""
    assert (await desk.imported(book(family(desk, 1, MOST_MEMBERS - 1))))["step"] == "applied"
    whole = await desk.checked(book(family(desk, MOST_MEMBERS, MOST_MEMBERS)))
    [shown] = (await desk.get("households")).json()["items"]
    assert (await desk.post(f"households/{shown['id']}/members", {"name": "虚构后来人"})).status_code == 200
    assert (await desk.confirm(whole["id"]))["failure"] == "too_late"
    [row] = await desk.rows("SELECT count(*) AS n FROM hierarchy.household_members WHERE district = $1")
    assert row["n"] == MOST_MEMBERS


@pytest.mark.parametrize("moment", [(entering, "hold"), (households, "bump")], ids=["counted", "written"])
async def test_nobody_slips_into_a_household_while_a_row_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: tuple[Any, str]
) -> None:
    """One seat is left. Whoever asks for it by hand has it where the row is only counted, and waits once it is held."""
    monkeypatch.setattr(register, "MOST_MEMBERS", 1)
    shown = await desk.household(2)
    whole = await desk.checked(book(family(desk, 1, 1)))
    real, answers = getattr(*moment), list[httpx.Response | None]()

    async def meanwhile(*args: Any) -> Any:
        if not answers:
            answers.append(None)
            answers[0] = await desk.post(f"households/{shown['id']}/members", {"name": "虚构后来人"})
        return await real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(*moment, meanwhile)
        await desk.confirm(whole["id"])
    await desk.rows("UPDATE hierarchy.jobs SET due_at = now() WHERE district = $1 AND name LIKE '%import.apply'")
    await run_due(desk.service, desk.district)
    done, [answer] = await desk.shown(whole["id"]), answers
    assert answer is not None
    expected = (200, "failed", "too_late") if moment[1] == "hold" else (409, "applied", None)
    assert (answer.status_code, done["step"], done["failure"]) == expected
    [row] = await desk.rows("SELECT count(*) AS n FROM hierarchy.household_members WHERE district = $1")
    assert row["n"] == 1


async def test_a_place_takes_no_name_that_another_has_there(desk: Desk) -> None:
    """As `POST /places` refuses; `甲社区1号楼` in 甲社区 is 1号楼. What is called alike already stays."""
    above = f"{desk.district}100001"
    titles = ["编码", "名称", "类别", "上级编码"]
    by_hand = {"parent": above, "kind": "building", "name": "1号楼"}
    assert code(await desk.post("places", by_hand, desk.operator)) == (409, "place_name_taken")
    book_rows = [
        titles,
        [f"{above}-B02", "1号楼", "楼栋", above],
        [f"{above}-B03", "3号楼", "楼栋", above],
        [f"{above}-B04", "甲社区3号楼", "楼栋", above],
        [f"{above}-B05", "1号楼", "商铺", above],
        [f"{above}-B03-U1", "1单元", "单元", f"{above}-B03"],
        [f"{above}-B03-U2", "1单元", "单元", f"{above}-B03"],
    ]
    assert await desk.refused(book_rows, "places", desk.operator) == [
        (2, "name", "name_taken"),
        (4, "name", "name_taken"),
        (7, "name", "name_taken"),
    ]
    swapped = [titles, [f"{above}-B01", "2号楼", "楼栋", above], [f"{above}-B02", "1号楼", "楼栋", above]]
    done = await desk.imported(book(swapped), "places", who=desk.operator)
    assert (done["step"], done["added"]) == ("applied", 1)
    await desk.rows(
        "UPDATE hierarchy.places SET name = '1号楼', full_name = '示例街道甲社区1号楼' "
        "WHERE district = $1 AND code LIKE '%100001-B01'"
    )
    same = [titles, [f"{above}-B01", "1号楼", "楼栋", above], swapped[2]]
    assert (await desk.imported(book(same), "places", who=desk.operator))["unchanged"] == 2
    official = [titles, ["123456789", "9号楼", "楼栋", above]]
    assert await desk.refused(official, "places", desk.operator) == [(2, "code", "code_unfit")]
