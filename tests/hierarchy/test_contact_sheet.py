"""Contact sheets: who answers for this door, as far as the reader may see; on paper, behind the QR code, right now."""

import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.hierarchy.contact_sheets import page
from shared.kernel.paths import child
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.keeping import BUILDING, COMMUNITY, Station, open_station, still
from tests.hierarchy.small import PHONE, load_small, place
from tests.hierarchy.test_rosters import begin_now, crew_of
from tests.support.world import somebody

RULES = {
    "title": "便民服务电话一览表",
    "intro": "先找最近的人。",
    "numbers": ["building_head"],
    "lines": [{"label": "供暖报修", "number": "12345"}],
}


@pytest.fixture
async def station(api: httpx.AsyncClient, hierarchy: Service, district: str) -> Station:
    made = await open_station(api, hierarchy, district)
    await load_small(
        hierarchy,
        district,
        place(district, f"{district}100001-B01-H0001", f"{district}100001-B01", "household", "101室"),
    )
    return made


def door(station: Station) -> str:
    return f"{station.district}100001-B01"


async def publish(station: Station, **more: Any) -> None:
    """Says what sheets show, by whoever has read what they show so far."""
    path = f"places/{station.district}100001/contact-sheet/rules"
    before = await station.api.get(path, headers=station.staff.headers)
    answer = await station.post(path, RULES | more, matching=before.headers.get("etag"))
    assert answer.is_success, answer.text


async def page_of(station: Station, code: str | None = None) -> httpx.Response:
    return await station.api.get(f"contact-sheets/{station.district}/{code or door(station)}")


class _Seen(HTMLParser):
    """Tags and attributes of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def seen(html: str) -> _Seen:
    found = _Seen()
    found.feed(html)
    return found


async def test_the_chain_from_the_doorstep_outwards(station: Station) -> None:
    sheet = await station.get(f"places/{door(station)}/contact-sheet", station.resident)
    assert [(one["order"], one["post_name"], one["vacant"], one["matters"]) for one in sheet["entries"]] == [
        (1, "楼栋长", False, []), (2, "书记", True, ["基础设施", "困难帮扶"]),
    ]  # fmt: skip
    assert (sheet["entries"][0]["name"], sheet["entries"][0]["place"]["code"]) == ("虚构楼栋长", door(station))
    assert [desk["hours_in_words"] for desk in sheet["desks"]] == ["", "每天 8:00–21:00"]
    assert sheet["now"] is None


async def test_numbers_by_role_and_by_what_the_community_says(station: Station) -> None:
    path = f"places/{door(station)}/contact-sheet"

    async def shown(who: Any) -> tuple[str | None, bool, str]:
        sheet = await station.get(path, who)
        return sheet["entries"][0]["phone"], sheet["entries"][0]["phone_public"], sheet["audience"]

    assert await shown(station.resident) == (None, False, "public")
    assert await shown(station.head) == (f"{PHONE[:3]}****{PHONE[-4:]}", False, "posts")
    await publish(station)
    assert await shown(station.resident) == (PHONE, True, "public")
    await publish(station, names="family", numbers=[])
    sheet = await station.get(path, station.resident)
    assert (sheet["entries"][0]["name"], sheet["entries"][0]["phone"]) == ("虚*", None)
    assert (await station.get(path, station.head))["entries"][0]["name"] == "虚构楼栋长"


async def test_a_number_of_the_post_is_public_whoever_holds_it(station: Station) -> None:
    post = f"{station.district}100001-secretary"
    answer = await station.done(f"posts/{post}/public-number", {"number": "10099990001"})
    assert answer == {"post": post, "number": "10099990001"}
    sheet = await station.get(f"places/{door(station)}/contact-sheet", station.resident)
    assert (sheet["entries"][1]["phone"], sheet["entries"][1]["vacant"]) == ("10099990001", True)
    [row] = await station.sql("SELECT number FROM hierarchy.post_numbers WHERE district = $1", station.district)
    assert b"10099990001" not in bytes(row["number"])
    await station.done(f"posts/{post}/public-number", {"number": None})
    sheet = await station.get(f"places/{door(station)}/contact-sheet", station.resident)
    assert sheet["entries"][1]["phone"] is None
    for who, status in ((station.head, 403), (station.stranger, 404)):
        assert (await station.post(f"posts/{post}/public-number", {"number": "1"}, who)).status_code in (status, 422)
        assert (await station.post(f"posts/{post}/public-number", {"number": "12345"}, who)).status_code == status


async def test_behind_the_code_is_what_is_public_and_nothing_else(station: Station) -> None:
    assert (await page_of(station)).status_code == 404  # nobody has said anything yet
    await publish(station)
    answer = await page_of(station)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert all(word in answer.text for word in ("楼栋长", "便民服务电话一览表", "供暖报修", "现在找谁"))
    assert "100 7777 0001" in answer.text
    await publish(station, numbers=[], names="family")
    hidden = (await page_of(station)).text
    assert "7777" not in hidden
    assert "虚构楼栋长" not in hidden
    await publish(station, public=False)
    assert (await page_of(station)).status_code == 404
    home = f"{door(station)}-H0001"
    await publish(station)
    assert (await page_of(station, home)).status_code == 404
    assert (await station.api.get(f"contact-sheets/999999/{door(station)}")).status_code == 404


async def test_a_home_has_a_sheet_for_those_who_may_see_it(station: Station) -> None:
    home = f"places/{door(station)}-H0001/contact-sheet"
    lives_there = somebody(station.district, Role.RESIDENT, child(BUILDING, 1))
    next_door = somebody(station.district, Role.RESIDENT, COMMUNITY)
    assert (await station.get(home, lives_there))["entries"][0]["post_name"] == "楼栋长"
    assert await station.status(home, next_door) == 404


async def test_no_script_and_nothing_from_elsewhere(station: Station) -> None:
    await publish(station)
    for path in (f"contact-sheets/{station.district}/{door(station)}", f"places/{door(station)}/contact-sheet/page"):
        answer = await station.api.get(path, headers=station.staff.headers)
        found = seen(answer.text)
        assert not {"script", "link", "img", "iframe", "form", "base", "object"} & set(found.tags)
        assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "style")]
        links = [value or "" for name, value in found.attributes if name == "href"]
        assert all(link.startswith("tel:") for link in links)
        assert re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", answer.text) == []
        policy = answer.headers["content-security-policy"]
        assert policy == page.POLICY
        assert "script-src" not in policy
        assert "default-src 'none'" in policy


async def test_names_that_would_be_code_are_words(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    evil = "<script>alert(1)</script>&\"'"
    station = await open_station(api, hierarchy, district)
    await load_small(
        hierarchy, district, place(district, f"{district}100001-B02", f"{district}100001", "building", evil)
    )
    rules = RULES | {"title": "<b>题</b>", "footer": evil, "lines": [{"label": '"><i>', "number": "12345"}]}
    await station.done(f"places/{district}100001/contact-sheet/rules", rules)
    html = (await page_of(station, f"{district}100001-B02")).text
    found = seen(html)
    assert not {"script", "i"} & set(found.tags)
    assert evil in "".join(found.words)


async def test_a_page_per_building(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    station = await open_station(api, hierarchy, district)
    more = [
        place(district, f"{district}100001-B{n:02}", f"{district}100001", "building", f"{n}号楼") for n in range(2, 8)
    ]
    await load_small(hierarchy, district, *more)
    await publish(station)
    path = f"places/{district}100001/contact-sheets"
    first = await api.get(path, params={"limit": 4}, headers=station.staff.headers)
    assert (first.status_code, first.text.count('<article class="sheet')) == (200, 4)
    assert len(re.findall(r'<svg [^>]*class="qr"', first.text)) == 4
    following = re.match(r'<(\?[^>]+)>; rel="next"', first.headers["link"])
    assert following
    second = await api.get(path + following[1], headers=station.staff.headers)
    assert (second.text.count('<article class="sheet'), "link" in second.headers) == (3, False)
    names = re.findall(r"<h1>(.*?)</h1>", first.text + second.text)
    assert names == ["甲社区1号楼", *(f"{n}号楼" for n in range(2, 8))]
    assert (await api.get(path, headers=station.head.headers)).status_code == 403
    assert (await api.get(path, headers=station.stranger.headers)).status_code == 404
    empty = await api.get(path, params={"kind": "staircase"}, headers=station.staff.headers)
    assert (empty.status_code, "共 0 张" in empty.text) == (200, True)


async def test_the_code_leads_to_the_public_page(station: Station) -> None:
    await publish(station)
    sheet = await station.get(f"places/{door(station)}/contact-sheet")
    assert (
        sheet["public_url"]
        == f"http://127.0.0.1:8001/api/hierarchy/v1/contact-sheets/{station.district}/{door(station)}"
    )
    assert (
        page.qr(sheet["public_url"])
        in (await station.api.get(f"places/{door(station)}/contact-sheet/page", headers=station.staff.headers)).text
    )
    path = sheet["public_url"].removeprefix("http://127.0.0.1:8001/api/hierarchy/v1/")
    assert (await station.api.get(path)).status_code == 200


async def test_without_a_public_address_there_is_no_code(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(station)
    monkeypatch.setattr(type(station.service.settings), "public_base", property(lambda _: ""))
    html = (await station.api.get(f"places/{door(station)}/contact-sheet/page", headers=station.staff.headers)).text
    assert 'class="qr"' not in html
    assert "LINLI_PUBLIC_URL" in html


async def test_who_answers_right_now(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = still(monkeypatch, station.service).hour
    path = f"places/{door(station)}/contact-sheet"
    await publish(station)
    before = (await station.get(path, station.resident, now=True))["now"]
    assert [(one["kind"], one["label"], one["skipped"]) for one in before] == [
        ("post", "楼栋长", False), ("post", "书记", True)
    ]  # fmt: skip
    assert before[0]["why_zh"] == "这里不设值班，先找最近的人"
    crew = await crew_of(station, phone="10099990009")
    why = (await station.get(path, station.resident, now=True))["now"][0]["why_zh"]
    if 8 <= clock < 21:  # nobody was put on duty
        assert why == "现在没有安排值班，请先找最近的人"
    else:
        assert "无人值班（值班时间 每天 8:00–21:00）" in why
    shift = (await crew.shift(0, "08:00", "21:00")).json()["id"]
    await crew.publish()
    await begin_now(crew, shift)
    now = (await station.get(path, station.resident, now=True))["now"]
    assert [(one["order"], one["kind"], one["label"]) for one in now] == [
        (1, "on_duty", "社区工作者"), (2, "post", "楼栋长"), (3, "post", "书记")
    ]  # fmt: skip
    assert (now[0]["phone"], now[0]["why_zh"].endswith("（尚未签到）")) == ("10099990009", True)
    html = (await page_of(station)).text
    assert html.index("100 9999 0009") < html.index("100 7777 0001")


async def test_at_a_point(station: Station) -> None:
    operator, ring = (
        somebody(station.district, Role.OPERATOR),
        [[111.1, 35.1], [111.2, 35.1], [111.2, 35.2], [111.1, 35.1]],
    )
    body = {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    put = await station.api.put(f"places/{door(station)}/boundary", json=body, headers=operator.writes())
    assert put.status_code == 200, put.text
    found = await station.get("contact-sheets/at", station.resident, lon=111.19, lat=35.15, now=True)
    assert (found["place"]["code"], found["now"][0]["label"]) == (door(station), "楼栋长")
    assert await station.status("contact-sheets/at?lon=110&lat=35", station.resident) == 404
    assert await station.status("contact-sheets/at?lon=111.19&lat=35.15", station.stranger) == 404
    assert await station.status("contact-sheets/at?lon=x&lat=35", station.resident) == 422


async def test_an_erased_person_is_on_no_sheet(station: Station) -> None:
    await publish(station)
    await station.sql("UPDATE hierarchy.people SET stopped_at = now() WHERE district = $1", station.district)
    sheet = await station.get(f"places/{door(station)}/contact-sheet", station.resident)
    assert [(one["name"], one["phone"], one["vacant"]) for one in sheet["entries"]] == [(None, None, True)] * 2
    assert "7777" not in (await page_of(station)).text


async def test_rules_are_kept_versioned_and_inherited(station: Station) -> None:
    path = f"places/{station.district}100001/contact-sheet/rules"
    assert await station.status(path, station.staff) == 404
    first = await station.post(path, RULES)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    answer = await station.api.get(f"places/{door(station)}/contact-sheet/rules", headers=station.resident.headers)
    below = answer.json()
    assert (below["place"]["code"], below["rules"]["title"]) == (f"{station.district}100001", "便民服务电话一览表")
    assert "etag" not in answer.headers  # it is the community's: the building has none yet
    blind = await station.post(path, {})
    assert (blind.status_code, blind.json()["code"]) == (428, "if_match_required")
    stale = await station.post(path, RULES, matching='"9"')
    assert stale.status_code == 412
    assert (await station.get(path))["rules"]["title"] == "便民服务电话一览表"
    assert (await station.post(path, RULES, matching='"1"')).headers["etag"] == '"2"'
    own = await station.done(f"places/{door(station)}/contact-sheet/rules", RULES | {"title": "一号楼联系卡"})
    assert own["version"] == 1
    assert (await station.get(f"places/{door(station)}/contact-sheet"))["title"] == "一号楼联系卡"
    assert (await station.post(path, RULES, station.head)).status_code == 403
    assert (await station.post(path, RULES, station.stranger)).status_code == 404
    for wrong in (
        {"title": ""},
        {"lines": [{"label": "x", "number": "no"}]},
        {"names": "all"},
        {"numbers": ["X"]},
        {"x": 1},
    ):
        answer = await station.post(path, RULES | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), wrong


async def test_it_follows_a_place_that_moves(station: Station) -> None:
    await publish(station)
    operator = somebody(station.district, Role.OPERATOR)
    answer = await station.api.post(
        f"places/{station.district}100001/move", json={"parent": station.district}, headers=operator.writes()
    )
    assert answer.status_code == 200, answer.text
    sheet = await station.api.get(f"places/{door(station)}/contact-sheet", headers=operator.headers)
    assert sheet.json()["title"] == "便民服务电话一览表"
    assert UUID(int=0) != station.id


@pytest.mark.parametrize(
    ("code", "first", "title"),
    [
        ("141021100002001-X01-M01-B01", "楼栋长", "有事找谁"),
        ("370704003900001-X01-B01", "楼长", "便民服务电话一览表"),
    ],
)
async def test_the_five_communities(
    users: list[dict[str, Any]], api: httpx.AsyncClient, code: str, first: str, title: str
) -> None:
    resident = somebody(code[:6], Role.RESIDENT)
    found = (await api.get(f"places/{code}/contact-sheet", headers=resident.headers)).json()
    assert (found["entries"][0]["post_name"], found["title"]) == (first, title)
    assert found["entries"][0]["phone"].startswith("100")
    answer = await api.get(f"contact-sheets/{code[:6]}/{code}")
    assert (answer.status_code, first in answer.text) == (200, True)
