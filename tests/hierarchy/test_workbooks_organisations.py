"""Organisations in a workbook: in no ring, in the order of the party, from today on, and none of next door's."""

from datetime import date
from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.hierarchy.households_scene import code, open_register
from tests.hierarchy.workbooks_scene import Desk, book
from tests.support.steps import run_due

BODIES: list[Any] = ["编码", "名称", "类别", "上级组织编码", "所属地点"]


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


async def test_organisations_stand_in_no_ring_and_in_the_order_of_the_party(desk: Desk) -> None:
    d = desk.district
    here = f"{d}100001"
    rows = [
        BODIES,
        [f"{d}-a", "虚构甲支部", "党支部", f"{d}-b", here],
        [f"{d}-b", "虚构乙支部", "党支部", f"{d}-a", here],
        [f"{d}-s", "虚构丙支部", "党支部", f"{d}-s", here],
        [f"{d}-x", "虚构党委", "党委", f"{d}-y", here],
        [f"{d}-y", "虚构小组", "党小组", None, here],
        [f"{d}-z", "虚构丁小组", "党小组", f"{d}-x", here],
    ]
    assert await desk.refused(rows, "organisations") == [
        (2, "parent", "organisation_parent"),
        (3, "parent", "organisation_parent"),
        (4, "parent", "organisation_parent"),
        (5, "parent", "organisation_parent"),
        (7, "parent", "organisation_unknown"),  # its parent is one of the rows above
    ]


async def test_an_organisation_is_made_today_and_neither_reopened_nor_turned_into_another(desk: Desk) -> None:
    d = desk.district
    made = [BODIES, [f"{d}-a", "虚构甲支部", "党支部", None, f"{d}100001"]]
    assert (await desk.imported(book(made), "organisations"))["added"] == 1
    assert code(await desk.get(f"organisations/{d}-a", on="2024-06-01")) == (404, "not_found")
    assert (await desk.get(f"organisations/{d}-a")).status_code == 200
    other = [BODIES, [f"{d}-a", "虚构甲支部", "党委", None, f"{d}100001"]]
    assert await desk.refused(other, "organisations") == [(2, "kind", "kind_fixed")]
    await desk.rows(
        "UPDATE hierarchy.organisations SET until = $2 WHERE district = $1 AND code LIKE '%-a'", date(2026, 1, 1)
    )
    assert await desk.refused(made, "organisations") == [(2, "code", "organisation_closed")]


async def test_an_organisation_next_door_is_no_parent(desk: Desk) -> None:
    d = desk.district
    beside = [BODIES, [f"{d}-n", "虚构邻支部", "党支部", None, f"{d}100002"]]
    sent = await desk.send(book(beside), "organisations", who=desk.stranger, place=f"{d}100002")
    assert sent.status_code == 201
    await run_due(desk.service, d)
    assert (await desk.post(f"imports/{sent.json()['id']}/confirm", {}, desk.stranger)).status_code == 200
    await run_due(desk.service, d)
    below = [BODIES, [f"{d}-g", "虚构小组", "党小组", f"{d}-n", f"{d}100001"]]
    assert await desk.refused(below, "organisations") == [(2, "parent", "organisation_unknown")]
