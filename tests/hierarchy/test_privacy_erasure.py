"""Erasing a person, over the three real services: what stands in the way, what is left, and that it gets there."""

from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from services.hierarchy.appointments import service as appointments
from services.hierarchy.identity.service import Identity
from services.hierarchy.sessions import service as sessions
from shared.kernel.paths import ROOT
from shared.kernel.rights import Principal, Role
from shared.runtime.clients import ServiceClient
from shared.runtime.sealer import seal_once
from shared.runtime.verify import verify
from tests.hierarchy.small import loader
from tests.support.town import NAME, PHONE, SERVICES, Town, town_in
from tests.support.world import KEY, Somebody, somebody

WISH = {"reason": "搬离本区，申请注销"}


@pytest.fixture
async def town(database: dict[str, str], district: str) -> AsyncIterator[Town]:
    assert set(SERVICES) < set(database)
    async with town_in(district) as made:
        yield made


async def erase(town: Town, who: Somebody | None = None, **more: Any) -> httpx.Response:
    return await town.post("hierarchy", f"/people/{town.person}/erasure", who or town.admin, WISH | more)


async def test_a_person_is_gone_everywhere_and_the_chains_hold(town: Town) -> None:
    hierarchy = town.services["hierarchy"]
    identity: Identity = hierarchy.extras["identity"]
    async with hierarchy.work(Principal(town.district, str(town.person), "user")) as work:
        await sessions.open(work, identity, town.person, way="password", device="虚构居民甲的手机")
    figures = (
        "SELECT listed_as, party_member, count(*) FROM hierarchy.people WHERE district = $1 GROUP BY 1, 2 ORDER BY 1, 2"
    )
    before = await town.rows("hierarchy", figures)
    erased = await town.post("hierarchy", "/me/erasure", town.resident, WISH, "my-last-wish")
    assert (erased.status_code, erased.json()["carried_on_to"]) == (200, ["tickets", "events"]), erased.text
    again = await town.post("hierarchy", "/me/erasure", town.resident, WISH, "my-last-wish")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    await town.work()
    left = await town.everything()
    assert [trace for trace in (PHONE, NAME, "住三楼", "的手机") if trace in left] == []
    assert await town.rows("hierarchy", figures) == before
    [row] = await town.rows("hierarchy", "SELECT * FROM hierarchy.people WHERE district = $1 AND erased_at IS NOT NULL")
    assert (row["name"], row["phone"], row["phone_index"], row["attributes"]) == (None, None, None, {})
    assert (len(row["path"]), row["code"]) == (12, f"{town.district}-erased-{town.person}")
    assert (
        await town.rows("hierarchy", "SELECT 1 FROM hierarchy.sessions WHERE district = $1 AND ended_at IS NULL") == []
    )
    for name in SERVICES:
        kept = f"SELECT event FROM {name}.journal WHERE district = $1 AND event = 'personal.erased'"
        assert len(await town.rows(name, kept)) == 1
        assert (
            await town.rows(name, f"SELECT 1 FROM {name}.jobs WHERE district = $1 AND name LIKE '%.personal.erase'")
            == []
        )
        await seal_once(town.services[name])
        async with town.services[name].db.connection() as connection:
            verdict = await verify(connection, import_module(f"services.{name}.schema").SCHEMA, town.district)
        assert verdict.broken is None
    assert (await town.post("hierarchy", "/me/erasure", town.resident, WISH)).json()["code"] == "already_done"
    shown = await town.http["hierarchy"].get(
        f"/api/hierarchy/v1/people/{town.person}", headers=somebody(town.district, Role.OPERATOR).headers
    )
    assert (shown.json()["name"], shown.json()["phone"]) == ("已注销", None)


async def test_what_they_said_as_experts_and_did_as_learners_goes_too(town: Town) -> None:
    """Mentorings, opinions: that there was one stays, the words do not."""
    operator = somebody(town.district, Role.OPERATOR)
    others = "SELECT id FROM hierarchy.people WHERE district = $1 ORDER BY id"
    mentor = next(row["id"] for row in await town.rows("hierarchy", others) if row["id"] != town.person)
    contents: list[dict[str, Any]] = [
        {"kind": "opinion", "matter": "20261122-7K3F9Q", "field": "停车", "opinion": "我看可以单行"},
        {"kind": "mentoring", "mentor": str(mentor), "subject": "跟岗"},
    ]
    made = []
    for content in contents:
        body = {"person": str(town.person), "content": content}
        made.append((await town.post("hierarchy", "/records", operator, body)).json())
    pair = f"/records/{made[1]['id']}"
    assert (await town.post("hierarchy", f"{pair}/log", operator, {"what": "去了我家楼下"})).is_success
    assert (await town.post("hierarchy", f"{pair}/close", operator, {"reason": "我不学了"})).is_success
    said = ("我看可以单行", "去了我家楼下", "我不学了")
    assert [word for word in said if word in await town.everything()] == [*said]
    assert (await erase(town)).status_code == 200
    assert [word for word in said if word in await town.everything()] == []
    shown = (await town.get("hierarchy", f"/records/{made[0]['id']}", operator)).json()
    assert (shown["content"]["opinion"], shown["content"]["field"]) == ("已删除", "停车")


async def test_what_stands_in_the_way_is_named(town: Town) -> None:
    hierarchy = town.services["hierarchy"]
    reporting = {"title": "路灯不亮", "content": "三天了。", "place": f"{town.district}100001", "category": "JC05"}
    reported = await town.post("tickets", "/appeals", town.resident, reporting)
    assert reported.status_code == 201, reported.text
    async with loader(hierarchy, town.district) as work:
        await work.begin()
        post = await appointments.post(work, f"{town.district}100001-secretary")
        assert post is not None
        seat = {"post_id": post["id"], "person_id": town.person, "since": "2026-01-01", "until": None, "source": "推荐"}
        await appointments.put_appointments(work, [seat])
    refused = await erase(town)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_refused")
    assert refused.json()["why"] == ["posts_held", "appeals_open"]
    assert "请先办理卸任" in refused.json()["detail_zh"]
    withdrawn = await town.post("tickets", f"/appeals/{reported.json()['id']}/withdraw", town.resident, {})
    assert withdrawn.status_code == 200, withdrawn.text
    await town.rows("hierarchy", "UPDATE hierarchy.appointments SET until = '2026-02-01' WHERE district = $1")
    assert (await erase(town)).status_code == 200


async def test_who_may_erase(town: Town) -> None:
    for who in (somebody(town.district, Role.OPERATOR), town.resident, somebody(town.district, Role.COMMUNITY_STAFF)):
        assert (await erase(town, who)).status_code == 403
    elsewhere = somebody(town.district, Role.SECURITY_ADMIN, ROOT + "0009")
    assert (await erase(town, elsewhere)).status_code == 404
    assert (await erase(town, reason="")).status_code == 422
    assert NAME.encode().hex() not in await town.everything()


async def test_while_tickets_is_away_nobody_is_erased(town: Town) -> None:
    clients = town.services["hierarchy"].clients
    async with ServiceClient("http://127.0.0.1:1", "hierarchy", "tickets", KEY, deadline=30) as away:
        there, clients["tickets"] = clients["tickets"], away
        refused = await erase(town)
        clients["tickets"] = there
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    [row] = await town.rows(
        "hierarchy", "SELECT count(*) FROM hierarchy.people WHERE district = $1 AND erased_at IS NULL"
    )
    assert row[0] == 2


async def test_data_that_must_be_kept_is_shown_to_nobody(town: Town) -> None:
    stopped = await erase(town, way="stop")
    assert (stopped.status_code, stopped.json()["erased_at"]) == (200, None)
    why = {"reason_kind": "verify_identity", "reason": "窗口核对身份"}
    operator = somebody(town.district, Role.OPERATOR)
    refused = await town.post("hierarchy", f"/people/{town.person}/reveal", operator, why)
    assert (refused.status_code, refused.json()["code"]) == (409, "processing_stopped")
    searched = await town.post("hierarchy", "/people/search", operator, why | {"phone": PHONE})
    assert searched.json() == {"people": []}
    assert (await erase(town, way="stop")).json()["code"] == "already_done"
    assert (await erase(town)).status_code == 200
