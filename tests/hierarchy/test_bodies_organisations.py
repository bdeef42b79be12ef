"""Organisations: made, changed from a day on, read as of a past day, closed with a successor; who belongs to them."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.partnership import COMMUNITY, Partnership, found
from tests.hierarchy.small import loader
from tests.hierarchy.test_partners import listing
from tests.support.world import somebody


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


async def _today(lab: Partnership) -> date:
    async with loader(lab.service, lab.district) as work:
        return work.today


async def _yesterday_it_was(lab: Partnership, code: str, days: int = 1) -> None:
    """Ages what is known of an organisation, as if it had been written down before."""
    await lab.sql(
        "UPDATE hierarchy.organisation_states SET since = since - $3::int, until = until - $3::int "
        "WHERE district = $1 AND code = $2",
        code, days,
    )  # fmt: skip
    await lab.sql(
        "UPDATE hierarchy.organisations SET since = since - $3::int WHERE district = $1 AND code = $2", code, days
    )


async def test_what_it_was_stays_what_it_was(lab: Partnership) -> None:
    """Renamed twice: today's answer changes, the answer about the day before never does."""
    code = await lab.organisation("party_branch", "示例支部")
    await _yesterday_it_was(lab, code)
    day = await _today(lab)
    before = (day - timedelta(days=1)).isoformat()
    as_it_was = await lab.get(f"organisations/{code}", on=before)
    assert as_it_was["name"] == "示例支部"
    for name in ("示例支部（更名）", "示例支部（再更名）"):
        changed = await lab.post(f"organisations/{code}/edit", {"name": name})
        assert changed["name"] == name
        assert (await lab.get(f"organisations/{code}", on=before))["name"] == "示例支部"
    states = await lab.get(f"organisations/{code}/history")
    assert [(state["name"], state["since"], state["until"]) for state in states] == [
        ("示例支部（再更名）", day.isoformat(), None),
        ("示例支部", before, before),
    ]
    await lab.get(f"organisations/{code}", on=(day - timedelta(days=2)).isoformat(), expect=404)
    listed = await lab.get("organisations", on=before, kind="party_branch")
    assert [item["name"] for item in listed["items"]] == ["示例支部"]


async def test_two_who_change_it_at_once(lab: Partnership) -> None:
    code = await lab.organisation()
    version = (await lab.get(f"organisations/{code}"))["version"]
    tag = {"If-Match": f'"{version}"'}
    headers = lab.staff.writes(**tag)
    assert (await lab.api.post(f"organisations/{code}/edit", json={"name": "甲"}, headers=headers)).status_code == 200
    again = await lab.api.post(f"organisations/{code}/edit", json={"name": "甲"}, headers=headers)
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (200, "true")
    late = await lab.api.post(f"organisations/{code}/edit", json={"name": "乙"}, headers=lab.staff.writes(**tag))
    assert late.status_code == 412
    assert (await lab.get(f"organisations/{code}"))["name"] == "甲"


async def test_parents_make_a_tree_and_never_a_ring(lab: Partnership) -> None:
    committee = await lab.organisation("party_committee", "大党委")
    branch = await lab.organisation("party_branch", "支部", parent=committee)
    group = await lab.organisation("party_group", "小组", parent=branch)
    [root] = (await lab.get(f"places/{lab.place}/organisations/tree", family="party"))["roots"]
    assert (root["code"], root["below"][0]["code"], root["below"][0]["below"][0]["code"]) == (committee, branch, group)
    assert (await lab.get(f"organisations/{group}"))["line"] == [branch, committee]
    council = await lab.organisation("council", "议事会", parent=committee)
    for child, parent in ((committee, group), (branch, branch), (branch, council)):
        answer = await lab.post(f"organisations/{child}/edit", {"parent": parent}, expect=422)
        assert answer["code"] == "wrong_parent"
    await lab.post(f"organisations/{branch}/edit", {"parent": "nobody"}, expect=422)
    alone = await lab.post(f"organisations/{branch}/edit", {"parent": None})
    assert alone["parent"] is None


async def test_one_household_seen_from_every_tree(lab: Partnership) -> None:
    """A company answers for the community; who lives in a building of it sees that, and nobody from elsewhere does."""
    company = await lab.organisation("property_company", "示例物业")
    given = {"place": lab.place, "categories": ["WY", "JC05"], "order": 20}
    mandate = await lab.post(f"organisations/{company}/responsibilities", given, expect=201)
    serving = await lab.get(f"places/{lab.place}-B01/organisations", lab.resident)
    assert [(one["code"], one["categories"]) for one in serving] == [(company, ["WY", "JC05"])]
    chain = await lab.get("responsibility", lab.head, place=f"{lab.place}-B01", category="WY01")
    assert company in [link["organisation_code"] for link in chain["chain"]]
    assert company in [item["code"] for item in (await lab.get("organisations", lab.resident))["items"]]
    assert (await lab.get("organisations", lab.elsewhere))["items"] == []
    await lab.get(f"organisations/{company}", lab.elsewhere, expect=404)
    ended = await lab.post(f"mandates/{mandate['id']}/end", {"reason": "更换物业"})
    day = await _today(lab)
    assert ended["until"] == day.isoformat()
    tomorrow = (day + timedelta(days=1)).isoformat()
    assert await lab.get(f"places/{lab.place}-B01/organisations", lab.resident, on=tomorrow) == []
    await lab.post(f"mandates/{mandate['id']}/end", {"reason": "又一次"}, expect=409)


async def test_responsibilities_of_the_past_are_not_given(lab: Partnership) -> None:
    company = await lab.organisation("property_company", "示例物业")
    yesterday = (await _today(lab) - timedelta(days=1)).isoformat()
    body = {"place": lab.place, "categories": ["WY"], "since": yesterday}
    assert (await lab.post(f"organisations/{company}/responsibilities", body, expect=422))["code"] == "invalid"
    body = {"place": lab.place, "categories": ["WY"], "until": yesterday}
    assert (await lab.post(f"organisations/{company}/responsibilities", body, expect=422))["code"] == "invalid"
    body = {"place": lab.place, "categories": ["XX"]}
    assert (await lab.post(f"organisations/{company}/responsibilities", body, expect=422))["code"] == "unknown_category"


async def test_who_may(lab: Partnership) -> None:
    body = {"kind": "council", "name": "议事会", "place": lab.place}
    await lab.post("organisations", body, lab.head, expect=422)  # a place that is not theirs is not there for them
    await lab.post("organisations", body, somebody(lab.district, Role.POST_HOLDER, COMMUNITY), expect=403)
    await lab.post("organisations", body, lab.elsewhere, expect=422)
    code = await lab.organisation()
    await lab.post(f"organisations/{code}/edit", {"name": "x"}, lab.resident, expect=403)
    await lab.post(f"organisations/{code}/edit", {"name": "x"}, lab.elsewhere, expect=404)
    await lab.get(f"organisations/{code}", somebody(lab.district, Role.AUDITOR, COMMUNITY), expect=403)


async def test_members_come_and_go_and_are_masked(lab: Partnership) -> None:
    branch = await lab.organisation("party_branch", "支部")
    member = await lab.post(
        f"organisations/{branch}/members", {"person": str(lab.people[0]), "capacity": "组长"}, expect=201
    )
    assert (member["name"], member["capacity"]) == ("虚*", "组长")
    await lab.post(f"organisations/{branch}/members", {"person": str(lab.people[0])}, expect=409)
    await lab.post(f"organisations/{branch}/members", {"person": str(UUID(int=7))}, expect=422)
    for person in lab.people[1:4]:
        await lab.post(f"organisations/{branch}/members", {"person": str(person)}, expect=201)
    first = await lab.get(f"organisations/{branch}/members", limit=3)
    rest = await lab.get(f"organisations/{branch}/members", limit=3, cursor=first["next"])
    assert {one["person_id"] for one in first["items"] + rest["items"]} == {str(one) for one in lab.people[:4]}
    await lab.get(f"organisations/{branch}/members", lab.resident, expect=403)
    left = await lab.post(f"organisation-members/{member['id']}/leave", {"reason": "搬离"})
    assert left["until"] == (await _today(lab)).isoformat()
    await lab.post(f"organisation-members/{member['id']}/leave", {"reason": "搬离"}, expect=409)
    tomorrow = (await _today(lab) + timedelta(days=1)).isoformat()
    assert len((await lab.get(f"organisations/{branch}/members", on=tomorrow))["items"]) == 3


async def test_who_belonged_to_it_on_a_day_gone_by_stays(lab: Partnership) -> None:
    """Nobody joins or leaves before today (with yesterday at the earliest): those days have their answer."""
    branch, day = await lab.organisation("party_branch", "支部"), await _today(lab)
    yesterday, before = ((day - timedelta(days=n)).isoformat() for n in (1, 2))
    joins = {"person": str(lab.people[0]), "since": yesterday}
    assert (await lab.post(f"organisations/{branch}/members", joins, expect=422))["code"] == "invalid"
    member = await lab.post(f"organisations/{branch}/members", joins | {"since": day.isoformat()}, expect=201)
    await lab.nights(3)
    leaves = f"organisation-members/{member['id']}/leave"
    for last, status in ((before, 422), (yesterday, 200)):
        await lab.post(leaves, {"reason": "搬离", "last_day": last}, expect=status)
    assert [len((await lab.get(f"organisations/{branch}/members", on=on))["items"]) for on in (before, yesterday)] == [
        1, 1,
    ]  # fmt: skip
    assert (await lab.get(f"organisations/{branch}/members"))["items"] == []


async def test_nobody_joins_one_that_is_closed(lab: Partnership) -> None:
    """Who was to join next week does not; who belonged to it leaves with its last day."""
    branch, day = await lab.organisation("party_branch", "支部"), await _today(lab)
    soon = (day + timedelta(days=7)).isoformat()
    await lab.post(f"organisations/{branch}/members", {"person": str(lab.people[0]), "since": soon}, expect=201)
    await lab.post(f"organisations/{branch}/members", {"person": str(lab.people[1])}, expect=201)
    await lab.post(f"organisations/{branch}/close", {"reason": "撤销"})
    assert (await lab.get(f"organisations/{branch}/members", on=soon))["items"] == []
    [left] = (await lab.get(f"organisations/{branch}/members"))["items"]
    assert (left["person_id"], left["until"]) == (str(lab.people[1]), day.isoformat())


async def test_nothing_is_left_without_an_owner(lab: Partnership) -> None:
    """Closed only when a successor takes over what it answers for and what stands below it."""
    old, new = (
        await lab.organisation("property_company", "旧物业"),
        await lab.organisation("property_company", "新物业"),
    )
    below = await lab.organisation("property_company", "旧物业项目部", parent=old)
    await lab.post(f"organisations/{old}/responsibilities", {"place": lab.place, "categories": ["WY"]}, expect=201)
    refused = await lab.post(f"organisations/{old}/close", {"reason": "合同到期"}, expect=409)
    assert refused["code"] == "still_holds"
    closed = await lab.post(f"organisations/{old}/close", {"reason": "合同到期", "successor": new})
    day = await _today(lab)
    assert closed["until"] == day.isoformat()
    assert (await lab.get(f"organisations/{below}"))["parent"] == new
    tomorrow = (day + timedelta(days=1)).isoformat()
    [serving] = await lab.get(f"places/{lab.place}/organisations", on=tomorrow)
    assert serving["code"] == new
    [today_still] = await lab.get(f"places/{lab.place}/organisations")
    assert today_still["code"] == old
    assert old not in [item["code"] for item in (await lab.get("organisations"))["items"]]
    await lab.post(f"organisations/{old}/edit", {"name": "x"}, expect=409)
    assert [entry["event"] for entry in await lab.journal(closed["id"])] == [
        "organisation.create",
        "organisation.close",
    ]


async def test_a_closed_partner_is_offered_to_nobody(lab: Partnership) -> None:
    """Its projects are brought to an end first; what it offers goes off the list with it."""
    hospital = await lab.organisation()
    offered = await listing(lab, "resource", "每月义诊", "义诊", organisation=hospital)
    need = await listing(lab, "need", "义诊", "义诊")
    project = await lab.post(f"listings/{need['id']}/take", {"organisation": hospital})
    refused = await lab.post(f"organisations/{hospital}/close", {"reason": "撤销"}, expect=409)
    assert (refused["code"], "1 个项目" in refused["detail_zh"]) == ("still_holds", True)
    await lab.post(f"listings/{project['id']}/finish", {"result": "已义诊"})
    await lab.post(f"organisations/{hospital}/close", {"reason": "撤销"})
    assert await lab.post("capabilities/match", {"tags": ["义诊"], "place": lab.place}) == []
    assert (await lab.get(f"listings/{offered['id']}"))["step"] == "withdrawn"
    assert [entry["event"] for entry in await lab.journal(offered["id"])] == ["listing.create", "listing.withdraw"]


async def test_a_place_that_moves_takes_them_along(lab: Partnership) -> None:
    code = await lab.organisation("owners_committee", "业委会", place=f"{lab.place}-B01")
    operator = somebody(lab.district, Role.OPERATOR)
    await lab.post(f"places/{lab.place}-B01/move", {"parent": f"{lab.district}100002"}, operator)
    assert code in [item["code"] for item in (await lab.get("organisations", lab.elsewhere))["items"]]
    assert code not in [item["code"] for item in (await lab.get("organisations"))["items"]]
