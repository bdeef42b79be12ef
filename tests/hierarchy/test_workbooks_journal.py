"""What an import changes is known to the journal: who changed what, for followers, caches and other writers."""

from typing import Any

import httpx
import pytest

from services.hierarchy.people import service as people
from shared.runtime.sealer import seal_once
from shared.runtime.service import Service
from tests.hierarchy.households_scene import COMMUNITY, code, open_register
from tests.hierarchy.small import loader
from tests.hierarchy.workbooks_scene import TITLES, Desk, book
from tests.support.world import service_headers


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


async def journaled(desk: Desk, import_id: str) -> list[Any]:
    """The rows of subjects that an import changed."""
    sql = (
        "SELECT * FROM hierarchy.journal WHERE district = $1 AND data->>'import' = $2 ORDER BY subject_kind, subject_id"
    )
    return await desk.rows(sql, import_id)


async def test_every_subject_that_changed_has_a_row_of_whoever_confirmed(desk: Desk) -> None:
    rows: list[list[Any]] = [
        [*TITLES[:4]],
        [desk.home(1), "虚构甲", "户主", "10066660001"],
        [desk.home(1), "虚构乙", "配偶", None],
        [desk.home(2), "虚构丙", "户主", None],
    ]
    first = await desk.imported(book(rows))
    found = await journaled(desk, first["id"])
    assert [(row["subject_kind"], row["event"]) for row in found] == [
        *[("household", "household.import")] * 2,
        *[("person", "person.import")] * 3,
    ]
    assert {(row["actor_kind"], row["actor"]) for row in found} == {("user", str(desk.staff.id))}
    assert len({row["subject_id"] for row in found}) == len(found)
    again = await desk.imported(book(rows))
    assert (again["unchanged"], await journaled(desk, again["id"])) == (3, [])
    rows[3][3] = "10066660003"
    third = await desk.imported(book(rows))
    [amended] = await journaled(desk, third["id"])
    assert (amended["subject_kind"], amended["data"]["changed"]) == ("person", ["phone"])
    assert "10066660003" not in str(dict(amended))


async def test_every_kind_is_journaled_and_followers_see_it(desk: Desk) -> None:
    d = desk.district
    books: dict[str, list[list[Any]]] = {
        "places": [["编码", "名称", "类别", "上级编码"], [f"{d}100001-B07", "7号楼", "楼栋", f"{d}100001"]],
        "people": [["人员编码", "姓名", "地点编码"], [f"{d}-m-1", "虚构党员甲", f"{d}100001"]],
        "organisations": [["编码", "名称", "类别", "地点编码"], [f"{d}-o", "虚构支部", "党支部", f"{d}100001"]],
        "appointments": [["岗位编码", "人员编码", "任职日期"], [f"{d}100001-secretary", f"{d}-m-1", "2026-12-01"]],
        "households": [["户编码", "姓名"], [desk.home(1), "虚构甲"]],
    }
    imported = {kind: await desk.imported(book(rows), kind, who=desk.importer(kind)) for kind, rows in books.items()}
    found = {kind: [row["event"] for row in await journaled(desk, one["id"])] for kind, one in imported.items()}
    assert found == {
        "places": ["place.import"],
        "people": ["person.import"],
        "organisations": ["organisation.import"],
        "appointments": ["appointment.appoint"],
        "households": ["household.import", "person.import"],
    }
    while await seal_once(desk.service):
        pass
    headers = service_headers(d, "tickets", "hierarchy")
    answer = await desk.api.get("changes", params={"limit": 500}, headers=headers)
    told = {(one["kind"], one["event"]) for one in answer.json()["items"]}
    assert told >= {
        ("place", "place.import"),
        ("organisation", "organisation.import"),
        ("appointment", "appointment.appoint"),
        ("household", "household.import"),
    }


async def test_an_answer_that_was_kept_is_asked_for_again_after_an_import(desk: Desk) -> None:
    """Whoever keeps the answer to 谁来管 hears that there is another one, whichever kind of row changed."""
    d, params = desk.district, {"place": f"{desk.district}100001-B01", "category": "JC05"}
    row = {"code": f"{d}-me", "name": "虚构社工", "phone": "10055550009", "listed_as": "staff", "path": COMMUNITY,
           "party_member": False, "invented": True, "attributes": {}}  # fmt: skip
    async with loader(desk.service, d) as work:
        await work.begin()
        await people.put(work, desk.service.vault, [row])
    await desk.household(1)

    async def asked(known: str | None = None) -> httpx.Response:
        more = {"If-None-Match": known} if known else {}
        return await desk.api.get("responsibility", params=params, headers=desk.staff.headers | more)

    seats = [["岗位编码", "人员编码", "任职日期"], [f"{d}100001-secretary", f"{d}-me", "2024-05-01"]]
    checked = await desk.checked(book(seats), "appointments", who=desk.operator)
    before = (await asked()).headers["etag"]
    assert (await asked(before)).status_code == 304
    await desk.confirm(checked["id"], desk.operator)
    fresh = await asked(before)
    assert fresh.status_code == 200
    assert "虚构社工" in [one["person_name"] for one in fresh.json()["chain"]]
    places = [["编码", "名称", "类别", "上级编码"], [f"{d}100001-B01", "甲社区一号楼", "楼栋", f"{d}100001"]]
    await desk.imported(book(places), "places", who=desk.operator)
    fresh = await asked(fresh.headers["etag"])
    assert fresh.status_code == 200
    offices = [["编码", "名称", "类别", "地点编码"], [f"{d}100001-office", "示例服务站", "部门", f"{d}100001"]]
    await desk.imported(book(offices), "organisations")
    assert (await asked(fresh.headers["etag"])).status_code == 200


async def test_an_import_makes_another_version_of_a_household(desk: Desk) -> None:
    """Who has read a household before an import does not write over what it brought."""
    household = await desk.household(1)
    before = {"If-Match": f'"{household["version"]}"'}
    await desk.imported(book([["户编码", "姓名"], [desk.home(1), "虚构甲"]]))
    late = await desk.post(f"households/{household['id']}/members", {"name": "虚构乙"}, **before)
    assert code(late) == (412, "precondition_failed")
    now = (await desk.get(f"households/{household['id']}")).json()["version"]
    await desk.imported(book([["户编码", "姓名"], [desk.home(1), "虚构甲"]]))  # nothing new
    assert (await desk.get(f"households/{household['id']}")).json()["version"] == now


async def test_an_old_book_brings_nobody_back_who_moved_out(desk: Desk) -> None:
    old = book([["户编码", "姓名"], [desk.home(1), "虚构甲"]])
    await desk.imported(old)
    [household] = (await desk.get("households")).json()["items"]
    [member] = (await desk.get(f"households/{household['id']}")).json()["people"]
    left = await desk.post(f"households/{household['id']}/members/{member['id']}/leave", {"on": "2026-11-01"})
    assert left.status_code == 200, left.text
    checked = await desk.checked(old)
    [row] = await desk.faults(checked["id"])
    assert [(one["field"], one["reason"]) for one in row["faults"]] == [("name", "moved_out")]
