"""An appeal travels its six steps through the public API."""

from typing import Any

from tests.tickets.conftest import RESULT, Cast


async def test_from_report_to_closed(cast: Cast) -> None:
    reported = await cast.report()
    assert reported.status_code == 201, reported.text
    appeal = reported.json()
    assert (appeal["step"], appeal["step_label"], appeal["public_status"]) == ("verify", "核实立案", "已收到")
    assert reported.headers["etag"] == '"1"'

    filed = await cast.move(appeal["id"], "file", cast.staff, {"category": "JC05", "urgency": "L2", "note": "已上门"})
    assert (filed.status_code, filed.json()["step"]) == (200, "assign"), filed.text
    await cast.work()

    waiting = await cast.get("/inbox", cast.head)
    assert [item["id"] for item in waiting.json()["items"]] == [appeal["id"]]
    signed = await cast.move(appeal["id"], "sign", cast.head)
    assert (signed.json()["step"], signed.json()["lead_name"]) == ("handle", "楼栋长")

    risen = await cast.move(appeal["id"], "escalate", cast.head, {"reason": "需要网格协调物业"})
    assert (risen.json()["step"], risen.json()["lead_name"]) == ("assign", "网格长")
    assert (await cast.move(appeal["id"], "sign", cast.head)).status_code == 403
    moves: list[tuple[str, dict[str, Any]]] = [
        ("sign", {}),
        ("contact", {"reached": True, "note": "已电话联系"}),
        ("progress", {"note": "物业已到场"}),
        ("resolve", RESULT),
        ("reply", {"text": "您好，阀门已更换。"}),
    ]
    for move, given in moves:
        done = await cast.move(appeal["id"], move, cast.grid_worker, given)
        assert done.status_code == 200, (move, done.text)
    assert done.json()["public_status"] == "已答复"

    assert (await cast.move(appeal["id"], "close", cast.staff)).json()["code"] == "move_not_open"
    await cast.move(appeal["id"], "call_back", cast.staff, {"reached": True, "resolved": True})
    rated = await cast.move(appeal["id"], "rate", cast.resident, {"score": 5, "resolved": True})
    assert rated.status_code == 200, rated.text
    await cast.work()

    closed = (await cast.get(f"/appeals/{appeal['id']}", cast.resident)).json()
    assert (closed["step"], closed["rating"], closed["moves"]) == ("closed", 5, [])
    timeline = (await cast.get(f"/appeals/{appeal['id']}/timeline", cast.resident)).json()
    assert [item["event"] for item in timeline] == [
        "report", "file", "assign", "sign", "escalate", "sign", "contact", "progress", "resolve", "reply", "call_back",
        "rate", "close",
    ]  # fmt: skip
    assert all(item["at"] and item["actor"] for item in timeline)
    head, grid_worker = "楼栋长（测试社区）", "网格长（测试社区）"
    assert [(item["label"], item["actor_label"]) for item in timeline[:6]] == [
        ("信息上报", "诉求人"), ("立案", "工作人员"), ("交办", "系统"), ("签收", head), ("上报上一级", head),
        ("签收", grid_worker),
    ]  # fmt: skip


async def test_the_same_key_again_is_the_same_appeal(cast: Cast) -> None:
    first = await cast.report(key="once-upon-a-time")
    again = await cast.report(key="once-upon-a-time")
    other = await cast.report(key="once-upon-a-time", title="另一件事")
    assert again.status_code == 201
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
