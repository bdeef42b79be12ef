"""Single moves with rules of their own: one appeal into another, back to the dispatcher, words that are given."""

import asyncio
from typing import Any

import pytest

from services.tickets.main import create_app
from shared.kernel.rights import Role
from tests.support.world import somebody
from tests.tickets.conftest import COMMUNITY, ELSEWHERE, RESULT, Cast, problem


async def two(cast: Cast, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return (await cast.report()).json(), (await cast.report(**changed)).json()


async def test_a_repeated_appeal_goes_into_the_first(cast: Cast) -> None:
    first, second = await two(cast)
    merged = (await cast.move(second["id"], "merge", cast.staff, {"of": first["number"]})).json()
    assert (merged["step"], merged["merged_into"], merged["public_status"]) == ("merged", first["id"], "已办结")
    assert merged["moves"] == []


@pytest.mark.parametrize("of", ["20200101-AAAAAA", "x", "20261122-\u0000AAAAA"])
async def test_it_must_be_there(cast: Cast, of: str) -> None:
    appeal = (await cast.report()).json()["id"]
    assert (await cast.move(appeal, "merge", cast.staff, {"of": of})).status_code == 422


async def test_not_into_itself_nor_an_ended_one_nor_one_of_others(cast: Cast) -> None:
    first, second = await two(cast, place="C2")
    here = somebody(cast.district, Role.COMMUNITY_STAFF, COMMUNITY)
    there = somebody(cast.district, Role.COMMUNITY_STAFF, ELSEWHERE)
    for number in (first["number"], second["number"]):  # itself; another community's, which is not theirs to see
        assert problem(await cast.move(first["id"], "merge", here, {"of": number})) == (422, "unknown_appeal")
    await cast.move(second["id"], "withdraw", cast.resident)
    assert problem(await cast.move(first["id"], "merge", cast.operator, {"of": second["number"]})) == (
        422,
        "unknown_appeal",
    )
    assert problem(await cast.move(first["id"], "merge", there, {"of": second["number"]})) == (404, "not_found")


async def test_two_that_go_into_each_other_do_not_both_vanish(cast: Cast) -> None:
    for _ in range(5):
        first, second = await two(cast)
        answers = await asyncio.gather(
            cast.move(first["id"], "merge", cast.staff, {"of": second["number"]}),
            cast.move(second["id"], "merge", cast.staff, {"of": first["number"]}),
        )
        assert min(answer.status_code for answer in answers) == 200
        assert {answer.status_code for answer in answers} <= {200, 409, 422}
        steps = {(await cast.shown(appeal["id"]))["step"] for appeal in (first, second)}
        assert steps == {"merged", "verify"}


async def test_what_is_handed_back_waits_for_the_dispatcher(cast: Cast) -> None:
    appeal = await cast.assigned()
    returned = await cast.move(appeal, "hand_back", cast.head, {"reason": "not_this_unit", "note": "属供热公司"})
    assert (returned.json()["step"], returned.json()["lead_name"], returned.json()["moves"]) == ("assign", None, [])
    assert await cast.work() == 0
    assert await cast.listed(cast.staff, step="assign") == [appeal]
    assert problem(await cast.move(appeal, "sign", cast.head)) == (403, "not_your_move")
    again = await cast.move(appeal, "assign", cast.staff, {"post": "post-2", "note": "由网格长牵头"})
    assert (again.json()["lead_name"], [link["lead"] for link in again.json()["chain"]]) == ("网格长", [False, True])


@pytest.mark.parametrize(
    ("move", "given"),
    [
        ("sign", {"note": "a\u0000b"}),
        ("sign", {"note": "x" * 1001}),
        ("sign", {"note": 7}),
        ("sign", []),
        ("escalate", {}),
        ("escalate", {"reason": ""}),
        ("hand_back", {"reason": "because", "note": "x"}),
        ("urge", {"note": "\u0007"}),
        ("supplement", {"content": "x", "evidence": [{"kind": "photo", "description": "x", "sha256": "zz"}]}),
        ("resolve", RESULT | {"evidence": []}),
        ("resolve", RESULT | {"result": "unresolved"}),
        ("rate", {"score": 6, "resolved": True}),
        ("rate", {"score": 10**40, "resolved": True}),
        ("rate", {"score": 2, "resolved": True, "comment": "\u0000"}),
        ("call_back", {"reached": True, "attempts": 0}),
        ("locate", {"place": "C1", "found": {"path": "0001"}}),
        ("assign", {"chain": []}),
    ],
)
async def test_what_is_given_is_checked_before_anything_else(cast: Cast, move: str, given: Any) -> None:
    appeal = await cast.assigned()
    for who in (cast.head, cast.operator):
        assert problem(await cast.move(appeal, move, who, given)) == (422, "invalid")
    assert (await cast.shown(appeal))["version"] == 3


async def test_words_and_evidence_are_in_the_timeline(cast: Cast) -> None:
    appeal = await cast.assigned()
    proof = [{"kind": "photo", "description": "现场照片", "sha256": "ab" * 32, "attachment": None}]
    await cast.walk(
        appeal,
        ("sign", cast.head, {"note": "马上到\n现场"}),
        ("progress", cast.head, {"note": "已到场", "evidence": proof}),
    )
    signed, progress = (await cast.get(f"/appeals/{appeal}/timeline", cast.resident)).json()[-2:]
    assert (signed["text"], signed["label"], signed["step_label"]) == ({"note": "马上到\n现场"}, "签收", "跟踪处理")
    assert progress["text"] == {"note": "已到场", "evidence": proof}
    assert progress["actor"] == str(cast.head.id)


async def test_the_table_is_served_as_it_is_enforced(cast: Cast) -> None:
    table = (await cast.get("/workflows/appeal", cast.resident)).json()
    assert [step["label"] for step in table["steps"][:6]] == [
        "信息上报", "核实立案", "分流交办", "跟踪处理", "事件反馈", "考核评价",
    ]  # fmt: skip
    assert table["mermaid"].startswith("stateDiagram-v2")


async def test_the_document_is_whole(cast: Cast) -> None:
    """Every operation says what it is for, and nothing points nowhere."""
    document = create_app(cast.service).openapi()

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(item) for item in node)) if isinstance(node, list) else set()

    schemas = document["components"]["schemas"]
    assert {name.removeprefix("#/components/schemas/") for name in references(document)} <= set(schemas)
    assert {"HotlineEvent", "StatusCallback", "Problem"} <= set(schemas)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["description"] and operation["tags"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in document["tags"]}
