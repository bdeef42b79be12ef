"""Who may be named by id: whoever one may read, and whoever holds a post nearby. For all others an id tells nothing."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.people import service as people
from shared.kernel.paths import ROOT
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import COMMUNITY, OTHER, Station, open_station, tomorrow
from tests.hierarchy.small import PHONE, loader
from tests.support.world import Somebody, somebody

NOBODY = "00000000-0000-7000-8000-000000000001"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHERE = "UPDATE hierarchy.people SET path = $3 WHERE district = $1 AND id = $2"


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    return await open_station(api, hierarchy, district)


async def lists(station: Station) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every list that takes a person's id: its path, and the rest of its body."""
    place = f"{station.district}100001"
    roster = (await station.done("rosters", {"name": "示例值班表", "venue": station.id}))["id"]
    await station.done(f"rosters/{roster}/members", {"person": str((await station.person()).id), "label": "社工"})
    body = {"kind": "residents_committee", "name": "示例居委会", "place": place}
    council = (await station.done("organisations", body))["code"]
    charter = {"seats": [{"key": "seat_member", "label": "委员", "seats": 9}]}
    await station.done(f"bodies/{council}/charter", {"charter": charter})
    post = f"{place}-secretary"
    return {
        "roster": (f"rosters/{roster}/members", {"label": "社工"}),
        "seat": (f"bodies/{council}/seats", {"seat": "seat_member", "source": "选举"}),
        "member": (f"organisations/{council}/members", {"capacity": "委员"}),
        "expert": ("experts", {"place": place, "fields": ["法律"]}),
        "report_in": ("report-ins", {"place": place, "unit_name": "示例银行"}),
        "candidacy": ("candidacies", {"post": post, "origin": "recruited"}),
    }


async def test_an_id_from_elsewhere_is_as_good_as_none(station: Station) -> None:
    away = (await station.person("虚构隔壁人")).id
    await station.sql(_WHERE, station.district, away, OTHER)
    for name, (path, body) in (await lists(station)).items():
        answers = [await station.post(path, body | {"person": who}) for who in (str(away), NOBODY)]
        said = [
            (one.status_code, one.json()["code"], one.json()["detail"].replace(str(away), NOBODY)) for one in answers
        ]
        assert said[0][:2] == (422, "unknown_person"), (name, answers[0].text)
        assert said[0] == said[1]
        assert "虚构隔壁人" not in answers[0].text


async def test_whoever_holds_a_post_there_is_named_wherever_they_are_listed(station: Station) -> None:
    async with loader(station.service, station.district) as work:
        head = await people.by_phone(work, station.service.vault, PHONE)
    assert head is not None
    await station.sql(_WHERE, station.district, head["id"], OTHER)
    for name, (path, body) in (await lists(station)).items():
        answer = await station.post(path, body | {"person": str(head["id"])})
        assert answer.is_success, (name, answer.text)


async def test_a_successor_is_named_by_the_same_rule(station: Station) -> None:
    roster = (await station.done("rosters", {"name": "示例值班表", "venue": station.id}))["id"]
    giver, away = await station.person(), (await station.person("虚构隔壁人")).id
    await station.done(f"rosters/{roster}/members", {"person": str(giver.id), "label": "社工"})
    await station.sql(_WHERE, station.district, away, OTHER)
    body = {"person": str(giver.id), "successor": str(away), "since": tomorrow(station.service).isoformat()}
    refused = await station.post(f"rosters/{roster}/hand-over", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_person")
    operator = somebody(station.district, Role.OPERATOR, ROOT)
    assert (await station.post(f"rosters/{roster}/hand-over", body, operator)).is_success


async def refusals(station: Station, path: str, bodies: list[dict[str, Any]], who: Somebody) -> list[str]:
    """What each is told, without the ids."""
    answers = [await station.post(path, body, who) for body in bodies]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "unknown_person")}
    return [_ID.sub("", one.json()["detail"]) for one in answers]


async def test_whoever_scores_is_named_by_the_same_rule(station: Station) -> None:
    """Three people of the community, one from elsewhere, one whom nobody knows."""
    raters = {party: str((await station.person()).id) for party in ("served", "branch", "owners")}
    away = (await station.person("虚构隔壁人")).id
    await station.sql(_WHERE, station.district, away, OTHER)
    post = f"{station.district}100001-secretary"
    body = {"subject_kind": "post", "subject": post, "year": 2026, "due_on": "2199-12-31", "raters": raters}
    bodies = [body | {"raters": raters | {"owners": who}} for who in (str(away), NOBODY)]
    first, second = await refusals(station, "evaluations", bodies, station.staff)
    assert first == second
    await station.done("evaluations", body)


async def test_a_role_is_given_to_whom_the_administrator_may_name(station: Station) -> None:
    """Who is listed below their place, or holds a post there; an id from elsewhere is as good as none."""
    here, away = (await station.person()).id, (await station.person("虚构隔壁人")).id
    async with loader(station.service, station.district) as work:
        head = await people.by_phone(work, station.service.vault, PHONE)
    assert head is not None
    for who in (away, head["id"]):
        await station.sql(_WHERE, station.district, who, OTHER)
    admin = somebody(station.district, Role.SECURITY_ADMIN, COMMUNITY)
    body = {"role": "partner", "place": f"{station.district}100001"}
    bodies = [body | {"person": who} for who in (str(away), NOBODY)]
    first, second = await refusals(station, "grants", bodies, admin)
    assert first == second
    for who in (here, head["id"]):
        await station.done("grants", body | {"person": str(who)}, admin)
    await station.done("grants", body | {"person": str(away)}, somebody(station.district, Role.SECURITY_ADMIN))


async def test_whoever_wants_to_be_left_alone_is_put_on_no_list(station: Station) -> None:
    quiet = (await station.person()).id
    security = somebody(station.district, Role.SECURITY_ADMIN)
    await station.done(f"people/{quiet}/erasure", {"way": "stop", "reason": "本人要求停止处理"}, security)
    for name, (path, body) in (await lists(station)).items():
        refused = await station.post(path, body | {"person": str(quiet)})
        assert (refused.status_code, refused.json()["code"]) == (409, "processing_stopped"), (name, refused.text)


async def test_nobody_of_no_name_is_on_duty_for_all_to_see(station: Station) -> None:
    """Who asked not to be shown is not on the page behind the code; that somebody is there, and the number, is."""
    roster = (await station.done("rosters", {"name": "示例值班表", "venue": station.id, "phone": "02500000000"}))["id"]
    keeper = (await station.person("虚构值班员")).id
    await station.done(f"rosters/{roster}/members", {"person": str(keeper), "label": "社区工作者"})
    sql = """INSERT INTO hierarchy.shifts (district, id, roster_id, person_id, label, begins_at, ends_at, step)
        VALUES ($1, gen_random_uuid(), $2, $3, '社区工作者', now() - interval '1 hour', now() + interval '1 hour',
        'published')"""
    await station.sql(sql, station.district, UUID(roster), keeper)
    rules = {"title": "有事找谁", "public": True, "names": "full"}
    await station.done(f"places/{station.district}100001/contact-sheet/rules", rules)
    page = f"contact-sheets/{station.district}/{station.district}100001"
    assert "虚构值班员" in (await station.api.get(page)).text
    security = somebody(station.district, Role.SECURITY_ADMIN)
    await station.done(f"people/{keeper}/erasure", {"way": "stop", "reason": "本人要求停止处理"}, security)
    after = (await station.api.get(page)).text
    assert ("虚构" in after, "02500000000" in after, "社区工作者" in after) == (False, True, True)
