"""The household register: who lives there, masked; tags under a basis; posts that look after households."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.households import register as households_register
from services.hierarchy.households import service as households
from services.hierarchy.structures import service as structures
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.households_scene import BUILDING, COMMUNITY, WHY, Register, code, open_register
from tests.hierarchy.small import loader
from tests.support.world import somebody

NUMBER = "320102199001010010"


@pytest.fixture
async def register(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Register:
    return await open_register(hierarchy, api, district)


async def joined(register: Register, household: str, **more: Any) -> httpx.Response:
    given = {"name": "虚构户主", "relation": "head", "phone": "10066660001"} | more
    return await register.post(f"households/{household}/members", given)


async def test_a_household_is_registered_at_its_place_once(register: Register) -> None:
    made = await register.household()
    assert (made["members"], made["tags"], made["place_name"]) == (0, [], "示例街道甲社区1号楼1室")
    assert code(await register.post("households", {"place": register.home(1)})) == (409, "already_done")
    building = {"place": f"{register.district}100001-B01"}
    assert code(await register.post("households", building)) == (422, "not_a_household")
    for who, expected in (
        (register.stranger, (422, "unknown_place")),
        (register.head, (403, "forbidden")),
    ):
        assert code(await register.post("households", {"place": register.home(2)}, who)) == expected


async def test_members_are_sealed_masked_and_revealed_with_a_reason(register: Register) -> None:
    household = (await register.household())["id"]
    answer = await joined(register, household, id_number=NUMBER)
    shown = answer.json()
    [member] = shown["people"]
    assert (member["name"], member["phone"], member["id_number"]) == ("虚*", "100****0001", "3201**********0010")
    assert (shown["head"], shown["members"], member["relation_label"], answer.headers["etag"]) == (
        "虚*",
        1,
        "户主",
        '"2"',
    )
    revealed = await register.post(f"people/{member['person_id']}/reveal", WHY)
    assert revealed.json()["name"] == "虚构户主"
    whole = await register.rows("SELECT p::text AS whole FROM hierarchy.people p WHERE district = $1")
    journal = await register.rows("SELECT j::text AS whole FROM hierarchy.journal j WHERE district = $1")
    for row in (*whole, *journal):
        assert not any(word in row["whole"] for word in ("虚构户主", "10066660001", NUMBER, "虚构户主".encode().hex()))


async def test_somebody_known_is_joined_and_not_written_twice(register: Register) -> None:
    first, second = [(await register.household(n))["id"] for n in (1, 2)]
    person = (await joined(register, first)).json()["people"][0]["person_id"]
    again = (await joined(register, second)).json()["people"][0]["person_id"]
    assert person == again
    listed = await register.get("households", person=person)
    assert [item["id"] for item in listed.json()["items"]] == [first, second]
    taken = await joined(register, second, name="虚构他人")
    assert code(taken) == (409, "number_taken")
    assert (await register.get(f"households/{second}")).json()["members"] == 1


async def test_who_saw_an_older_version_is_told(register: Register) -> None:
    household = (await register.household())["id"]
    path, body = f"households/{household}/members", {"name": "虚构甲"}
    assert (await register.post(path, body, **{"If-Match": '"1"'})).status_code == 200
    assert code(await register.post(path, {"name": "虚构乙"}, **{"If-Match": '"1"'})) == (412, "precondition_failed")
    replayed = [await register.post(path, {"name": "虚构丙"}, key="one-member-only") for _ in range(2)]
    assert [answer.json()["members"] for answer in replayed] == [2, 2]


async def test_leaving(register: Register) -> None:
    household = (await register.household())["id"]
    member = (await joined(register, household)).json()["people"][0]
    day = (register.service.db.now() - timedelta(days=9)).date().isoformat()
    left = await register.post(f"households/{household}/members/{member['id']}/leave", {"on": day})
    assert (left.json()["members"], left.json()["head"], left.json()["people"][0]["left_on"]) == (0, None, day)
    other = (await register.household(2))["id"]
    wrong = await register.post(f"households/{other}/members/{member['id']}/leave", {})
    assert code(wrong) == (404, "not_found")


async def test_a_tag_needs_a_basis_and_is_gone_when_consent_is(register: Register) -> None:
    household = (await register.household())["id"]
    person = (await joined(register, household)).json()["people"][0]["person_id"]
    path = f"households/{household}/tags"
    consent = {"tag": "living_alone", "basis": "consent", "legal_basis": "本人签署的知情同意书"}
    for missing in ({}, {"given_by": str(register.head.id)}):
        assert code(await register.post(path, consent | missing)) == (422, "invalid")
    assert code(await register.post(path, {"tag": "disabled"})) == (422, "invalid")
    tagged = (await register.post(path, consent | {"given_by": person})).json()
    assert (tagged["tags"], tagged["tag_labels"]) == (["living_alone"], ["独居老人"])
    assert tagged["tags_held"][0].items() >= {"label": "独居老人", "basis": "consent", "given_by": person}.items()
    assert code(await register.post(path, consent | {"given_by": person})) == (409, "already_done")
    assert len((await register.get("households", tag="living_alone")).json()["items"]) == 1
    back = await register.post(f"{path}/living_alone/withdraw", {})
    assert (back.json()["tags"], back.json()["tags_held"]) == ([], [])
    assert (await register.get("households", tag="living_alone")).json()["items"] == []
    assert code(await register.post(f"{path}/living_alone/withdraw", {})) == (404, "not_found")
    [row] = await register.rows("SELECT withdrawn_at FROM hierarchy.household_tags WHERE district = $1")
    assert row["withdrawn_at"] is not None


async def test_who_moved_out_consents_to_nothing_more(register: Register) -> None:
    """The last day is one of theirs; after it, the household is not theirs to speak for."""
    household = (await register.household())["id"]
    member = (await joined(register, household)).json()["people"][0]
    body = {"basis": "consent", "legal_basis": "同意书", "given_by": member["person_id"]}
    path, leave = f"households/{household}/tags", f"households/{household}/members/{member['id']}/leave"
    today = register.service.db.now().astimezone(CHINA).date()
    await register.post(leave, {"on": today.isoformat()})
    assert (await register.post(path, body | {"tag": "living_alone"})).status_code == 200
    await register.post(leave, {"on": (today - timedelta(days=1)).isoformat()})
    refused = await register.post(path, body | {"tag": "disabled"})
    assert (code(refused), refused.json()["errors"][0]["at"]) == ((422, "invalid"), "/body/given_by")
    assert (await register.get(f"households/{household}")).json()["tags"] == ["living_alone"]


async def test_who_moved_out_leaves_room(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flat that is let has room for as many as live there, however many lived there before."""
    monkeypatch.setattr(households_register, "MOST_MEMBERS", 2)
    household = (await register.household())["id"]
    for number in range(4):
        shown = (await joined(register, household, name=f"虚构租户{number}", phone=f"1006666000{number}")).json()
        if number < 3:  # the last two stay
            new = next(one for one in shown["people"] if one["left_on"] is None)
            await register.post(f"households/{household}/members/{new['id']}/leave", {"on": "2026-01-01"})
    shown = (await joined(register, household, name="虚构租户9", phone="10066660009")).json()
    assert (shown["members"], len(shown["people"])) == (2, 5)
    for number in (8, 0):  # somebody new, and somebody who comes back
        full = await joined(register, household, name=f"虚构租户{number}", phone=f"1006666000{number}")
        assert code(full) == (409, "already_done")
    last = next(one for one in shown["people"] if one["left_on"] is None)
    await register.post(f"households/{household}/members/{last['id']}/leave", {"on": "2026-01-01"})
    back = (await joined(register, household, name="虚构租户0", phone="10066660000")).json()
    assert (back["members"], len(back["people"])) == (2, 5)


async def test_a_basis_that_is_over_holds_no_longer(register: Register) -> None:
    household = (await register.household())["id"]
    past = {"since": "2024-01-01", "until": "2024-12-31"}
    law = {"tag": "low_income", "basis": "statutory", "legal_basis": "社会救助暂行办法"}
    assert (await register.post(f"households/{household}/tags", law | past)).json()["tags"] == []
    assert (await register.get("households", tag="low_income")).json()["items"] == []


async def test_an_erased_person_lives_nowhere_and_their_consent_is_gone(register: Register) -> None:
    household = (await register.household())["id"]
    person = (await joined(register, household)).json()["people"][0]["person_id"]
    consent = {"tag": "elderly", "basis": "consent", "legal_basis": "同意书", "given_by": person}
    await register.post(f"households/{household}/tags", consent)
    copy = await register.get("me/data", somebody(register.district, id=UUID(person)))
    assert copy.json()["data"]["households"][0]["code"] == register.home(1)
    async with loader(register.service, register.district) as work:
        await work.begin()
        await households.forget_person(work, UUID(person))
    shown = (await register.get(f"households/{household}")).json()
    assert (shown["members"], shown["people"], shown["tags"]) == (0, [], [])


async def test_the_list_has_pages_and_ends_at_the_scope(register: Register) -> None:
    for number in (1, 2, 3):
        await register.household(number)
    first = (await register.get("households", limit=2)).json()
    rest = (await register.get("households", limit=2, cursor=first["next"])).json()
    assert [item["code"][-4:] for item in (*first["items"], *rest["items"])] == ["0001", "0002", "0003"]
    assert rest["next"] is None
    assert (await register.get("households", register.stranger)).json()["items"] == []
    resident = somebody(register.district, Role.RESIDENT, BUILDING)
    assert code(await register.get("households", resident)) == (403, "forbidden")
    id_ = first["items"][0]["id"]
    for who in (resident, register.stranger):
        assert code(await register.get(f"households/{id_}", who)) == (404, "not_found")


# --- links -----------------------------------------------------------------------------------------------------------


def post_of(register: Register) -> str:
    return f"{register.district}100001-B01-building_head"


async def structured(register: Register, least: int, most: int) -> None:
    level = {"key": "building", "name": "楼栋", "kind": "place", "of": "building"}
    post = {"key": "building_head", "name": "楼栋长", "level": "building", "role": "building_head",
            "appointed_by": "社区", "span": {"min": least, "max": most}}  # fmt: skip
    document = {"name": "示例", "version": 2, "in_force": "2024-01-01", "place": f"{register.district}100001",
                "levels": [level], "posts": [post]}  # fmt: skip
    async with loader(register.service, register.district) as work:
        await structures.put(work, COMMUNITY, 2, document)


async def test_a_post_looks_after_households_within_its_span(register: Register) -> None:
    await structured(register, 2, 3)
    for number in (1, 2, 3, 4):
        await register.household(number)
    path = f"posts/{post_of(register)}/households"
    one = (await register.post(path, {"households": [register.home(1)]})).json()
    assert one["span"] == {"count": 1, "min": 2, "max": 3, "state": "below"}
    homes = [register.home(n) for n in (1, 2, 3)]
    three = (await register.post(path, {"households": homes})).json()
    assert (three["span"]["state"], [item["household"] for item in three["items"]]) == ("within", homes)
    too_many = await register.post(path, {"households": [register.home(4)]})
    assert code(too_many) == (409, "span_exceeded")
    page = (await register.get(path, limit=2)).json()
    rest = (await register.get(path, limit=2, cursor=page["next"])).json()
    assert [item["household"] for item in rest["items"]] == [register.home(3)]
    ended = await register.post(f"household-links/{one['items'][0]['id']}/end", {})
    assert ended.status_code == 200
    assert code(await register.post(f"household-links/{one['items'][0]['id']}/end", {})) == (409, "already_done")
    [kept] = await register.rows("SELECT count(*) AS n FROM hierarchy.household_links WHERE district = $1")
    assert kept["n"] == 3


async def test_who_may_link(register: Register) -> None:
    await structured(register, 30, 50)
    household = (await register.household())["id"]
    path, body = f"posts/{post_of(register)}/households", {"households": [register.home(1)]}
    assert code(await register.post(path, body, register.head)) == (403, "forbidden")
    assert code(await register.post(path, body, register.stranger)) == (404, "not_found")
    assert code(await register.post(path, {"households": [register.home(2)]})) == (422, "unknown_household")
    assert (await register.post(path, body)).json()["span"]["state"] == "below"
    links = (await register.get(f"households/{household}/links", register.head)).json()
    assert [link["post_label"] for link in links] == ["楼栋长"]
    assert code(await register.get(f"households/{household}/links", register.stranger)) == (404, "not_found")
