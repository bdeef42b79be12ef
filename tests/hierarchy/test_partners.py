"""Agreements from draft to renewal, with the clock; the three lists, and who can give what is wanted."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.partnership import COMMUNITY, Partnership, found
from tests.hierarchy.small import loader
from tests.support.steps import run_due
from tests.support.world import somebody

MONTHLY = {"text": "每月开展一次联办活动", "at_least": 1, "per": "month"}


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


async def _day(lab: Partnership, days: int = 0) -> date:
    async with loader(lab.service, lab.district) as work:
        return work.today + timedelta(days=days)


async def drafted(lab: Partnership, starts: int = 0, ends: int = 364, **more: Any) -> dict[str, Any]:
    body = {
        "organisation": await lab.organisation(), "place": lab.place, "title": "党建共建协议（示例医院）",
        "clauses": [MONTHLY, {"text": "提供会议室", "kind": "resource"}],
        "starts_on": str(await _day(lab, starts)), "ends_on": str(await _day(lab, ends)),
    }  # fmt: skip
    made: dict[str, Any] = await lab.post("agreements", body | more, expect=201)
    return made


async def _time_passes(lab: Partnership, agreement: str, days: int) -> None:
    """Everything about an agreement happened so many days earlier, and what is due by then is due now."""
    await lab.sql(
        "UPDATE hierarchy.agreements SET starts_on = starts_on - $3::int, ends_on = ends_on - $3::int "
        "WHERE district = $1 AND id = $2::uuid", agreement, days,
    )  # fmt: skip
    await lab.sql(
        "UPDATE hierarchy.jobs SET due_at = due_at - make_interval(days => $3) "
        "WHERE district = $1 AND args->>'agreement_id' = $2", agreement, days,
    )  # fmt: skip
    await run_due(lab.service, lab.district)


async def test_from_draft_to_its_end(lab: Partnership) -> None:
    """Drafted, signed, begins by itself, is kept or not, is announced twice, and ends by itself."""
    made = await drafted(lab)
    path = f"agreements/{made['id']}"
    assert (made["step"], made["moves"]) == ("draft", ["edit", "sign", "withdraw"])
    await lab.post(f"{path}/edit", {"title": "共建协议"})
    await lab.post(f"{path}/sign")
    await run_due(lab.service, lab.district)
    running = await lab.get(path)
    assert (running["step"], running["days_left"]) == ("running", 365)
    body = {"clause": 1, "day": str(await _day(lab)), "note": "义诊一次"}
    kept = await lab.post(f"{path}/deliver", body)
    assert kept["clauses"][0]["periods"][0]["state"] == "met"
    assert [one["note"] for one in kept["deliveries"]] == ["义诊一次"]
    await _time_passes(lab, made["id"], 340)
    assert (await lab.get(path))["reminders"] == 1
    assert made["id"] in [one["id"] for one in (await lab.get("agreements", step="running", within=30))["items"]]
    await _time_passes(lab, made["id"], 20)
    assert (await lab.get(path))["reminders"] == 2
    await _time_passes(lab, made["id"], 10)
    over = await lab.get(path)
    assert (over["step"], over["days_left"], over["moves"]) == ("expired", 0, ["deliver", "renew"])
    events = [entry["event"] for entry in await lab.journal(made["id"])]
    assert events == [f"agreement.{move}" for move in (
        "draft", "edit", "sign", "begin", "deliver", "remind", "remind", "expire")]  # fmt: skip


async def test_a_renewal_is_the_next_draft(lab: Partnership) -> None:
    made = await drafted(lab)
    await lab.post(f"agreements/{made['id']}/sign")
    await run_due(lab.service, lab.district)
    terms = {"starts_on": str(await _day(lab, 365)), "ends_on": str(await _day(lab, 730))}
    following = await lab.post(f"agreements/{made['id']}/renew", terms)
    assert (following["step"], following["renews"]) == ("draft", made["id"])
    assert [one["text"] for one in following["clauses"]] == ["每月开展一次联办活动", "提供会议室"]
    before = await lab.get(f"agreements/{made['id']}")
    assert (before["step"], before["renewed_by"]) == ("renewed", following["id"])
    await lab.post(f"agreements/{made['id']}/renew", terms, expect=409)


async def renewed(lab: Partnership, ends: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A running agreement and the draft that is to follow it."""
    made = await drafted(lab, ends=ends)
    await lab.post(f"agreements/{made['id']}/sign")
    await run_due(lab.service, lab.district)
    terms = {"starts_on": str(await _day(lab, ends + 1)), "ends_on": str(await _day(lab, 730))}
    return made, await lab.post(f"agreements/{made['id']}/renew", terms)


async def test_a_renewal_that_is_withdrawn(lab: Partnership) -> None:
    """The partner does not sign after all: what runs runs on, keeps the partner, and may be renewed again."""
    made, following = await renewed(lab, 10)
    await lab.post(f"agreements/{following['id']}/withdraw", {"reason": "对方不再续签"})
    now = await lab.get(f"agreements/{made['id']}")
    assert (now["step"], now["renewed_by"], now["moves"]) == ("running", None, ["deliver", "renew", "terminate"])
    refused = await lab.post(f"organisations/{made['organisation']}/close", {"reason": "x"}, expect=409)
    assert refused["code"] == "still_holds"
    await run_due(lab.service, lab.district)
    assert (await lab.get(f"agreements/{made['id']}"))["reminders"] == 1  # it ends in ten days after all
    terms = {"starts_on": following["starts_on"], "ends_on": following["ends_on"]}
    again = await lab.post(f"agreements/{made['id']}/renew", terms)
    await lab.post(f"agreements/{again['id']}/sign")
    await lab.post(f"agreements/{again['id']}/terminate", {"reason": "对方又不续签"})  # before its first day
    await _time_passes(lab, made["id"], 11)
    assert (await lab.get(f"agreements/{made['id']}"))["step"] == "expired"
    assert [entry["event"] for entry in await lab.journal(made["id"])].count("agreement.resume") == 2


async def test_a_renewal_that_is_withdrawn_too_late(lab: Partnership) -> None:
    """Its last day came while it was taken for renewed: it has ended with that day."""
    made, following = await renewed(lab, 10)
    await _time_passes(lab, made["id"], 11)
    assert (await lab.get(f"agreements/{made['id']}"))["step"] == "renewed"
    await lab.post(f"agreements/{following['id']}/withdraw", {"reason": "对方不再续签"})
    await run_due(lab.service, lab.district)
    over = await lab.get(f"agreements/{made['id']}")
    assert (over["step"], over["moves"]) == ("expired", ["deliver", "renew"])


async def test_a_renewal_that_ran_and_is_terminated(lab: Partnership) -> None:
    """It did follow: the one before stays renewed."""
    made, following = await renewed(lab, 10)
    await lab.post(f"agreements/{following['id']}/sign")
    for agreement in (made["id"], following["id"]):
        await _time_passes(lab, agreement, 11)
    assert (await lab.get(f"agreements/{following['id']}"))["step"] == "running"
    await lab.post(f"agreements/{following['id']}/terminate", {"reason": "合作方改制"})
    assert (await lab.get(f"agreements/{made['id']}"))["step"] == "renewed"


async def test_at_a_closed_place_nothing_is_renewed(lab: Partnership) -> None:
    operator = somebody(lab.district, Role.OPERATOR)
    grid = await lab.post("places", {"parent": lab.place, "kind": "grid", "name": "第一网格"}, operator)
    made = await drafted(lab, place=grid["code"])
    path = f"agreements/{made['id']}"
    await lab.post(f"{path}/sign")
    await _time_passes(lab, made["id"], 400)
    await run_due(lab.service, lab.district)
    assert (await lab.get(path))["moves"] == ["deliver", "renew"]
    await lab.post(f"places/{grid['code']}/close", {"reason": "撤并"}, operator)
    assert (await lab.get(path))["moves"] == ["deliver"]
    terms = {"starts_on": str(await _day(lab)), "ends_on": str(await _day(lab, 300))}
    assert (await lab.post(f"{path}/renew", terms, expect=409))["code"] == "move_not_open"


async def test_what_was_terminated_is_left_alone_by_the_clock(lab: Partnership) -> None:
    made = await drafted(lab)
    await lab.post(f"agreements/{made['id']}/sign")
    await run_due(lab.service, lab.district)
    await lab.post(f"agreements/{made['id']}/terminate", {"reason": "合作方改制"})
    await _time_passes(lab, made["id"], 400)
    shown = await lab.get(f"agreements/{made['id']}")
    assert (shown["step"], shown["reminders"], shown["moves"]) == ("terminated", 0, [])
    async with lab.service.db.connection() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM hierarchy.jobs WHERE district = $1 AND args->>'agreement_id' = $2",
            lab.district, made["id"],
        )  # fmt: skip
    assert left == 0  # the jobs ran, found nothing to do, and none of them failed


async def test_what_an_agreement_refuses(lab: Partnership) -> None:
    made = await drafted(lab, starts=3)
    path = f"agreements/{made['id']}"
    await lab.post(f"{path}/deliver", {"clause": 1, "day": str(await _day(lab)), "note": "x"}, expect=409)
    await lab.post(f"{path}/sign")
    await run_due(lab.service, lab.district)
    assert (await lab.get(path))["step"] == "signed"  # its first day has not come
    await lab.post(f"{path}/begin", expect=404)  # nobody's move but the clock's
    await _time_passes(lab, made["id"], 5)
    assert (await lab.get(path))["step"] == "running"
    early = {"clause": 1, "day": str(await _day(lab, -5)), "note": "x"}
    assert (await lab.post(f"{path}/deliver", early, expect=409))["code"] == "not_in_force_then"
    ninth = {"clause": 9, "day": str(await _day(lab)), "note": "x"}
    assert (await lab.post(f"{path}/deliver", ninth, expect=422))["code"] == "unknown_clause"
    branch = await lab.organisation("party_branch", "支部")
    body = {"organisation": branch, "place": lab.place, "title": "x", "clauses": [MONTHLY],
            "starts_on": "2026-01-01", "ends_on": "2026-12-31"}  # fmt: skip
    assert (await lab.post("agreements", body, expect=409))["code"] == "no_partner"
    await lab.post("agreements", body | {"ends_on": "2025-12-31"}, expect=422)


async def test_a_partner_with_an_agreement_is_not_closed(lab: Partnership) -> None:
    made = await drafted(lab)
    refused = await lab.post(f"organisations/{made['organisation']}/close", {"reason": "x"}, expect=409)
    assert refused["code"] == "still_holds"
    await lab.post(f"agreements/{made['id']}/withdraw", {"reason": "改期"})
    await lab.post(f"organisations/{made['organisation']}/close", {"reason": "x"})


async def test_who_sees_agreements(lab: Partnership) -> None:
    made = await drafted(lab)
    await lab.get(f"agreements/{made['id']}", lab.elsewhere, expect=404)
    await lab.get(f"agreements/{made['id']}", lab.resident, expect=404)
    await lab.get(f"agreements/{made['id']}", somebody(lab.district, Role.RESIDENT, COMMUNITY), expect=403)
    holder = somebody(lab.district, Role.POST_HOLDER, COMMUNITY)
    assert (await lab.get(f"agreements/{made['id']}", holder))["moves"] == []
    await lab.post(f"agreements/{made['id']}/sign", {}, holder, expect=403)
    assert (await lab.get("agreements", lab.elsewhere))["items"] == []
    await lab.get("agreements", lab.resident, expect=403)


async def test_a_repeated_delivery_counts_once(lab: Partnership) -> None:
    made = await drafted(lab)
    await lab.post(f"agreements/{made['id']}/sign")
    await run_due(lab.service, lab.district)
    headers = lab.staff.writes()
    body = {"clause": 1, "day": str(await _day(lab)), "note": "义诊"}
    for _ in range(3):
        answer = await lab.api.post(f"agreements/{made['id']}/deliver", json=body, headers=headers)
        assert answer.status_code == 200
    assert (await lab.get(f"agreements/{made['id']}"))["clauses"][0]["done"] == 1


# --- the three lists ---------------------------------------------------------------------------------------------


async def listing(lab: Partnership, kind: str, title: str, *tags: str, **more: Any) -> dict[str, Any]:
    body = {"kind": kind, "place": lab.place, "title": title, "tags": tags} | more
    made: dict[str, Any] = await lab.post("listings", body, expect=201)
    return made


async def test_a_need_finds_a_partner_and_becomes_a_project(lab: Partnership) -> None:
    hospital, bank = await lab.organisation(), await lab.organisation("partner", "示例银行")
    resource = await listing(lab, "resource", "每月义诊一次", "义诊", organisation=hospital)
    await listing(lab, "resource", "场地", "场地", organisation=bank)
    need = await listing(lab, "need", "独居老人义诊", "义诊", "送药")
    matches = await lab.post("capabilities/match", {"need": need["id"]})
    assert [(one["organisation"], one["listing_id"]) for one in matches] == [(hospital, resource["id"])]
    assert matches[0]["reasons_zh"][0] == "能提供：义诊"
    asked = await lab.post("capabilities/match", {"tags": ["场地"], "place": lab.place})
    assert [one["organisation_name"] for one in asked] == ["示例银行"]
    project = await lab.post(f"listings/{need['id']}/take", {"organisation": hospital, "resource": resource["id"]})
    assert (project["kind"], project["step"], project["need_id"]) == ("project", "running", need["id"])
    assert (await lab.get(f"listings/{need['id']}"))["step"] == "taken"
    await lab.post(f"listings/{need['id']}/take", {"organisation": bank}, expect=409)
    assert [one["id"] for one in (await lab.get("listings", kind="project"))["items"]] == [project["id"]]
    await lab.post(f"listings/{project['id']}/release", {"reason": "人手不足"})
    assert (await lab.get(f"listings/{need['id']}"))["step"] == "open"
    again = await lab.post(f"listings/{need['id']}/take", {"organisation": hospital})
    await lab.post(f"listings/{again['id']}/finish", {"result": "已义诊 30 人"})
    assert (await lab.get(f"listings/{need['id']}"))["step"] == "done"


async def test_what_is_over_is_offered_to_nobody(lab: Partnership) -> None:
    """With no day asked for: what lasts until today or begins tomorrow is offered, what ended yesterday is not."""
    hospital = await lab.organisation()
    terms = {"ended": {"until": -1}, "ends": {"until": 0}, "begins": {"since": 1}, "always": {}}
    for title, term in terms.items():
        days = {name: str(await _day(lab, days)) for name, days in term.items()}
        await listing(lab, "resource", title, "义诊", organisation=hospital, **days)
    found_ = await lab.post("capabilities/match", {"tags": ["义诊"], "place": lab.place})
    assert {one["title"] for one in found_} == {"ends", "begins", "always"}


async def test_only_needs_are_taken_and_only_own_resources_used(lab: Partnership) -> None:
    hospital, bank = await lab.organisation(), await lab.organisation("partner", "示例银行")
    resource = await listing(lab, "resource", "义诊", "义诊", organisation=hospital)
    await lab.post(f"listings/{resource['id']}/take", {"organisation": hospital}, expect=409)
    need = await listing(lab, "need", "义诊", "义诊")
    stolen = {"organisation": bank, "resource": resource["id"]}
    assert (await lab.post(f"listings/{need['id']}/take", stolen, expect=422))["code"] == "unknown_listing"
    assert (await lab.get("listings", kind="project"))["items"] == []
    await lab.post("listings", {"kind": "resource", "place": lab.place, "title": "x", "tags": ["x"]}, expect=422)
    await lab.post("capabilities/match", {"need": resource["id"]}, expect=422)
    await lab.post("capabilities/match", {"tags": ["义诊"]}, expect=422)
    assert (await lab.get("listings", tag="义诊", kind="need"))["items"][0]["id"] == need["id"]
    changed = await lab.post(f"listings/{need['id']}/edit", {"tags": ["理发"], "detail": "每月一次"})
    assert (changed["tags"], changed["detail"], changed["title"]) == (["理发"], "每月一次", "义诊")


async def test_partners_of_the_article(api: httpx.AsyncClient, users: list[object]) -> None:
    """东湖路大党委: 市直工委 and 市供排水公司 renew infrastructure, 市委党校 teaches; a need for it finds them."""
    assert users
    staff = somebody("341702", Role.COMMUNITY_STAFF)
    found_ = await api.get("listings", headers=staff.headers, params={"kind": "resource"})
    offers = {(one["organisation_name"], one["title"]) for one in found_.json()["items"]}
    assert offers == {
        ("市人大", "结对帮扶困难家庭"), ("市委组织部", "指导"), ("市直工委", "基础设施改造"),
        ("市供排水公司", "基础设施改造"), ("市委党校", "教育资源"),
    }  # fmt: skip
    body = {"tags": ["基础设施改造"], "place": "341702010005"}
    matches = await api.post("capabilities/match", json=body, headers=staff.headers)
    assert {one["organisation_name"] for one in matches.json()} == {"市直工委", "市供排水公司"}


async def test_a_need_is_taken_once(lab: Partnership) -> None:
    partners = [await lab.organisation("partner", f"示例单位{n}") for n in range(4)]
    need = await listing(lab, "need", "义诊", "义诊")
    path = f"listings/{need['id']}/take"
    answers = await asyncio.gather(
        *(lab.api.post(path, json={"organisation": one}, headers=lab.staff.writes()) for one in partners)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len((await lab.get("listings", kind="project"))["items"]) == 1
