"""Whose data is only kept is in no export, and a place that is gone breaks none."""

import csv
import io

import httpx
import pytest

from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.workbooks.writing import harmless
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import WHY, open_register
from tests.hierarchy.small import loader
from tests.hierarchy.workbooks_scene import TITLES, Desk, book, cells
from tests.support.world import somebody


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


async def exported(desk: Desk, kind: str, *, revealed: bool = False) -> str:
    body = {"kind": kind, "place": f"{desk.district}100001", "format": "csv", "revealed": revealed}
    made = await desk.post("exports", body | (WHY if revealed else {}))
    assert made.status_code == 200, made.text
    return made.content.decode("utf-8-sig")


async def stop(desk: Desk, person: str) -> None:
    body = {"way": "stop", "reason": "本人要求停止处理"}
    done = await desk.post(f"people/{person}/erasure", body, somebody(desk.district, Role.SECURITY_ADMIN))
    assert done.status_code == 200, done.text


@pytest.mark.parametrize("revealed", [True, False])
async def test_a_household_without_whoever_stopped_the_processing(desk: Desk, *, revealed: bool) -> None:
    rows = [
        TITLES[:8],
        [desk.home(1), "虚构甲", "户主", "10066660001", None, "独居老人", "本人同意", "虚构同意书"],
        [desk.home(1), "某某乙", "其他", "10066660002", None, None, None, None],
    ]
    await desk.imported(book(rows))
    assert "虚构同意书" in await exported(desk, "households", revealed=revealed)
    [household] = (await desk.get("households")).json()["items"]
    members = (await desk.get(f"households/{household['id']}")).json()["people"]
    await stop(desk, next(one["person_id"] for one in members if one["relation"] == "head"))
    written = await exported(desk, "households", revealed=revealed)
    assert [word for word in ("10066660001", "虚构甲", "虚*", "虚构同意书") if word in written] == []
    assert ("某某乙" if revealed else "某*") in written  # the others of the household are there, without that tag


@pytest.mark.parametrize("revealed", [True, False])
async def test_a_post_without_a_holder_who_stopped_the_processing(desk: Desk, *, revealed: bool) -> None:
    head = f"{desk.district}100001-B01-building_head"
    assert head in await exported(desk, "appointments", revealed=revealed)
    async with loader(desk.service, desk.district) as work:
        row = await people.by_phone(work, desk.service.vault, "10077770001")
    assert row is not None
    await desk.rows("UPDATE hierarchy.people SET stopped_at = now() WHERE district = $1 AND id = $2", row["id"])
    body = {"kind": "appointments", "place": f"{desk.district}100001", "format": "csv", "revealed": revealed}
    made = await desk.post("exports", body | (WHY if revealed else {}))
    assert (made.status_code, made.json()["code"]) == (422, "nothing_to_export")  # it was the only one


async def test_people_of_a_place_that_was_closed(desk: Desk) -> None:
    """They are listed at the nearest place above that is still there."""
    d = desk.district
    made = await desk.post("places", {"parent": f"{d}100001", "kind": "building", "name": "9号楼"}, desk.operator)
    building = made.json()["code"]
    async with loader(desk.service, d) as work:
        await work.begin()
        place = await places.by_code(work, building)
        assert place is not None
        row = {"code": f"{d}-v", "name": "虚构志愿者", "phone": "10055550009", "listed_as": "volunteer",
               "path": place["path"], "party_member": False, "invented": True, "attributes": {}}  # fmt: skip
        await people.put(work, desk.service.vault, [row])
    assert f",{building}" in await exported(desk, "people")
    closed = await desk.post(f"places/{building}/close", {"reason": "拆除"}, desk.operator)
    assert closed.status_code == 200, closed.text
    assert f"{d}-v" in await exported(desk, "people")
    assert building not in await exported(desk, "people")


EVIL = ("=1+1", "＝甲", "+甲", "＋甲", "-甲", "－甲", "@SUM(A1)", "＠甲", "'甲", "‘甲’", "''=甲", "甲=乙", "甲")


@pytest.mark.parametrize("write", ["csv", "xlsx"])
async def test_no_cell_is_a_formula_and_what_was_written_comes_back(desk: Desk, write: str) -> None:
    """Full-width signs are formulas to a spreadsheet set up for Chinese; an apostrophe of one's own is kept as well."""
    household = (await desk.household())["id"]
    for number, name in enumerate(EVIL):
        phone = f"1006666{number:04}"
        given = {"name": name, "relation": "head" if not number else "other", "phone": phone}
        assert (await desk.post(f"households/{household}/members", given)).is_success
    body = {"kind": "people", "place": f"{desk.district}100001", "format": write, "revealed": True} | WHY
    made = await desk.post("exports", body)
    assert made.status_code == 200, made.text
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig")))) if write == "csv" else cells(made.content)
    assert {row[1] for row in rows[1:]} == {f"'{name}" for name in EVIL[:-2]} | set(EVIL[-2:]) | {"虚构楼栋长"}
    again = await desk.imported(made.content, "people")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, len(rows) - 1)


@pytest.mark.parametrize("start", ["\t=", "\r=", "\n=", " =", "\u3000＝", "\xa0@", "\n＋", "\0-"])
def test_nothing_hides_before_a_formula(start: str) -> None:
    assert harmless(f"{start}1") == f"'{start}1"
    assert harmless(None) == ""
