"""A community's way of organising itself, over HTTP: uploaded, looked at, tried out, brought into force, replaced."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.structures.document import COMMUNITIES
from shared.kernel.periods import CHINA
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small
from tests.hierarchy.tree_scene import Scene, nights_pass
from tests.support.world import Somebody, somebody

TODAY = datetime.now(CHINA).date()
COMMUNITY = "000100010001"


def text(district: str, number: int = 2, *, since: date = TODAY, seats: int = 1, name: str = "示例新架构") -> str:
    return f"""
name = "{name}"
version = {number}
in_force = {since.isoformat()}
place = "{district}100001"
levels = [
  {{ key = "community", name = "社区", kind = "place", of = "community" }},
  {{ key = "building", name = "楼栋", kind = "place", of = "building" }},
]
posts = [
  {{ key = "building_head", name = "楼栋长", level = "building", role = "building_head", appointed_by = "社区" }},
  {{ key = "secretary", name = "书记", level = "community", role = "community_staff", appointed_by = "街道" }},
]
quotas = [
  {{ kind = "seats", post = "building_head", place = "building", min = 0, max = {seats}, source = "示例" }},
]
"""


class Town:
    def __init__(self, api: httpx.AsyncClient, district: str) -> None:
        self.api, self.district = api, district
        self.operator = somebody(district, Role.OPERATOR)
        self.staff = somebody(district, Role.COMMUNITY_STAFF, COMMUNITY)
        self.resident = somebody(district, Role.RESIDENT, COMMUNITY)
        self.code = f"{district}100001"

    async def post(
        self, path: str, body: dict[str, Any], who: Somebody | None = None, status: int = 200, seen: int | None = None
    ) -> dict[str, Any]:
        headers = (who or self.operator).writes() | ({"If-Match": f'"{seen}"'} if seen else {})
        answer = await self.api.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def get(self, path: str, who: Somebody | None = None, status: int = 200, **params: Any) -> dict[str, Any]:
        answer = await self.api.get(path, headers=(who or self.operator).headers, params=params)
        assert answer.status_code == status, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def upload(self, **options: Any) -> dict[str, Any]:
        return await self.post("structures", {"text": text(self.district, **options)}, status=201)

    async def activate(self, version: dict[str, Any], status: int = 200, **body: Any) -> dict[str, Any]:
        return await self.post(f"structures/versions/{version['id']}/activate", body, status=status)

    async def in_force(self, on: date) -> tuple[int, str]:
        shown = await self.get(f"structures/{self.code}", on=on.isoformat())
        return shown["version"], shown["document"]["name"]


@pytest.fixture
async def town(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Town:
    await load_small(hierarchy, district)
    return Town(api, district)


async def test_a_draft_comes_into_force_and_takes_over(town: Town) -> None:
    draft = await town.upload()
    assert (draft["step"], draft["number"], draft["moves"]) == ("draft", 2, ["activate", "withdraw"])
    assert await town.in_force(TODAY) == (1, "示例架构")

    active = await town.activate(draft)
    assert (active["step"], active["in_force"], active["moves"]) == ("active", TODAY.isoformat(), [])
    assert await town.in_force(TODAY) == (2, "示例新架构")
    listed = await town.get(f"structures/{town.code}/versions")
    assert [(one["number"], one["step"], one["until"]) for one in listed["items"]] == [
        (2, "active", None),
        (1, "superseded", (TODAY - timedelta(days=1)).isoformat()),
    ]


async def test_what_was_asked_about_days_gone_by_is_answered_as_before(town: Town) -> None:
    """A version that is activated late begins that day, whatever day its document wishes for."""
    past = [TODAY - timedelta(days=days) for days in (1, 30, 400)]
    before = [await town.in_force(day) for day in past]
    for number in (2, 3, 4):
        await town.activate(await town.upload(number=number, since=date(2024, 6, 1), name=f"第{number}版"))
        assert [await town.in_force(day) for day in past] == before
        assert await town.in_force(TODAY) == (number, f"第{number}版")


async def test_the_seats_of_a_council_are_held_against_the_structure(town: Town) -> None:
    """What a charter makes beyond the quota is seen before anybody sits there, and what it lacks as well."""
    post = '{ key = "seat_police", name = "公安席", level = "community", role = "department", appointed_by = "公安" },'
    quota = '{ kind = "seats", post = "seat_police", organisation = "council", min = 1, max = 2, source = "章程" },'
    written = (
        text(town.district).replace("posts = [", f"posts = [\n  {post}").replace("quotas = [", f"quotas = [\n  {quota}")
    )
    await town.activate(await town.post("structures", {"text": written}, status=201))
    body = {"kind": "council", "name": "示例议事会", "place": town.code}
    council = (await town.post("organisations", body, status=201))["code"]

    async def told(seats: int, key: str = "seat_police") -> list[tuple[str, str, int, bool]]:
        charter = {"seats": [{"key": key, "label": "公安", "seats": seats}]}
        await town.post(f"bodies/{council}/charter", {"charter": charter})
        items = (await town.get(f"structures/{town.code}/linter"))["items"]
        return [(one["rule"], one["expected"], one["found"], one["hard"]) for one in items if one["subject"] == council]

    vacant = ("vacancy", "1–2", 0, False)
    assert await told(3) == [vacant, ("spare", "1–2", 3, False)]
    assert await told(2) == [vacant]
    assert await told(1, "seat_other") == [vacant]


async def test_a_version_for_a_day_to_come_waits_for_it(town: Town) -> None:
    soon = TODAY + timedelta(days=10)
    await town.activate(await town.upload(since=soon))
    assert await town.in_force(soon - timedelta(days=1)) == (1, "示例架构")
    assert await town.in_force(soon) == (2, "示例新架构")
    refused = await town.activate(await town.upload(number=3), status=409)
    assert (refused["code"], refused["number"], refused["on"]) == ("later_version", 2, soon.isoformat())


async def labels(town: Town) -> list[tuple[int, str]]:
    """Each version's number and how it is said to stand today, without days."""
    listed = await town.get(f"structures/{town.code}/versions")
    return [(one["number"], re.sub(r"（.*）", "", one["step_label"])) for one in listed["items"]]


async def test_what_is_in_force_today_is_called_so_though_another_waits(town: Town) -> None:
    waiting = await town.activate(await town.upload(since=TODAY + timedelta(days=10)))
    assert (waiting["step_label"].endswith("日起）"), waiting["moves"]) == (True, ["withdraw"])
    assert await labels(town) == [(2, "待生效"), (1, "现行")]
    last = await town.get(f"structures/{town.code}/versions")
    assert last["items"][1]["step_label"].startswith("现行（至 ")


async def test_what_waits_is_withdrawn_and_the_one_before_goes_on(town: Town) -> None:
    first, second = TODAY + timedelta(days=10), TODAY + timedelta(days=20)
    waiting = await town.activate(await town.upload(since=first))
    later = await town.activate(await town.upload(number=3, since=second))
    assert await labels(town) == [(3, "待生效"), (2, "待生效"), (1, "现行")]
    paths = [f"structures/versions/{one['id']}/withdraw" for one in (waiting, later)]
    refused = await town.post(paths[0], {"reason": "改期"}, status=409)
    assert refused["code"] == "move_not_open"  # the later one has taken over from it already
    await town.post(paths[1], {"reason": "改期"}, town.staff, status=403)
    await town.post(paths[1], {"reason": "改期"})
    assert await labels(town) == [(3, "已撤回"), (2, "待生效"), (1, "现行")]
    assert await town.in_force(second) == (2, "示例新架构")
    gone = await town.post(paths[0], {"reason": "改期"})
    assert (gone["step"], gone["moves"]) == ("withdrawn", [])
    listed = await town.get(f"structures/{town.code}/versions")
    assert [(one["number"], one["step"], one["until"]) for one in listed["items"]] == [
        (3, "withdrawn", None), (2, "withdrawn", None), (1, "active", None),
    ]  # fmt: skip
    assert await town.in_force(second) == (1, "示例架构")
    today = await town.activate(await town.upload(number=4))
    assert (today["step_label"], today["moves"]) == ("现行", [])
    begun = f"structures/versions/{today['id']}/withdraw"
    assert (await town.post(begun, {"reason": "改期"}, status=409))["code"] == "move_not_open"


async def test_of_two_that_were_to_begin_on_one_day_the_first_is_back(town: Town) -> None:
    soon = TODAY + timedelta(days=10)
    await town.activate(await town.upload(since=soon))
    second = await town.activate(await town.upload(number=3, since=soon))
    assert await labels(town) == [(3, "待生效"), (2, "已被替代"), (1, "现行")]
    await town.post(f"structures/versions/{second['id']}/withdraw", {"reason": "改期"})
    assert await labels(town) == [(3, "已撤回"), (2, "待生效"), (1, "现行")]
    assert await town.in_force(soon) == (2, "示例新架构")


async def test_numbers_are_never_used_twice_and_a_withdrawn_draft_is_gone(town: Town) -> None:
    draft = await town.upload()
    refused = await town.post("structures", {"text": text(town.district)}, status=409)
    assert refused["code"] == "version_there"
    gone = await town.post(f"structures/versions/{draft['id']}/withdraw", {"reason": "改为下一版"})
    assert (gone["step"], gone["moves"]) == ("withdrawn", [])
    assert (await town.activate(draft, status=409))["code"] == "move_not_open"


async def test_a_repeated_upload_is_one_version(town: Town) -> None:
    headers = town.operator.writes()
    body = {"text": text(town.district)}
    answers = [await town.api.post("structures", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    activation = town.operator.writes()
    path = f"structures/versions/{answers[0].json()['id']}/activate"
    again = [await town.api.post(path, json={}, headers=activation) for _ in range(2)]
    assert [(one.status_code, one.json()["number"], one.json()["step"]) for one in again] == [(200, 2, "active")] * 2


async def test_a_stale_etag_activates_nothing(town: Town) -> None:
    draft = await town.upload()
    path = f"structures/versions/{draft['id']}/activate"
    refused = await town.post(path, {}, status=412, seen=7)
    assert refused["code"] == "precondition_failed"
    await town.post(path, {}, seen=draft["version"])


async def test_what_is_there_stands_in_the_way_until_it_is_accepted_with_a_reason(town: Town) -> None:
    draft = await town.upload(seats=0)
    linted = await town.get(f"structures/versions/{draft['id']}/linter")
    [breach] = [one for one in linted["items"] if one["hard"]]
    assert (breach["rule"], breach["expected"], breach["found"], breach["source"]) == ("seats", "0", 1, "示例")
    refused = await town.activate(draft, status=409)
    assert (refused["code"], refused["breaches"]) == ("structure_breached", {"seats": 1})
    assert (await town.activate(draft, status=422, accept_violations=True))["code"] == "invalid"
    active = await town.activate(draft, accept_violations=True, reason="过渡期内逐步调整")
    assert active["step"] == "active"


async def test_a_version_of_a_place_that_is_gone_is_gone_with_it(town: Town) -> None:
    """Whoever took the place in has a structure of its own."""
    [version] = (await town.get(f"structures/{town.code}/versions"))["items"]
    await town.post(f"places/{town.code}/merge", {"into": f"{town.district}100002", "reason": "合并"})
    assert (await town.get(f"structures/versions/{version['id']}", status=404))["code"] == "not_found"


async def test_mistakes_are_named_with_their_lines(town: Town) -> None:
    broken = text(town.district).replace('role = "community_staff"', 'role = "king"')
    refused = await town.post("structures", {"text": broken}, status=422)
    assert refused["code"] == "structure_invalid"
    [mistake] = refused["errors"]
    line = broken.splitlines()[mistake["line"] - 1]
    assert '"king"' in line
    assert (mistake["at"], bool(mistake["zh"]), bool(mistake["en"])) == ("/posts/1/role", True, True)


@pytest.mark.parametrize("place", ["999999100001", "341702010005"])
async def test_a_place_that_is_not_ones_own_does_not_exist(town: Town, place: str) -> None:
    other = text(town.district).replace(f'place = "{town.code}"', f'place = "{place}"')
    refused = await town.post("structures", {"text": other}, status=422)
    assert refused["code"] == "unknown_place"


async def test_who_may_do_what(town: Town) -> None:
    body = {"text": text(town.district)}
    for who in (town.staff, town.resident):
        assert (await town.post("structures", body, who, 403))["code"] == "forbidden"
    draft = await town.upload()
    assert (await town.post(f"structures/versions/{draft['id']}/activate", {}, town.staff, 403))["code"]
    await town.get(f"structures/versions/{draft['id']}", town.resident)
    await town.get(f"structures/{town.code}/linter", town.resident, 403)
    await town.get(f"structures/{town.code}/linter", town.staff)
    elsewhere = somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")
    await town.get(f"structures/{town.code}/linter", elsewhere, 404)
    await town.get(f"structures/versions/{draft['id']}", elsewhere, 404)


async def test_the_linter_finds_vacancies_and_pages_through_them(town: Town) -> None:
    linted = await town.get(f"structures/{town.code}/linter", town.staff)
    assert (linted["hard"], linted["soft"], linted["counts"]) == (0, 1, {"vacancy": 1})
    [vacant] = linted["items"]
    assert vacant["subject"] == f"{town.district}100001-secretary"
    assert (await town.get(f"structures/{town.code}/linter", rule="span"))["items"] == []
    assert (await town.get(f"structures/{town.code}/linter", status=422, rule="beauty"))["code"] == "invalid"


async def test_a_what_if_shows_before_and_after_and_writes_nothing(town: Town) -> None:
    head = f"{town.district}100001-B01-building_head"
    journal = await town.get(f"structures/{town.code}/versions")
    trial = {
        "place": town.code,
        "text": text(town.district),
        "changes": [
            {"op": "add_post", "post": "second", "kind": "building_head", "place": f"{town.district}100001-B01",
             "holder": "somebody"},
            {"op": "fill_post", "post": f"{town.district}100001-secretary", "holder": "somebody"},
        ],
    }  # fmt: skip
    tried = await town.post("structures/what-if", trial, town.staff)
    assert (tried["before"]["number"], tried["after"]["number"]) == (1, 2)
    assert tried["before"]["counts"] == {"vacancy": 1}
    assert tried["after"]["counts"] == {"seats": 1}
    assert [one["rule"] for one in tried["added"]] == ["seats"]
    assert [one["subject"] for one in tried["gone"]] == [f"{town.district}100001-secretary"]
    assert await town.get(f"structures/{town.code}/versions") == journal
    gone = {"place": town.code, "changes": [{"op": "drop_post", "post": head}, {"op": "drop_post", "post": head}]}
    refused = await town.post("structures/what-if", gone, town.staff, 422)
    assert (refused["code"], refused["number"], refused["what"]) == ("unknown_in_change", 2, head)
    assert (await town.post("structures/what-if", {"place": town.code}, town.staff, 422))["code"] == "invalid"


# --- the five communities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["the building moved", "the community was merged"])
async def test_what_held_on_a_day_gone_by_stays(town: Town, hierarchy: Service, what: str) -> None:
    """By the tree as it was: whatever moves or ends since."""
    building, day = f"{town.code}-B01", (TODAY - timedelta(days=2)).isoformat()
    await nights_pass(Scene(town.api, hierarchy, town.district, town.operator), 5)
    then = await town.get(f"structures/{building}", on=day)
    neighbours = f"{town.district}100002"
    if what == "the building moved":
        await town.post(f"places/{building}/move", {"parent": neighbours})
    else:
        await town.post(f"places/{town.code}/merge", {"into": neighbours})
    assert await town.get(f"structures/{building}", on=day) == then
    await town.get(f"structures/{building}", status=404)  # the neighbours have none


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize("place", ["341702010005", "370704", "430304004", "141021100002", "620421103015"])
async def test_a_shipped_community_breaches_nothing_hard(api: httpx.AsyncClient, place: str) -> None:
    linted = await Town(api, place[:6]).get(f"structures/{place}/linter")
    assert linted["hard"] == 0, linted["items"]


@pytest.mark.usefixtures("users")
async def test_a_reorganisation_of_fangzi_is_tried_out(api: httpx.AsyncClient) -> None:
    """Two grids into one: a worker, a branch and a parlour too many, and no household is lost sight of."""
    town = Town(api, "370704")
    change = {"op": "merge_places", "place": "370704003900002", "into": "370704003900001"}
    tried = await town.post("structures/what-if", {"place": "370704", "changes": [change]})
    assert {(one["rule"], one["subject"], one["found"]) for one in tried["added"]} == {("seats", "370704003900001", 2)}
    assert {word for word in ("网格员", "支部", "客厅") for one in tried["added"] if word in one["zh"]} == {
        "网格员", "支部", "客厅"
    }  # fmt: skip
    assert tried["before"]["spans"] == tried["after"]["spans"]


@pytest.mark.usefixtures("users")
async def test_a_shipped_file_can_be_tried_as_it_is_written(api: httpx.AsyncClient) -> None:
    """With a span of its own for heads: 40 households at most instead of 50."""
    written = (COMMUNITIES / "fangzi.toml").read_text(encoding="utf-8")
    stricter = written.replace("min = 30, max = 50", "min = 30, max = 40")
    tried = await Town(api, "370704").post("structures/what-if", {"place": "370704", "text": stricter})
    over = tried["after"]["counts"]["span"]
    assert over == 2 * (1373 // 5)  # every fourth and fifth building of five has 44 or 50
    assert len(tried["added"]) == 500
    assert all(one["expected"] == "30–40" and one["found"] > 40 for one in tried["added"])
