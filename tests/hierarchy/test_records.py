"""Light things about people and posts: given, listed, given back, struck."""

from typing import Any

import pytest

from shared.kernel.rights import Role
from tests.hierarchy.appointing import DAY, TODAY, Scene, town
from tests.support.world import somebody

__all__ = ["town"]
CONTENTS: dict[str, dict[str, Any]] = {
    "duties": {"kind": "duties", "duties": ["宣传教育", "民情收集"], "services": ["代缴水电费"]},
    "badge": {"kind": "badge", "what": "红胸牌", "number": "A-17", "at": "三长授牌仪式"},
    "equipment": {"kind": "equipment", "what": "背心", "quantity": 1},
    "award": {"kind": "award", "title": "最美邻长", "by": "示例街道", "level": "street"},
}


def about(town: Scene, kind: str, **more: Any) -> dict[str, Any]:
    whom = {"post": town.post} if kind == "duties" else {"person": str(town.people["head"]), "post": town.post}
    return {**whom, "content": CONTENTS[kind] | more}


async def test_what_a_neighbour_head_is_given_is_listed_and_given_back(town: Scene) -> None:
    made = {kind: await town.done("records", about(town, kind), status=201) for kind in CONTENTS}
    assert [(one["kind_label"], one["moves"]) for one in made.values()] == [
        ("职责清单", ["close", "strike"]), ("标识", ["close", "strike"]), ("装备", ["close", "strike"]),
        ("表彰", ["strike"]),
    ]  # fmt: skip
    of_post = await town.read("records", post=town.post)
    assert [one["id"] for one in of_post["items"]] == [one["id"] for one in reversed(made.values())]
    of_person = await town.read("records", person=str(town.people["head"]), kind="equipment", step="open")
    assert [one["content"]["what"] for one in of_person["items"]] == ["背心"]

    vest = f"records/{made['equipment']['id']}"
    back = await town.done(f"{vest}/close", {"reason": "卸任归还"})
    assert (back["step"], back["until"], back["moves"]) == ("closed", TODAY.isoformat(), [])
    assert (await town.ask(f"{vest}/close", {"reason": "再还"})).json()["code"] == "move_not_open"
    assert (await town.read("records", person=str(town.people["head"]), kind="equipment", step="open"))["items"] == []
    assert await town.events(made["equipment"]["id"]) == ["record.add", "record.close"]
    struck = await town.done(f"records/{made['award']['id']}/strike", {"reason": "登记有误"})
    assert struck["step"] == "struck"


async def test_mentors_find_whom_they_teach_and_learners_who_teaches_them(town: Scene) -> None:
    content = {"kind": "mentoring", "mentor": str(town.people["head"]), "subject": "网格治理：跟岗与实操"}
    pair = await town.done("records", {"person": str(town.people["anna"]), "content": content}, status=201)
    for name in ("head", "anna"):
        mine = await town.read("records/mine", town.somebody(name))
        assert [one["id"] for one in mine["items"]] == [pair["id"]]
        assert mine["items"][0]["moves"] == ["log"]  # 跟岗记录 is theirs; closing is not
    assert (await town.read("records/mine", town.somebody("boris")))["items"] == []
    assert await town.read(f"records/{pair['id']}", town.somebody("boris"), 404)
    assert await town.read(f"records/{pair['id']}", town.somebody("anna"))
    themself = {"person": str(town.people["head"]), "content": content}
    assert (await town.ask("records", themself)).json()["code"] == "unknown_about"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": CONTENTS["duties"]}, "about_nobody"),
        ({"content": CONTENTS["badge"], "post": "{post}"}, "about_nobody"),
        ({"content": CONTENTS["badge"], "person": "00000000-0000-0000-0000-000000000001"}, "unknown_about"),
        ({"content": CONTENTS["duties"], "post": "nowhere"}, "unknown_about"),
        ({"content": {"kind": "medal"}}, "invalid"),
        ({"content": CONTENTS["badge"] | {"what": "x" * 201}}, "invalid"),
        ({"content": CONTENTS["equipment"] | {"quantity": 0}}, "invalid"),
    ],
)
async def test_a_record_is_about_somebody_or_something_that_is_there(
    town: Scene, body: dict[str, Any], code: str
) -> None:
    body = {name: town.post if value == "{post}" else value for name, value in body.items()}
    refused = await town.ask("records", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_who_keeps_records(town: Scene) -> None:
    made = await town.done("records", about(town, "badge"), status=201)
    assert (await town.ask("records", about(town, "badge"), town.somebody("anna"))).status_code == 403
    elsewhere = somebody(town.district, Role.COMMUNITY_STAFF, "000100010002")
    refused = await town.ask("records", about(town, "duties"), elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_about")
    assert await town.read(f"records/{made['id']}", elsewhere, 404)
    assert (await town.read("records", elsewhere))["items"] == []
    assert await town.read("records", town.somebody("anna"), 403)
    early = {"on": (TODAY - DAY).isoformat(), "reason": "归还"}
    assert (await town.ask(f"records/{made['id']}/close", early)).json()["code"] == "invalid"
