"""A workbook can do what whoever brings it could do by hand, row by row, and nothing more."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.grants import service as grants
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from shared.kernel.errors import RequestInProgress
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import ROLE_PERMISSIONS, Permission, Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import COMMUNITY, WHY, code, open_register
from tests.hierarchy.small import SINCE, loader
from tests.hierarchy.workbooks_scene import Desk, book
from tests.support.world import somebody

BESIDE = child(child(ROOT, 1), 2)
NUMBER, OTHER = "320102199001010010", "32010219900101007X"
PEOPLE: list[Any] = ["人员编码", "姓名", "手机号", "身份证号", "所属地点"]
SEATS: list[Any] = ["岗位编码", "人员编码", "任职日期", "卸任日期"]


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    return Desk(**vars(await open_register(hierarchy, api, district, 4)))


async def person(desk: Desk, path: str = COMMUNITY, **more: Any) -> UUID:
    """Somebody on a roll, `…-me` if nothing else is said."""
    row: dict[str, Any] = {
        "code": f"{desk.district}-me",
        "name": "虚构社工",
        "phone": "10055550009",
        "listed_as": "staff",
    }
    row |= {"path": path, "party_member": False, "invented": True, "attributes": {}} | more
    async with loader(desk.service, desk.district) as work:
        await work.begin()
        ids, _ = await people.put(work, desk.service.vault, [row])
    return ids[row["code"]]


# --- places ----------------------------------------------------------------------------------------------------------


async def test_places_are_the_operators_in_a_workbook_too(desk: Desk) -> None:
    d = desk.district
    rows = [
        ["编码", "名称", "类别", "上级编码"],
        [f"{d}100001", "改名社区", "社区", f"{d}100"],
        [f"{d}100001-B77", "77号楼", "楼栋", f"{d}100001"],
    ]
    assert code(await desk.post("places", {"parent": f"{d}100001", "kind": "building", "name": "77号楼"})) == (
        403,
        "forbidden",
    )
    assert await desk.refused(rows, "places") == [(2, "code", "not_yours"), (3, "code", "not_yours")]
    done = await desk.imported(book(rows), "places", who=desk.operator)
    assert (done["step"], done["added"]) == ("applied", 1)
    assert (await desk.get(f"places/{d}100001")).json()["name"] == "改名社区"
    other = [rows[0], [f"{d}100001-B77", "77号楼", "小区", f"{d}100001"]]
    assert await desk.refused(other, "places", desk.operator) == [(2, "kind", "kind_fixed")]


async def test_whoever_confirms_must_be_one_who_may(desk: Desk) -> None:
    """The operator's book lies checked; staff of the community confirm it, and nothing of it is written."""
    d = desk.district
    rows = [["编码", "名称", "类别", "上级编码"], [f"{d}100001-B77", "77号楼", "楼栋", f"{d}100001"]]
    for mode, end in (("all_or_nothing", ("failed", "not_theirs", 0)), ("valid_rows", ("applied", None, 1))):
        checked = await desk.checked(book(rows), "places", mode, desk.operator)
        done = await desk.confirm(checked["id"])
        assert (done["step"], done["failure"], done["left_out"], done["added"]) == (*end, 0)
    assert code(await desk.get(f"places/{d}100001-B77")) == (404, "not_found")


@pytest.mark.parametrize(
    ("kind", "right", "rows"),
    [
        ("households", Permission.HOUSEHOLDS_MANAGE, [["户编码", "姓名"], ["B01-H0001", "虚构甲"]]),
        ("people", Permission.HOUSEHOLDS_MANAGE, [["姓名", "手机号", "所属地点"], ["虚构甲", "10066660001", ""]]),
        ("organisations", Permission.ORGANISATIONS_MANAGE,
         [["编码", "名称", "类别", "所属地点"], ["a", "虚构支部", "党支部", ""]]),
    ],
)  # fmt: skip
async def test_every_kind_needs_the_right_of_its_door(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str, right: Permission, rows: list[list[Any]]
) -> None:
    """Were importing another role's than keeping the register, importers would still write nothing else."""
    staff = ROLE_PERMISSIONS[Role.COMMUNITY_STAFF] - {right}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.COMMUNITY_STAFF, staff)
    place, column = f"{desk.district}100001", 0 if kind == "households" else -1
    rows[1][column] = "-".join(filter(None, (place, rows[1][column])))
    assert await desk.refused(rows, kind) == [(2, "place", "not_yours")]


# --- people ----------------------------------------------------------------------------------------------------------


async def test_nobody_of_another_community_is_taken_over(desk: Desk) -> None:
    """Neither by the code of their roll nor by their number: their data stays as it is, and unseen."""
    d = desk.district
    stranger = await person(desk, BESIDE, code=f"{d}-op", name="虚构运维", phone="10055550001", id_number=NUMBER)
    async with loader(desk.service, d) as work:
        await work.begin()
        await grants.put(work, [(stranger, Role.OPERATOR, ROOT)], SINCE)
    rows = [
        PEOPLE,
        [f"{d}-op", "随便谁", "10099990001", None, f"{d}100001"],
        [None, "虚构运维", "10055550001", None, f"{d}100001"],
        [None, "虚构运维", None, NUMBER, f"{d}100001"],
    ]
    assert await desk.refused(rows, "people") == [
        (2, "phone", "registered_elsewhere"),
        (3, "phone", "registered_elsewhere"),
        (4, "id_number", "registered_elsewhere"),
    ]
    full = {**WHY, "fields": ["name", "phone", "id_number"]}
    assert (await desk.post(f"people/{stranger}/reveal", full)).status_code == 404
    async with loader(desk.service, d) as work:
        assert await people.by_phone(work, desk.service.vault, "10099990001") is None


async def test_a_number_that_is_known_is_never_replaced(desk: Desk) -> None:
    d = desk.district
    mine = await person(desk, phone="10055550009")
    rows = [PEOPLE, [f"{d}-me", "虚构社工", "10099990001", None, f"{d}100001"]]
    assert await desk.refused(rows, "people") == [(2, "phone", "number_kept")]
    added = [PEOPLE, [f"{d}-me", "虚构社工", "10055550009", NUMBER, f"{d}100001"]]
    assert (await desk.imported(book(added), "people"))["changed"] == 1  # there was none
    other = [PEOPLE, [f"{d}-me", "虚构社工", None, OTHER, f"{d}100001"]]
    assert await desk.refused(other, "people") == [(2, "id_number", "number_kept")]
    async with loader(desk.service, d) as work:
        there = await people.by_phone(work, desk.service.vault, "10055550009")
    assert there is not None
    assert there["id"] == mine


async def test_a_number_changed_meanwhile_stays_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes their number while a row about them is being written comes after it."""
    mine, real, tasks = await person(desk), entering.put, list[asyncio.Task[bool]]()

    async def changes() -> bool:
        while True:
            try:
                async with loader(desk.service, desk.district) as other:
                    return await people.set_phone(other, desk.service.vault, mine, "10066660002")
            except RequestInProgress:  # as their client is told: in a moment
                await asyncio.sleep(0.1)

    async def meanwhile(*args: Any) -> Any:
        tasks.append(asyncio.create_task(changes()))
        await asyncio.wait(tasks, timeout=0.5)
        return await real(*args)

    monkeypatch.setattr(entering, "put", meanwhile)
    rows = [PEOPLE, [f"{desk.district}-me", "虚构社工甲", None, None, f"{desk.district}100001-B01"]]
    assert (await desk.imported(book(rows), "people"))["changed"] == 1
    assert await asyncio.gather(*tasks) == [True]
    async with loader(desk.service, desk.district) as work:
        there = await people.by_phone(work, desk.service.vault, "10066660002")
    assert there is not None
    assert (there["id"], people.name_of(desk.service.vault, desk.district, there)) == (mine, "虚构社工甲")


async def test_a_resident_keeps_their_code_on_a_roll(desk: Desk) -> None:
    """Somebody of the register comes to a roll that has a code of its own for them: they are known by their number."""
    household = (await desk.household(1))["id"]
    await desk.post(f"households/{household}/members", {"name": "虚构甲", "phone": "10066660001"})
    rows = [PEOPLE, [f"{desk.district}-m-9", "虚构甲", "10066660001", None, f"{desk.district}100001"]]
    done = await desk.imported(book(rows), "people")
    assert (done["step"], done["added"], done["changed"]) == ("applied", 0, 1)


# --- appointments ----------------------------------------------------------------------------------------------------


async def test_staff_fill_no_post_of_the_staff_and_nobody_appoints_themself(desk: Desk) -> None:
    d = desk.district
    mine = await person(desk)
    await person(desk, code=f"{d}-other", phone="10055550010")
    rows = [SEATS, [f"{d}100001-secretary", f"{d}-me", "2026-12-01", None]]
    assert await desk.refused(rows, "appointments") == [(2, "post", "post_not_yours")]
    myself = somebody(d, Role.OPERATOR, id=mine)
    assert await desk.refused(rows, "appointments", myself) == [(2, "person", "oneself")]
    checked = await desk.checked(book(rows), "appointments", who=desk.operator)
    done = await desk.confirm(checked["id"], myself)
    assert (done["step"], done["failure"]) == ("failed", "not_theirs")
    assert await desk.rows("SELECT 1 FROM hierarchy.appointments WHERE district = $1 AND person_id = $2", mine) == []


async def test_nobody_of_another_community_is_appointed(desk: Desk) -> None:
    d = desk.district
    await person(desk, BESIDE)
    await desk.rows("UPDATE hierarchy.appointments SET until = $2 WHERE district = $1", date(2025, 12, 31))
    rows = [SEATS, [f"{d}100001-B01-building_head", f"{d}-me", "2026-12-01", None]]
    assert await desk.refused(rows, "appointments") == [(2, "person", "registered_elsewhere")]
    assert (await desk.imported(book(rows), "appointments", who=desk.operator))["added"] == 1


async def test_days_gone_by_keep_their_answer(desk: Desk) -> None:
    """The book says that the post is held since 2024: it is from today on, and the journal keeps the book's day."""
    d = desk.district
    mine = await person(desk)
    question = {"place": f"{d}100001-B01", "category": "JC05", "on": "2024-06-01"}
    before = (await desk.get("responsibility", **question)).json()
    rows = [SEATS, [f"{d}100001-secretary", f"{d}-me", "2024-05-01", None]]
    checked = await desk.checked(book(rows), "appointments", who=desk.operator)
    assert checked["preview"][0]["cells"]["since"].startswith("2024-05-01（自导入之日起任职")
    done = await desk.confirm(checked["id"], desk.operator)
    assert (done["step"], done["added"]) == ("applied", 1)
    [row] = await desk.rows("SELECT * FROM hierarchy.appointments WHERE district = $1 AND person_id = $2", mine)
    async with loader(desk.service, d) as work:
        assert (row["since"], row["step"]) == (work.today, "serving")
    [entry] = await desk.rows("SELECT * FROM hierarchy.journal WHERE district = $1 AND subject_id = $2", row["id"])
    assert (entry["event"], entry["actor"]) == ("appointment.appoint", str(desk.operator.id))
    assert entry["data"].items() >= {"said": "2024-05-01", "import": checked["id"], "post": rows[1][0]}.items()
    assert (await desk.get("responsibility", **question)).json() == before
    assert (await desk.imported(book(rows), "appointments", who=desk.operator))["unchanged"] == 1


async def test_a_term_that_is_over_is_not_entered_afterwards(desk: Desk) -> None:
    d = desk.district
    await person(desk)
    rows = [SEATS, [f"{d}100001-secretary", f"{d}-me", "2020-05-01", "2023-04-30"]]
    assert await desk.refused(rows, "appointments", desk.operator) == [(2, "until", "day_over")]


async def test_a_limit_of_the_structure_holds_for_a_workbook(desk: Desk) -> None:
    """Nobody holds two posts here: a second row for somebody is one too many, and so is one after the import."""
    d = desk.district
    await person(desk)
    quota = {"kind": "limit", "posts": ["building_head", "secretary"], "max": 1}
    await desk.rows(
        "UPDATE hierarchy.structures SET document = document || $2::jsonb WHERE district = $1", {"quotas": [quota]}
    )
    await desk.rows("UPDATE hierarchy.appointments SET until = $2 WHERE district = $1", date(2025, 12, 31))
    day = (date(2026, 12, 1) + timedelta(days=1)).isoformat()
    head, secretary = f"{d}100001-B01-building_head", f"{d}100001-secretary"
    both = [SEATS, [head, f"{d}-me", day, None], [secretary, f"{d}-me", day, None]]
    assert await desk.refused(both, "appointments", desk.operator) == [(3, "post", "would_breach")]
    late = await desk.checked(book([SEATS, both[2]]), "appointments", who=desk.operator)
    assert (await desk.imported(book(both[:2]), "appointments", who=desk.operator))["added"] == 1
    done = await desk.confirm(late["id"], desk.operator)
    assert (done["step"], done["failure"]) == ("failed", "too_late")
    assert await desk.refused([SEATS, both[2]], "appointments", desk.operator) == [(2, "post", "would_breach")]


async def test_a_limit_holds_on_days_to_come_too(desk: Desk) -> None:
    """Who is to have another post from December on takes none now that they would still have then."""
    d = desk.district
    await person(desk)
    quota = {"kind": "limit", "posts": ["building_head", "secretary"], "max": 1}
    await desk.rows(
        "UPDATE hierarchy.structures SET document = document || $2::jsonb WHERE district = $1", {"quotas": [quota]}
    )
    await desk.rows("UPDATE hierarchy.appointments SET until = $2 WHERE district = $1", date(2025, 12, 31))
    async with loader(desk.service, d) as work:
        soon = (work.today + timedelta(days=10)).isoformat()
    later = [SEATS, [f"{d}100001-B01-building_head", f"{d}-me", soon, None]]
    assert (await desk.imported(book(later), "appointments", who=desk.operator))["added"] == 1
    now = [SEATS, [f"{d}100001-secretary", f"{d}-me", "2024-05-01", None]]
    assert await desk.refused(now, "appointments", desk.operator) == [(2, "post", "would_breach")]
