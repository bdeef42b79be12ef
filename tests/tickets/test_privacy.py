"""Contact data is shown in full for a reason, to those who need it, once per reason; the person concerned sees it."""

from typing import Any

import asyncpg
import httpx
import pytest

from services.tickets.main import create_app
from shared.kernel.rights import Role
from shared.schemas.personal import KnownContact
from tests.conftest import client_of
from tests.support.world import Somebody, somebody
from tests.tickets.conftest import BASE, COMMUNITY, ELSEWHERE, Caller12345, Cast, problem, service_with

NEIGHBOUR = {"name": "张虚构", "phone": "10012345678", "address": "3号楼2单元301"}
WHY = {"reason_kind": "contact_resident", "reason": "上门前电话确认时间"}
NOW = "UPDATE tickets.journal SET at = at - interval '11 minutes' WHERE district = $1 AND event = 'personal.revealed'"


async def reveal(cast: Cast, appeal: str, who: Somebody, key: str | None = None, **why: Any) -> httpx.Response:
    path = f"{BASE}/appeals/{appeal}/contact/reveal"
    return await cast.client.post(path, json=WHY | why, headers=who.writes(key))


async def written_down(cast: Cast, **more: Any) -> str:
    """An appeal that the building head wrote down for a neighbour."""
    taken = await cast.report(cast.head, on_behalf_of=NEIGHBOUR, **more)
    assert taken.status_code == 201, taken.text
    return str(taken.json()["id"])


async def test_a_look_is_shown_in_full_and_journaled_without_the_value(cast: Cast) -> None:
    appeal = await written_down(cast)
    shown = await reveal(cast, appeal, cast.staff)
    assert (shown.status_code, shown.json()) == (200, NEIGHBOUR)
    assert shown.headers["cache-control"] == "no-store"
    [row] = await cast.sql(
        "SELECT *, j::text AS whole FROM tickets.journal j WHERE district = $1 AND event LIKE 'personal.%'"
    )
    assert (row["actor"], str(row["subject_id"]), row["subject_kind"]) == (str(cast.staff.id), appeal, "appeal")
    assert row["data"].items() >= {"role": "community_staff", "reason_kind": "contact_resident"}.items()
    assert row["data"]["fields"] == ["name", "phone", "address"]
    assert not any(value in row["whole"] for value in NEIGHBOUR.values())
    assert "personal.revealed" not in await cast.events(appeal)


async def test_who_is_shown_contact_data(cast: Cast) -> None:
    appeal = await written_down(cast)
    reader = somebody(cast.district, Role.GRID_WORKER, COMMUNITY)
    stranger = somebody(cast.district, Role.COMMUNITY_STAFF, ELSEWHERE)
    for who, refusal in (
        (cast.head, (403, "forbidden")),  # wrote it down, and does not handle it yet
        (reader, (403, "forbidden")),
        (stranger, (404, "not_found")),
        (cast.resident, (404, "not_found")),
    ):
        assert problem(await reveal(cast, appeal, who)) == refusal
    assert await cast.count("journal", "event LIKE 'personal.%'") == 0
    await cast.move(appeal, "file", cast.staff, {"category": "JC05", "urgency": "L2"})
    await cast.work()
    assert (await reveal(cast, appeal, cast.head)).json() == NEIGHBOUR  # the present lead
    await cast.walk(appeal, ("sign", cast.head, {}), ("escalate", cast.head, {"reason": "需要网格协调"}))
    assert problem(await reveal(cast, appeal, cast.head)) == (403, "forbidden")
    assert (await reveal(cast, appeal, cast.grid_worker)).status_code == 200
    rows = await cast.sql(
        "SELECT data FROM tickets.journal WHERE district = $1 AND event = 'personal.revealed' ORDER BY at"
    )
    assert [(row["data"]["role"], row["data"]["post"]) for row in rows] == [("lead", "楼栋长"), ("lead", "网格长")]


async def test_who_wants_to_stay_unknown_is_shown_to_nobody(cast: Cast) -> None:
    for appeal in (await written_down(cast, anonymous=True), (await cast.report(anonymous=True)).json()["id"]):
        for who in (cast.staff, cast.operator):
            assert problem(await reveal(cast, appeal, who)) == (403, "stays_anonymous")
            assert (await cast.shown(appeal, who))["contact"] == {"name": None, "phone": None}
    assert cast.hierarchy.asked == ["/api/hierarchy/v1/places/C1"]


async def test_who_reported_from_an_account_is_read_from_it(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    known = {"name": "李虚构", "phone": "10087654321"}
    cast.hierarchy.people[str(cast.resident.id)] = KnownContact(**known)
    assert (await cast.shown(appeal, cast.staff))["contact"] == {"name": "李*", "phone": "100****4321"}
    assert (await reveal(cast, appeal, cast.staff)).json() == known | {"address": None}
    cast.hierarchy.people.clear()
    assert (await cast.shown(appeal, cast.staff))["contact"] == {"name": None, "phone": None}  # erased
    assert problem(await reveal(cast, appeal, cast.staff)) == (409, "processing_stopped")
    cast.hierarchy.mood = "down"
    assert (await cast.shown(appeal, cast.staff))["contact"] == {"name": None, "phone": None}  # the rest is read
    assert (await reveal(cast, appeal, cast.staff)).status_code == 503
    assert await cast.count("journal", "event LIKE 'personal.%'") == 1


@pytest.mark.parametrize("why", [{"reason": ""}, {"reason": "x"}, {"reason_kind": "curiosity"}, {"more": 1}])
async def test_a_reason_is_required(cast: Cast, why: dict[str, Any]) -> None:
    assert problem(await reveal(cast, await written_down(cast), cast.staff, **why)) == (422, "invalid")


async def test_a_repetition_is_no_second_look_and_no_way_round_the_journal(
    cast: Cast, database: dict[str, str]
) -> None:
    appeal = await written_down(cast)
    first, again = [await reveal(cast, appeal, cast.staff, "the-same-look") for _ in range(2)]
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert await cast.count("journal", "event = 'personal.revealed'") == 1
    owner = await asyncpg.connect(database["owner"])
    await owner.execute(NOW, cast.district)
    await owner.close()
    assert problem(await reveal(cast, appeal, cast.staff, "the-same-look")) == (409, "already_done")
    assert (await reveal(cast, appeal, cast.staff)).status_code == 200


async def test_a_day_has_a_limit(cast: Cast, database: dict[str, str]) -> None:
    appeal = await written_down(cast)
    environment = {"LINLI_TICKETS_DATABASE_URL": database["tickets"], "LINLI_HIERARCHY_URL": cast.hierarchy.url}
    async with (
        service_with(**environment, LINLI_REVEALS_PER_DAY="2") as service,
        client_of(create_app(service)) as http,
    ):
        cast.client = http
        answers = [await reveal(cast, appeal, cast.staff) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert problem(answers[2]) == (429, "reveals_used_up")
        assert 0 < int(answers[2].headers["retry-after"]) <= 24 * 3600
        assert (await reveal(cast, appeal, cast.operator)).status_code == 200  # everybody has their own
        assert await cast.count("journal", "event = 'personal.revealed'") == 3
        await cast.sql("UPDATE tickets.reveals SET day = day - 1 WHERE district = $1")
        assert (await reveal(cast, appeal, cast.staff)).status_code == 200


async def test_the_person_sees_who_looked_in_which_role_and_why(cast: Cast, hotline: Caller12345) -> None:
    index = cast.service.vault.blind_index("10012345678", purpose="phone", district=cast.district).hex()
    cast.hierarchy.contacts[index] = cast.resident.id
    by_phone = (await hotline.send(hotline.order())).json()["appeal_id"]
    await cast.work()
    of_another = await written_down(cast)
    for appeal, who in ((by_phone, cast.staff), (by_phone, cast.operator), (of_another, cast.staff)):
        assert (await reveal(cast, appeal, who)).status_code == 200
    page = (await cast.get("/me/data-access", cast.resident, limit=1)).json()
    [last] = page["items"]
    assert (last["about"], last["about_id"], last["role"], last["reason"]) == (
        "appeal", by_phone, "operator", WHY["reason"]
    )  # fmt: skip
    assert str(cast.operator.id) not in str(page)
    rest = (await cast.get("/me/data-access", cast.resident, cursor=page["next"])).json()
    assert [item["role"] for item in rest["items"]] == ["community_staff"]
    assert (await cast.get("/me/data-access", cast.staff)).json()["items"] == []


async def test_a_copy_of_everything(cast: Cast) -> None:
    appeal = (await cast.report(content="我家在3号楼。")).json()["id"]
    await cast.move(appeal, "supplement", cast.resident, {"content": "家里有老人。"})
    copy = (await cast.get("/me/data", cast.resident)).json()
    assert (copy["format"], copy["service"], copy["person_id"]) == (
        "linli-personal-data/1", "tickets", str(cast.resident.id)
    )  # fmt: skip
    [kept] = copy["data"]["appeals"]
    assert (kept["id"], kept["content"]) == (appeal, "我家在3号楼。")
    assert [words["body"] for words in copy["data"]["words"]] == [{"content": "家里有老人。"}]
    [access] = (await cast.get("/me/data-access", cast.resident)).json()["items"]
    assert (access["event"], access["role"]) == ("personal.exported", "self")
    admin = somebody(cast.district, Role.SECURITY_ADMIN)
    path = f"{BASE}/people/{cast.resident.id}/data"
    handed = await cast.client.post(path, json=WHY | {"reason": "本人到窗口申请"}, headers=admin.writes())
    assert handed.json()["data"] == copy["data"]
    assert problem(await cast.client.post(path, json=WHY, headers=cast.staff.writes())) == (403, "forbidden")
    roles = [item["role"] for item in (await cast.get("/me/data-access", cast.resident)).json()["items"]]
    assert roles == ["security_admin", "self"]
