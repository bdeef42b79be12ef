"""Names and numbers of people: sealed at rest, masked for everybody, in full for a reason that the person can read."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.people import service as people
from shared.kernel.id_numbers import is_id_number
from shared.kernel.paths import ROOT, child
from shared.kernel.rights import Role
from shared.runtime.privacy import mask_id_number, mask_phone
from shared.runtime.service import Service
from tests.hierarchy.small import PHONE, load_small, loader
from tests.support.world import Somebody, service_headers, somebody

WHY = {"reason_kind": "verify_identity", "reason": "窗口核对身份"}
NUMBER, OTHER = "320102199001010010", "32010219900101007X"  # 虚构: no region gave them out
BUILDING = child(child(child(ROOT, 1), 1), 1)


@dataclass
class Desk:
    """A small district with its one person, and the community's staff at the desk."""

    service: Service
    api: httpx.AsyncClient
    district: str
    person: UUID
    staff: Somebody

    async def post(self, path: str, who: Somebody, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        return await self.api.post(path, json=body, headers=who.writes(key))

    async def reveal(self, who: Somebody, key: str | None = None, **more: Any) -> httpx.Response:
        return await self.post(f"people/{self.person}/reveal", who, WHY | more, key)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.service.db.connection() as connection:
            return list(await connection.fetch(sql, self.district, *values))


@pytest.fixture
async def desk(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Desk:
    await load_small(hierarchy, district)
    async with loader(hierarchy, district) as work:
        person = await people.by_phone(work, hierarchy.vault, PHONE)
    assert person is not None
    return Desk(hierarchy, api, district, person["id"], somebody(district, Role.COMMUNITY_STAFF, BUILDING[:12]))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_everybody_who_may_read_people_sees_masks(desk: Desk) -> None:
    shown = (await desk.api.get(f"people/{desk.person}", headers=desk.staff.headers)).json()
    assert (shown["name"], shown["phone"], shown["id_number"]) == ("虚*", "100****0001", None)
    itself = somebody(desk.district, Role.RESIDENT, BUILDING, id=desk.person)
    assert (await desk.api.get(f"people/{desk.person}", headers=itself.headers)).json() == shown
    for who, status in (
        (somebody(desk.district, Role.RESIDENT, BUILDING), 403),
        (somebody(desk.district, Role.COMMUNITY_STAFF, BUILDING[:8] + "0002"), 404),
    ):
        assert (await desk.api.get(f"people/{desk.person}", headers=who.headers)).status_code == status


async def test_a_name_is_stored_sealed_and_shown_where_the_post_is(desk: Desk) -> None:
    [row] = await desk.rows("SELECT p::text AS whole, name FROM hierarchy.people p WHERE district = $1")
    assert "虚构楼栋长".encode().hex() not in row["whole"]
    assert desk.service.vault.is_current(row["name"])
    params = {"place": f"{desk.district}100001-B01", "category": "JC05"}
    chain = (await desk.api.get("responsibility", params=params, headers=desk.staff.headers)).json()["chain"]
    assert chain[0]["person_name"] == "虚构楼栋长"


async def test_a_look_in_full_is_one_row_without_the_value(desk: Desk) -> None:
    shown = await desk.reveal(desk.staff)
    assert shown.json() == {"id": str(desk.person), "name": "虚构楼栋长", "phone": PHONE, "id_number": None}
    assert shown.headers["cache-control"] == "no-store"
    only = await desk.reveal(desk.staff, fields=["phone"])
    assert (only.json()["name"], only.json()["phone"]) == (None, PHONE)
    rows = await desk.rows(
        "SELECT *, j::text AS whole FROM hierarchy.journal j WHERE district = $1 AND event LIKE 'personal.%'"
    )
    assert [row["data"]["fields"] for row in rows] == [["name", "phone"], ["phone"]]
    assert {str(row["subject_id"]) for row in rows} == {str(desk.person)}
    assert not any(PHONE in row["whole"] or "虚构" in row["whole"] for row in rows)
    report = await desk.api.get("me/data-access", headers=somebody(desk.district, id=desk.person).headers)
    [last, first] = report.json()["items"]
    assert (first["role"], first["reason"], first["fields"]) == ("community_staff", WHY["reason"], ["name", "phone"])
    assert str(desk.staff.id) not in report.text
    assert last["fields"] == ["phone"]


async def test_who_may_look(desk: Desk) -> None:
    for role, status in (
        (Role.GRID_WORKER, 403),
        (Role.AUDITOR, 403),
        (Role.SECURITY_ADMIN, 403),
        (Role.OPERATOR, 200),
    ):
        assert (await desk.reveal(somebody(desk.district, role))).status_code == status
    elsewhere = somebody(desk.district, Role.COMMUNITY_STAFF, BUILDING[:8] + "0002")
    assert code(await desk.reveal(elsewhere)) == (404, "not_found")


async def test_the_same_key_is_the_same_look(desk: Desk) -> None:
    first, again = [await desk.reveal(desk.staff, "one-look-only") for _ in range(2)]
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    [row] = await desk.rows("SELECT count FROM hierarchy.reveals WHERE district = $1")
    assert row["count"] == 1


async def test_a_day_has_a_limit_also_for_searching(desk: Desk) -> None:
    await desk.reveal(desk.staff)
    await desk.rows(
        "UPDATE hierarchy.reveals SET count = $2 WHERE district = $1", desk.service.settings.reveals_per_day
    )
    assert code(await desk.reveal(desk.staff)) == (429, "reveals_used_up")
    assert code(await desk.post("people/search", desk.staff, WHY | {"phone": PHONE})) == (429, "reveals_used_up")
    assert len(await desk.rows("SELECT 1 FROM hierarchy.journal WHERE district = $1 AND event LIKE 'personal.%'")) == 1


async def test_searching_by_a_whole_number(desk: Desk) -> None:
    found = await desk.post("people/search", desk.staff, WHY | {"phone": PHONE})
    assert [(one["id"], one["phone"]) for one in found.json()["people"]] == [(str(desk.person), "100****0001")]
    elsewhere = somebody(desk.district, Role.COMMUNITY_STAFF, BUILDING[:8] + "0002")
    answers = [
        await desk.post("people/search", who, WHY | {"phone": phone})
        for who, phone in ((elsewhere, PHONE), (elsewhere, "10077779999"), (desk.staff, "10077779999"))
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"people": []})] * 3
    resident = somebody(desk.district, Role.RESIDENT, BUILDING)
    assert code(await desk.post("people/search", resident, WHY | {"phone": PHONE})) == (403, "forbidden")
    for body in ({}, {"phone": PHONE, "id_number": NUMBER}, {"phone": "0001"}):
        assert (await desk.post("people/search", desk.staff, WHY | body)).status_code == 422
    rows = await desk.rows("SELECT event, subject_id, j::text AS whole FROM hierarchy.journal j "
                           "WHERE district = $1 AND event IN ('personal.found', 'person.search') "
                           "ORDER BY at")  # fmt: skip
    assert [row["event"] for row in rows] == ["personal.found"] + ["person.search"] * 3
    assert not any(PHONE in row["whole"] or "10077779999" in row["whole"] for row in rows)
    report = await desk.api.get("me/data-access", headers=somebody(desk.district, id=desk.person).headers)
    assert [item["event"] for item in report.json()["items"]] == ["personal.found"]


async def test_identity_card_numbers(desk: Desk) -> None:
    path = f"people/{desk.person}/id-number"
    kept = await desk.post(path, desk.staff, {"id_number": NUMBER})
    assert (kept.status_code, kept.json()["id_number"]) == (200, "3201**********0010")
    [row] = await desk.rows("SELECT p::text AS whole FROM hierarchy.people p WHERE district = $1")
    assert NUMBER.encode().hex() not in row["whole"]
    assert NUMBER not in row["whole"]
    revealed = await desk.reveal(desk.staff, fields=["id_number"])
    assert revealed.json() == {"id": str(desk.person), "name": None, "phone": None, "id_number": NUMBER}
    found = await desk.post("people/search", desk.staff, WHY | {"id_number": NUMBER})
    assert len(found.json()["people"]) == 1
    async with loader(desk.service, desk.district) as work:
        await work.begin()
        row = {"code": f"{desk.district}-x-1", "name": "虚构乙", "phone": "10077770002", "listed_as": "x",
               "path": BUILDING, "party_member": False, "invented": True, "attributes": {},
               "id_number": OTHER}  # fmt: skip
        ids, changed = await people.put(work, desk.service.vault, [row])
        assert (await people.put(work, desk.service.vault, [row]))[1] == 0
    assert changed == 1
    taken = await desk.post(path, desk.staff, {"id_number": OTHER.lower()})
    assert code(taken) == (409, "already_done")
    assert ids[row["code"]] != desk.person


@pytest.mark.parametrize(
    "number",
    ["320102199001010012", "320102199013010010", "020102199001010010", "32010219900101001", "３20102199001010010"],
)
async def test_numbers_that_cannot_be(desk: Desk, number: str) -> None:
    assert not is_id_number(number)
    answer = await desk.post(f"people/{desk.person}/id-number", desk.staff, {"id_number": number})
    assert code(answer) == (422, "invalid")
    assert number not in answer.text


def test_check_characters() -> None:
    assert is_id_number(NUMBER)
    assert is_id_number(OTHER)
    assert is_id_number("11010519491231002X")  # the standard's own example
    assert sum(is_id_number(f"32010219900101001{check}") for check in "0123456789X") == 1
    assert (mask_id_number(NUMBER), mask_id_number("1")) == ("3201**********0010", "****")


async def test_what_only_services_may_read(desk: Desk) -> None:
    body = {"person_id": str(desk.person)}
    asked = service_headers(desk.district, "tickets", "hierarchy")
    answer = await desk.api.post("contacts/read", json=body, headers=asked)
    assert answer.json() == {"name": "虚构楼栋长", "phone": PHONE}
    lists = await desk.api.post("contacts/read", json={**body, "masked": True}, headers=asked)
    assert lists.json() == {"name": "虚*", "phone": mask_phone(PHONE)}
    for role in (Role.OPERATOR, Role.SECURITY_ADMIN):
        refused = await desk.api.post("contacts/read", json=body, headers=somebody(desk.district, role).headers)
        assert code(refused) == (403, "forbidden")


async def test_a_copy_of_everything(desk: Desk) -> None:
    copy = (await desk.api.get("me/data", headers=somebody(desk.district, id=desk.person).headers)).json()
    assert copy["data"]["person"].items() >= {"name": "虚构楼栋长", "phone": PHONE, "id_number": None}.items()
    assert [post["label"] for post in copy["data"]["posts"]] == ["楼栋长"]
    admin = somebody(desk.district, Role.SECURITY_ADMIN)
    handed = await desk.post(f"people/{desk.person}/data", admin, WHY)
    assert handed.json()["data"]["person"] == copy["data"]["person"]
    assert code(await desk.post(f"people/{desk.person}/data", desk.staff, WHY)) == (403, "forbidden")
    report = await desk.api.get("me/data-access", headers=somebody(desk.district, id=desk.person).headers)
    assert [item["role"] for item in report.json()["items"]] == ["security_admin", "self"]


async def test_names_from_before_they_were_sealed_are_understood(desk: Desk) -> None:
    await desk.rows("UPDATE hierarchy.people SET name = convert_to('虚构旧名', 'UTF8') WHERE district = $1")
    assert (await desk.reveal(desk.staff)).json()["name"] == "虚构旧名"
