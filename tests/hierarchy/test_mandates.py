"""What organisations answer for: handed over when one is closed or a place merged; a day gone by keeps its answers."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.hierarchy.organisations import service as organisations
from services.hierarchy.responsibility import service as responsibility
from shared.kernel.rights import Role
from shared.runtime.sealer import seal_once
from shared.runtime.service import Service
from tests.hierarchy.partnership import COMMUNITY, Partnership, found
from tests.hierarchy.small import loader
from tests.support.world import service_headers, somebody

DAY = timedelta(days=1)


@pytest.fixture
async def lab(hierarchy: Service, api: httpx.AsyncClient, district: str) -> Partnership:
    return await found(hierarchy, api, district)


async def company(lab: Partnership, name: str = "示例物业") -> str:
    return await lab.organisation("property_company", name)


async def answers(lab: Partnership, code: str, *categories: str, **more: Any) -> Any:
    body = {"place": lab.place, "categories": categories} | {
        name: value.isoformat() if isinstance(value, date) else value for name, value in more.items()
    }
    return await lab.post(f"organisations/{code}/responsibilities", body, expect=201)


async def chain(lab: Partnership, place: str, category: str, on: date | None = None) -> list[str]:
    """Codes of the organisations that answer."""
    day = on or await lab.today()
    operator = somebody(lab.district, Role.OPERATOR)
    shown = await lab.get("responsibility", operator, place=place, category=category, on=day.isoformat())
    return [link["organisation_code"] for link in shown["chain"] if link["organisation_code"]]


async def second_building(lab: Partnership) -> str:
    body = {"name": "甲社区2号楼", "kind": "building", "parent": lab.place}
    code: str = (await lab.post("places", body, somebody(lab.district, Role.OPERATOR)))["code"]
    return code


async def merge(lab: Partnership, place: str, into: str) -> None:
    await lab.post(f"places/{place}/merge", {"into": into}, somebody(lab.district, Role.OPERATOR))


# --- closing one -------------------------------------------------------------------------------------------------


async def test_what_it_will_answer_for_keeps_it_open(lab: Partnership) -> None:
    """A closed one does not come to answer a week later; what ends with today needs nobody."""
    old = await company(lab)
    soon = await answers(lab, old, "WY", since=await lab.today() + 7 * DAY, until=await lab.today() + 8 * DAY)
    refused = await lab.post(f"organisations/{old}/close", {"reason": "注销"}, expect=409)
    assert refused["code"] == "still_holds"
    last = (await lab.today() + 7 * DAY).isoformat()
    await lab.post(f"mandates/{soon['id']}/end", {"reason": "不再签约", "last_day": last})
    await lab.post(f"organisations/{old}/close", {"reason": "注销"}, expect=409)
    other = await company(lab, "另一物业")
    today = await answers(lab, other, "WY")
    await lab.post(f"mandates/{today['id']}/end", {"reason": "合同解除"})
    await lab.post(f"organisations/{other}/close", {"reason": "注销"}, expect=200)


async def test_a_successor_has_what_there_was_and_for_as_long(lab: Partnership) -> None:
    """From tomorrow on, or from when it was to begin; what ends today is nobody's."""
    old, new, day = await company(lab, "旧物业"), await company(lab, "新物业"), await lab.today()
    await answers(lab, old, "WY", until=day + 30 * DAY)
    await answers(lab, old, "JC", since=day + 7 * DAY)
    over = await answers(lab, old, "KN", since=day + DAY, until=day + DAY)
    block = f"{lab.place}-B01"
    ends = await answers(lab, old, "MD", place=block)
    await lab.post(f"mandates/{ends['id']}/end", {"reason": "合同解除"})
    await lab.post(f"organisations/{old}/close", {"reason": "注销", "successor": new})
    assert [await chain(lab, lab.place, "WY01", day + n * DAY) for n in (0, 1, 30, 31)] == [[old], [new], [new], []]
    assert [await chain(lab, lab.place, "JC01", day + n * DAY) for n in (6, 7)] == [[], [new]]
    assert [await chain(lab, lab.place, "KN01", day + n * DAY) for n in (1, 2)] == [[new], []]
    assert [await chain(lab, block, "MD01", day + n * DAY) for n in (0, 1)] == [[old], []]
    await lab.post(f"mandates/{over['id']}/end", {"reason": "x"}, expect=404)
    held = await lab.get(f"organisations/{new}/responsibilities", on=(day + DAY).isoformat())
    assert sorted((one["categories"], one["until"]) for one in held) == [
        (["KN"], (day + DAY).isoformat()),
        (["WY"], (day + 30 * DAY).isoformat()),
    ]


async def test_a_successor_keeps_what_it_was_to_have(lab: Partnership) -> None:
    old, new, tomorrow = await company(lab, "旧物业"), await company(lab, "新物业"), await lab.today() + DAY
    later, block, beside = tomorrow + 7 * DAY, f"{lab.place}-B01", await second_building(lab)
    await answers(lab, old, "KN", "JC01")
    await answers(lab, new, "JC", since=tomorrow)
    await answers(lab, old, "WY", place=block)
    await answers(lab, new, "WY", place=block, since=tomorrow, until=later)
    await answers(lab, old, "WY", place=beside)
    await answers(lab, new, "WY", place=beside, since=later)
    await lab.post(f"organisations/{old}/close", {"reason": "注销", "successor": new})
    for category in ("KN01", "JC01", "JC02"):
        assert await chain(lab, lab.place, category, tomorrow) == [new]
    for place in (block, beside):
        assert [await chain(lab, place, "WY01", day) for day in (tomorrow, later, later + DAY)] == [[new]] * 3


async def test_whoever_follows_responsibilities_hears_of_it(lab: Partnership) -> None:
    """Each that ends, and each that begins: when it goes to a successor, and when its place becomes part of another."""
    old, new, day = await company(lab, "旧物业"), await company(lab, "新物业"), await lab.today()
    beside, b01 = await second_building(lab), f"{lab.place}-B01"
    await answers(lab, old, "WY", place=b01)
    await answers(lab, old, "JC", place=b01, since=day + 7 * DAY)
    await lab.nights()
    heard = await told(lab)
    await lab.post(f"organisations/{old}/close", {"reason": "注销", "successor": new})
    assert sorted((await told(lab))[len(heard) :]) == [
        ("responsibility.end", old, b01, str(day)),
        ("responsibility.end", old, b01, str(day + 5 * DAY)),
        ("responsibility.give", new, b01, str(day + DAY)),
        ("responsibility.give", new, b01, str(day + 6 * DAY)),
    ]
    heard = await told(lab)
    await merge(lab, b01, beside)
    about = [one for one in (await told(lab))[len(heard) :] if one[1] == new]
    assert {(event, place) for event, _, place, _ in about} == {
        ("responsibility.end", b01),
        ("responsibility.give", beside),
    }


async def told(lab: Partnership) -> list[tuple[str, str | None, str, str]]:
    """What the feed tells of responsibilities: what, whose, where, and the first or the last day."""
    while await seal_once(lab.service):
        pass
    headers = service_headers(lab.district, "tickets", "hierarchy")
    answer = await lab.api.get("changes", params={"kind": "responsibility", "limit": 500}, headers=headers)
    assert answer.status_code == 200, answer.text
    items = [(one["event"], one["data"]) for one in answer.json()["items"]]
    return [
        (event, data.get("organisation"), data["place"], data.get("last_day") or data["since"]) for event, data in items
    ]


async def test_however_many_stand_below_it(lab: Partnership, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go over to the successor, also the last of more than are read at once."""
    monkeypatch.setattr(organisations, "MOST_CHILDREN", 2)
    old, new = await company(lab, "旧物业"), await company(lab, "新物业")
    below = [await lab.organisation("property_company", f"项目部{n}", parent=old) for n in range(3)]
    await lab.post(f"organisations/{old}/close", {"reason": "注销", "successor": new})
    assert [(await lab.get(f"organisations/{one}"))["parent"] for one in below] == [new] * 3


# --- merging places ----------------------------------------------------------------------------------------------


async def test_a_merge_keeps_what_one_answered_for_at_both(lab: Partnership) -> None:
    """For one building longer than for the other, from today on for both; it is named once for what it has twice."""
    beside, one, b01 = await second_building(lab), await company(lab), f"{lab.place}-B01"
    await answers(lab, one, "JC", place=b01)
    await answers(lab, one, "KN", place=beside)
    await answers(lab, one, "WY", "KN", place=b01, since=await lab.today() + DAY)
    await lab.nights(3)
    await answers(lab, one, "WY", "JC", place=beside, order=90)
    await merge(lab, b01, beside)
    assert [await chain(lab, beside, category) for category in ("JC01", "KN01", "WY01")] == [[one]] * 3
    serving = await lab.get(f"places/{beside}/organisations")
    assert sorted(entry["categories"] for entry in serving) == [["KN"], ["WY", "JC"], ["WY", "KN"]]


async def test_what_goes_on_by_a_merge_can_be_ended(lab: Partnership) -> None:
    """What it answered for at both is one thing afterwards, and ends as one."""
    beside, one, b01 = await second_building(lab), await company(lab), f"{lab.place}-B01"
    for place in (b01, beside):
        await answers(lab, one, "WY", place=place)
        await lab.nights()
    await merge(lab, b01, beside)
    [left] = await lab.get(f"organisations/{one}/responsibilities")
    await lab.post(f"mandates/{left['id']}/end", {"reason": "合同解除"})
    assert await chain(lab, beside, "WY01", await lab.today() + DAY) == []


async def test_the_nearest_of_two_says_where_it_stands(lab: Partnership) -> None:
    first, second = await company(lab, "甲物业"), await company(lab, "乙物业")
    await answers(lab, first, "WY", order=30)
    await answers(lab, second, "WY", order=40)
    await answers(lab, first, "WY", order=60, since=await lab.today() + DAY)
    assert await chain(lab, lab.place, "WY01", await lab.today() + DAY) == [first, second]


async def test_a_data_file_brings_nothing_back(lab: Partnership) -> None:
    """Who was let go here answers no more, however often the file is loaded that names them."""
    one = await lab.post("organisations", {"kind": "department", "name": "示例站", "place": lab.place})
    day = await lab.today()
    row = {"path": COMMUNITY, "held_by": one["code"], "post_id": None, "organisation_id": one["id"],
           "categories": ["JC"], "position": 50, "since": str(day), "until": None}  # fmt: skip
    for written in (1, 0):
        async with loader(lab.service, lab.district) as work:
            assert await responsibility.put(work, [row]) == written
    [made] = await lab.get(f"organisations/{one['code']}/responsibilities")
    await lab.post(f"mandates/{made['id']}/end", {"reason": "机构调整"})
    async with loader(lab.service, lab.district) as work:
        assert await responsibility.put(work, [row | {"position": 60}]) == 1
    assert await chain(lab, lab.place, "JC01", day + DAY) == []


# --- a day gone by -----------------------------------------------------------------------------------------------


async def test_what_is_said_of_yesterday_stays(lab: Partnership) -> None:
    """Renamed, hung elsewhere, its places moved, renamed and merged: every answer about the day before stays."""
    operator, beside, b01 = somebody(lab.district, Role.OPERATOR), await second_building(lab), f"{lab.place}-B01"
    above, higher = [await lab.organisation("party_committee", name) for name in ("大党委", "党委")]
    branch = await lab.organisation("party_branch", "支部", place=b01, parent=above)
    one = await company(lab, "旧名物业")
    await answers(lab, one, "WY", place=b01)
    await answers(lab, one, "JC")
    await lab.nights(3)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("responsibility", {"place": b01, "category": "WY01"}),
        *((f"places/{place}/organisations", {}) for place in (b01, lab.place)),
        *((f"places/{place}/organisations/tree", {}) for place in (b01, beside, lab.place)),
        *((f"organisations/{code}{what}", {}) for code in (one, branch) for what in ("", "/responsibilities")),
        *(("organisations", {name: place}) for name in ("place", "around") for place in (b01, beside, lab.place)),
    ]
    on = (await lab.today() - DAY).isoformat()

    async def said() -> list[Any]:
        shown = [await lab.get(path, operator, on=on, **params) for path, params in asked]
        for one_of_them in shown:
            if isinstance(one_of_them, dict):
                one_of_them.pop("version", None)  # of today, whatever day is asked about
        return shown

    async def stays(change: Awaitable[Any]) -> None:
        before = await said()
        await change
        for (path, params), was, now in zip(asked, before, await said(), strict=True):
            assert _lasting(now) == _lasting(was), (path, params)

    def post(path: str, body: dict[str, Any]) -> Awaitable[Any]:
        return lab.post(path, body, operator)

    async def rename(place: str, name: str) -> None:
        answer = await lab.api.patch(f"places/{place}", json={"name": name}, headers=operator.writes())
        assert answer.status_code == 200, answer.text

    await stays(post(f"organisations/{one}/edit", {"name": "新名物业"}))
    await stays(post(f"organisations/{above}/edit", {"parent": higher}))
    await stays(rename(b01, "东楼"))
    await stays(post(f"places/{b01}/move", {"parent": f"{lab.district}100002"}))
    await stays(post(f"places/{b01}/move", {"parent": lab.place}))
    await stays(post(f"places/{b01}/merge", {"into": beside}))
    await stays(post(f"organisations/{branch}/edit", {"place": lab.place}))
    await stays(post(f"places/{beside}/split", {"parts": [{"name": "南楼"}, {"name": "北楼"}]}))
    now = await lab.get(f"organisations/{branch}/history")
    assert [state["place_code"] for state in now] == [lab.place, b01]


def _lasting(shown: Any) -> Any:
    """Without until when it lasts: an answer of then could not know that."""
    if isinstance(shown, list):
        return [_lasting(one) for one in shown]
    if isinstance(shown, dict):
        return {name: _lasting(value) for name, value in shown.items() if name != "until"}
    return shown


async def test_a_merge_takes_the_organisations_of_today_along(lab: Partnership) -> None:
    beside, b01 = await second_building(lab), f"{lab.place}-B01"
    committee = await lab.organisation("owners_committee", "业委会", place=b01)
    closed = await lab.organisation("council", "议事会", place=b01)
    await lab.post(f"organisations/{closed}/close", {"reason": "换届"})
    await lab.nights()
    version = (await lab.get(f"organisations/{committee}"))["version"]
    await merge(lab, b01, beside)
    shown = await lab.get(f"organisations/{committee}")
    assert (shown["place_code"], shown["version"]) == (beside, version + 1)
    assert (await lab.get(f"organisations/{closed}"))["place_code"] == b01  # it never was in the other one
    listed = await lab.get("organisations", place=beside)
    assert [one["code"] for one in listed["items"]] == [committee]
