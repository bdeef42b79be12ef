"""What a register may say of somebody who is known already: nothing that lets them be taken for somebody else."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.households import register as entries
from services.hierarchy.households.inputs import Entered
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from shared.kernel.errors import RequestInProgress
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Grant, Principal, Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import COMMUNITY, WHY, Register, code, open_register
from tests.hierarchy.small import PHONE, loader
from tests.support.world import Somebody, somebody

BESIDE = child(child(ROOT, 1), 2)
HEAD: dict[str, Any] = {"name": "虚构楼栋长", "phone": PHONE}
NEW, OTHER = "10066660002", "10066660003"
NUMBER, NUMBER_2 = "320102199001010010", "320102199001010029"


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    return await open_register(hierarchy, api, district)


async def beside(register: Register) -> str:
    """A household of the community next door."""
    operator = somebody(register.district, Role.OPERATOR)
    building = {"parent": f"{register.district}100002", "kind": "building", "name": "9号楼"}
    above = (await register.post("places", building, operator)).json()["code"]
    home = await register.post("places", {"parent": above, "kind": "household", "name": "101室"}, operator)
    made = await register.post("households", {"place": home.json()["code"]}, register.stranger)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def member(register: Register, household: str, who: Somebody | None = None, **given: Any) -> httpx.Response:
    return await register.post(f"households/{household}/members", {"name": "虚构甲"} | given, who)


async def owner(register: Register, phone: str) -> UUID | None:
    async with loader(register.service, register.district) as work:
        row = await people.by_phone(work, register.service.vault, phone)
    return None if row is None else row["id"]


async def journal(register: Register, person: str) -> list[Any]:
    sql = "SELECT event, data FROM hierarchy.journal WHERE district = $1 AND subject_id = $2 ORDER BY at"
    return await register.rows(sql, UUID(person))


async def test_nobody_is_taken_over_by_the_register_of_another_community(register: Register) -> None:
    """A number that is replaced is a door: a code to the new one signs in as whoever had the old one."""
    home = await beside(register)
    assert code(await member(register, home, register.stranger, **HEAD)) == (409, "registered_elsewhere")
    namesake = await member(register, home, register.stranger, name=HEAD["name"], phone=OTHER)
    assert str(await owner(register, OTHER)) == namesake.json()["people"][0]["person_id"]
    assert code(await member(register, home, register.stranger, **HEAD)) == (409, "number_taken")
    assert await owner(register, PHONE) == register.head.id
    elsewhere = (await register.get(f"households/{home}", register.stranger)).json()
    assert str(register.head.id) not in str(elsewhere)
    assert await journal(register, str(register.head.id)) == []


async def test_a_number_that_is_kept_is_changed_by_its_owner_alone(register: Register) -> None:
    household = (await register.household())["id"]
    person = (await member(register, household, phone=NEW, id_number=NUMBER)).json()["people"][0]["person_id"]
    others: list[dict[str, Any]] = [{"phone": OTHER}, {"id_number": NUMBER_2}, {"phone": NEW, "id_number": NUMBER_2}]
    for changed in others:
        assert code(await member(register, household, **changed)) == (409, "number_kept")
    assert (str(await owner(register, NEW)), await owner(register, OTHER)) == (person, None)
    assert (await member(register, household, phone=NEW, id_number=NUMBER, relation="head")).status_code == 200


async def test_a_number_that_is_missing_is_added_and_journaled_of_the_person(register: Register) -> None:
    household = (await register.household())["id"]
    person = (await member(register, household)).json()["people"][0]["person_id"]
    assert await journal(register, person) == []
    assert (await member(register, household, phone=NEW)).status_code == 200
    assert str(await owner(register, NEW)) == person
    [row] = await journal(register, person)
    assert (row["event"], row["data"]) == ("person.amend", {"household": register.home(1), "changed": ["phone"]})


async def test_who_moved_out_is_brought_over_by_the_operator(register: Register) -> None:
    """Their own community sees them off, and only somebody of both lists them anew; the page shows them then."""
    household, home = (await register.household())["id"], await beside(register)
    operator = somebody(register.district, Role.OPERATOR)
    one = (await member(register, household, phone=NEW)).json()["people"][0]
    assert code(await member(register, home, register.stranger, phone=NEW)) == (409, "registered_elsewhere")
    assert (await member(register, home, operator, phone=NEW)).status_code == 200
    reveal = f"people/{one['person_id']}/reveal"
    assert (await register.post(reveal, WHY, register.stranger)).status_code == 404  # lives here too, listed there
    await register.rows("UPDATE hierarchy.household_members SET left_on = current_date - 3 WHERE district = $1 "
                        "AND id = $2", UUID(one["id"]))  # fmt: skip
    assert (await member(register, home, operator, phone=NEW)).status_code == 200
    assert (await register.post(reveal, WHY, register.stranger)).json()["name"] == "虚构甲"
    assert (await register.post(reveal, WHY)).status_code in (403, 404)
    assert [
        row["data"]["changed"] for row in await journal(register, one["person_id"]) if "changed" in row["data"]
    ] == [["path"]]


async def test_a_number_that_its_owner_changes_meanwhile_stays_changed(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    household = (await register.household())["id"]
    person = UUID((await member(register, household, phone=NEW)).json()["people"][0]["person_id"])
    real, changes = entering.put, []

    async def change() -> bool:
        try:
            async with loader(register.service, register.district) as work:
                return await people.set_phone(work, register.service.vault, person, OTHER)
        except RequestInProgress:
            return await change()

    async def put(*given: Any) -> set[UUID]:
        changes.append(asyncio.create_task(change()))  # waits until the register has written the person
        await asyncio.wait(changes, timeout=0.1)
        return await real(*given)

    monkeypatch.setattr(entering, "put", put)
    assert (await member(register, household, id_number=NUMBER)).status_code == 200
    assert await changes[0]
    assert (await owner(register, NEW), await owner(register, OTHER)) == (None, person)


async def test_two_register_a_new_number_at_the_same_moment(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody had it when it was looked up: whoever comes second is told, and finds the first when asking again."""
    household, neighbours = [(await register.household(number))["id"] for number in (1, 2)]
    other = UUID((await member(register, neighbours, name="虚构乙")).json()["people"][0]["person_id"])
    real = entering.put

    async def put(*given: Any) -> set[UUID]:
        async with loader(register.service, register.district) as work:
            assert await people.set_phone(work, register.service.vault, other, NEW)
        return await real(*given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(entering, "put", put)
        assert code(await member(register, household, phone=NEW)) == (409, "conflict")
    assert code(await member(register, household, phone=NEW)) == (409, "number_taken")


async def test_two_keep_one_identity_card_number_at_the_same_moment(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    household = (await register.household())["id"]
    for name in ("虚构甲", "虚构乙"):
        shown = (await member(register, household, name=name)).json()
    both, real = asyncio.Barrier(2), people.by_id_number

    async def by_id_number(*given: Any) -> Any:
        found = await real(*given)
        await both.wait()
        return found

    monkeypatch.setattr(people, "by_id_number", by_id_number)
    paths = [f"people/{one['person_id']}/id-number" for one in shown["people"]]
    answers = await asyncio.gather(*(register.post(path, {"id_number": NUMBER}) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["already_done"]


async def test_the_day_somebody_moved_out_is_not_written_twice(register: Register) -> None:
    household = (await register.household())["id"]
    who = (await member(register, household)).json()["people"][0]["id"]
    path = f"households/{household}/members/{who}/leave"
    for day, status in (("2199-12-31", 200), ("2026-01-05", 200), ("2025-01-05", 409)):
        assert (await register.post(path, {"on": day})).status_code == status
    assert (await register.get(f"households/{household}")).json()["people"][0]["left_on"] == "2026-01-05"


# --- an old book ------------------------------------------------------------------------------------------------------


async def booked(register: Register, **given: Any) -> entries.Outcome:
    """A row of a book that is entered by the community's staff."""
    row = Entered(register.home(1), child(child(COMMUNITY, 1), 1), "虚构甲", "other", **given)
    staff = Principal(register.district, str(register.staff.id), "user", (Grant(Role.COMMUNITY_STAFF, COMMUNITY),))
    async with register.service.work(staff) as work:
        await work.begin()
        planned = await entries.clashes(work, register.service.vault, [row], Counter())
        done = await entries.enter(work, register.service.vault, [row])
        assert planned == done.clashes
    return done


async def test_an_old_book_brings_nobody_back_who_moved_out(register: Register) -> None:
    household = (await register.household())["id"]
    who = (await member(register, household)).json()["people"][0]["id"]
    path = f"households/{household}/members/{who}/leave"
    await register.post(path, {"on": "2199-12-31"})
    assert (await booked(register)).clashes == {}
    assert (await register.get(f"households/{household}")).json()["people"][0]["left_on"] == "2199-12-31"
    await register.post(path, {"on": "2026-01-05"})
    assert (await booked(register)).clashes == {0: ("name", "moved_out")}
    assert (await member(register, household)).json()["members"] == 1  # they are back, and somebody says so


async def test_an_old_book_brings_no_consent_back_that_was_withdrawn(register: Register) -> None:
    consent: dict[str, Any] = {"tags": ("living_alone",), "basis": "consent", "legal_basis": "知情同意书"}
    today = register.service.db.now().date()
    await booked(register, **consent, since=today.replace(year=today.year - 1))
    [household] = (await register.get("households")).json()["items"]
    path = f"households/{household['id']}/tags/living_alone/withdraw"
    assert (await register.post(path, {})).json()["tags"] == []
    for since in (None, today.replace(year=today.year - 1)):
        assert (await booked(register, **consent, since=since)).clashes == {0: ("tags", "withdrawn")}
    assert (await register.get(f"households/{household['id']}")).json()["tags"] == []
    law = consent | {"basis": "statutory", "legal_basis": "老年人权益保障法"}
    assert (await booked(register, **law)).clashes == {}
    assert (await register.get(f"households/{household['id']}")).json()["tags"] == ["living_alone"]


async def test_an_honour_stays_at_the_door_by_the_consent_it_rests_on_alone(register: Register) -> None:
    household = (await register.household())["id"]
    neighbour = (await member(register, household, name="虚构乙")).json()["people"][0]["person_id"]
    honour = {"tag": "model_family", "basis": "consent", "legal_basis": "知情同意书"}
    shown = {**honour, "given_by": neighbour, "public": True}
    assert (await register.post(f"households/{household}/tags", shown)).json()["tags_held"][0]["public"]
    await booked(
        register, tags=("model_family",), basis="consent", legal_basis="知情同意书"
    )  # 虚构甲 agrees to the tag
    [tag] = (await register.get(f"households/{household}")).json()["tags_held"]
    assert (tag["given_by"] != neighbour, tag["public"]) == (True, False)


async def test_who_moves_house_within_a_day_is_listed_at_the_new_home(
    hierarchy: Service, api: httpx.AsyncClient, district: str
) -> None:
    register = await open_register(hierarchy, api, district, 2)
    old, new = await register.household(1), await register.household(2)
    body = {"name": "虚构张", "relation": "head", "phone": "10066660001"}
    [member] = (await register.post(f"households/{old['id']}/members", body)).json()["people"]
    assert (await register.post(f"households/{old['id']}/members/{member['id']}/leave", {})).status_code == 200
    assert (await register.post(f"households/{new['id']}/members", body)).status_code == 200
    [listed] = await register.rows(
        "SELECT p.path, h.path AS home FROM hierarchy.people p JOIN hierarchy.households h USING (district) "
        f"WHERE p.district = $1 AND p.id = $2 AND h.code = '{register.home(2)}'",
        member["person_id"],
    )
    assert listed["path"] == listed["home"]
