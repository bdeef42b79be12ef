"""What becomes of a hotline's order: placed or not, sorted or not, changed, urged, withdrawn, called back, reworked."""

from typing import Any

import pytest

from shared.kernel.rights import Role
from tests.support.world import somebody
from tests.tickets.conftest import COMMUNITY, RESULT, Caller12345, Cast, problem


async def ordered(cast: Cast, hotline: Caller12345, **changed: Any) -> str:
    """An order of the hotline, after our own jobs have done theirs."""
    answer = await hotline.send(hotline.order(**changed))
    assert answer.status_code == 202, answer.text
    await cast.work()
    return str(answer.json()["appeal_id"])


async def answered(cast: Cast, hotline: Caller12345) -> str:
    appeal = await ordered(cast, hotline)
    await cast.walk(
        appeal, ("sign", cast.head, {}), ("resolve", cast.head, RESULT), ("reply", cast.head, {"text": "已修好。"})
    )
    return appeal


async def last(cast: Cast, appeal: str) -> dict[str, Any]:
    found: dict[str, Any] = (await cast.get(f"/appeals/{appeal}/timeline", cast.operator)).json()[-1]
    found["data"].pop("text_sha256", None)
    return found


async def test_an_order_is_placed_filed_and_handed_to_the_nearest(cast: Cast, hotline: Caller12345) -> None:
    answer = await hotline.send(hotline.order(), message="msg_first")
    receipt = answer.json()
    assert (answer.status_code, receipt["status"]) == (202, "placed")
    before = await cast.shown(receipt["appeal_id"])
    assert (before["step"], before["number"], before["channel"]) == ("report", receipt["ticket_no"], "hotline_12345")
    await cast.work()
    after = await cast.shown(receipt["appeal_id"])
    assert (after["step"], after["lead_name"], after["place_code"]) == ("assign", "楼栋长", "C1")
    assert await cast.events(receipt["appeal_id"]) == ["report", "locate", "file", "assign"]
    again = await hotline.send(hotline.order(), message="msg_first")
    assert (again.json(), await cast.count("appeals")) == (receipt, 1)


async def test_the_callers_number_finds_their_account(cast: Cast, hotline: Caller12345) -> None:
    index = cast.service.vault.blind_index("10012345678", purpose="phone", district=cast.district)
    cast.hierarchy.contacts[index.hex()] = cast.resident.id
    appeal = await ordered(cast, hotline)
    assert await cast.listed(cast.resident, "/appeals/mine") == [appeal]
    assert (await cast.shown(appeal))["contact"] == {"name": "虚*", "phone": "100****5678"}


async def test_an_anonymous_callers_number_is_not_even_looked_up(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline, caller={"phone": "10012345678", "anonymous": True})
    assert not any("contacts" in path for path in cast.hierarchy.asked)
    assert (await cast.shown(appeal))["contact"] == {"name": None, "phone": None}


@pytest.mark.parametrize("occurred", [{}, {"address": "某小区"}, {"place_code": ""}, {"admin_code": "NOWHERE"}])
async def test_an_order_that_nobody_can_place_waits_for_an_operator(
    cast: Cast, hotline: Caller12345, occurred: dict[str, str]
) -> None:
    answer = await hotline.send(hotline.order(occurred=occurred), message="msg_lost")
    assert (answer.status_code, answer.json()["status"]) == (202, "unplaced")
    appeal = answer.json()["appeal_id"]
    assert await cast.work() == 0
    assert await cast.listed(cast.operator, step="report") == [appeal]
    assert await cast.listed(cast.staff, step="report") == []
    assert (await hotline.send(hotline.order(occurred=occurred), message="msg_lost")).json()["status"] == "unplaced"
    reported = await last(cast, appeal)
    assert reported["data"].get("unknown_place") == occurred.get("admin_code")

    located = await cast.move(appeal, "locate", cast.operator, {"place": "C1", "note": "已电话核实"})
    assert (located.status_code, located.json()["step"]) == (200, "verify")
    # 12345 did verify it; but who placed it by hand has questions enough to file it by hand as well
    assert await cast.work() == 0
    assert await cast.listed(cast.staff, step="verify") == [appeal]
    await cast.walk(appeal, ("file", cast.staff, {"category": "JC05", "urgency": "L2"}))
    await cast.work()
    assert (await cast.shown(appeal))["lead_name"] == "楼栋长"


async def test_locating_by_hand_needs_a_place_that_is_there(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline, occurred={})
    assert problem(await cast.move(appeal, "locate", cast.operator, {"place": "NOWHERE"})) == (422, "unknown_place")
    assert problem(await cast.move(appeal, "locate", cast.staff, {"place": "C1"})) == (404, "not_found")


@pytest.mark.parametrize(
    "category",
    [{"code": "XX99"}, {"scheme": "gbt39666", "code": "JC05"}, {"scheme": "gbt39666", "path": ["城乡建设", "停车"]}],
)
async def test_an_order_that_nobody_sorted_is_sorted_when_it_is_filed(
    cast: Cast, hotline: Caller12345, category: dict[str, Any]
) -> None:
    appeal = await ordered(cast, hotline, category=category)
    shown = await cast.shown(appeal)
    assert (shown["step"], shown["category"], shown["category_label"]) == ("verify", None, "未分类")
    timeline = (await cast.get(f"/appeals/{appeal}/timeline", cast.staff)).json()
    given = f"{category.get('scheme', 'linli')}:{category.get('code', '')}"
    assert timeline[0]["text"] == {"unsorted": given, "path": category.get("path", [])}
    filed = await cast.move(appeal, "file", cast.staff, {"category": "WY01", "urgency": "L2"})
    assert filed.json()["category_label"] == "停车管理"


async def test_a_confidential_order_is_confidential(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline, confidential=True)
    reader = somebody(cast.district, Role.GRID_WORKER, COMMUNITY)
    assert await cast.listed(reader) == []
    assert problem(await cast.get(f"/appeals/{appeal}", reader)) == (404, "not_found")
    assert await cast.listed(cast.head, "/inbox") == [appeal]


# --- the same order again ---


async def test_the_same_order_again_changes_nothing(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    again = await hotline.send(hotline.order())
    assert (again.status_code, again.json()["appeal_id"]) == (202, appeal)
    assert await cast.events(appeal) == ["report", "locate", "file", "assign"]


async def test_a_newer_revision_supplements_and_says_what_changed(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    newer = hotline.order(revision=3, urgency="L1", content="老人发烧了，请马上来。")
    assert (await hotline.send(newer)).json()["appeal_id"] == appeal
    added = await last(cast, appeal)
    assert (added["event"], added["data"]) == ("supplement", {"revision": 3, "changed": ["content", "urgency"]})
    assert added["text"] == {"content": "老人发烧了，请马上来。"}
    await hotline.send(newer)
    for older in (1, 2):  # came late
        late = await hotline.send(hotline.order(revision=older, content="旧的说法"))
        assert (late.status_code, late.json()["appeal_id"]) == (202, appeal)
    assert (await cast.events(appeal)).count("supplement") == 1
    assert (await cast.sql("SELECT revision FROM tickets.hotline_orders WHERE district = $1"))[0]["revision"] == 3


async def test_a_change_without_a_new_revision_is_not_lost_either(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    await hotline.send(hotline.order(content="补充：二楼也冷。"))
    assert (await last(cast, appeal))["data"] == {"revision": 1, "changed": ["content"]}


async def test_a_revision_of_what_is_over_is_refused_aloud(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    assert (await hotline.send(hotline.about("withdrawn", note="市民来电撤单"))).status_code == 202
    assert (await cast.shown(appeal))["step"] == "withdrawn"
    assert problem(await hotline.send(hotline.order(revision=2, content="又不热了"))) == (409, "move_not_open")
    assert (await cast.sql("SELECT revision FROM tickets.hotline_orders WHERE district = $1"))[0]["revision"] == 1


# --- news ---


async def test_news_while_it_is_handled(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    newer, long = hotline.order(revision=2, title="整栋楼不热")["order"], "市民再次来电。\n" * 60
    for event, given, word in (
        ("supplemented", {"note": "二楼也冷"}, {"content": "二楼也冷"}),
        ("supplemented", {"order": newer, "note": "整栋"}, {"content": "整栋"}),
        ("urged", {"note": long}, {"note": long.strip()}),
        ("urged", {}, {"note": "热线催办"}),
    ):  # fmt: skip
        answer = await hotline.send(hotline.about(event, **given))
        assert (answer.status_code, answer.json()["status"]) == (202, "recorded"), answer.text
        heard = await last(cast, appeal)
        assert (heard["text"], heard["actor_kind"], heard["actor"]) == (word, "hotline", hotline.id)


async def test_an_order_that_waits_for_its_place_can_be_urged_and_withdrawn(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline, occurred={})
    assert (await hotline.send(hotline.about("urged"))).status_code == 202
    assert (await hotline.send(hotline.about("withdrawn"))).status_code == 202
    assert (await cast.shown(appeal))["step"] == "withdrawn"


async def test_news_that_the_step_does_not_allow_are_refused_aloud(cast: Cast, hotline: Caller12345) -> None:
    appeal = await ordered(cast, hotline)
    heard = hotline.about("callback_result", callback={"reached": True, "resolved": True, "score": 5})
    for event in (heard, hotline.about("rework", note="没修好")):
        assert problem(await hotline.send(event)) == (409, "move_not_open")
    await cast.move(appeal, "sign", cast.head)
    assert problem(await hotline.send(hotline.about("withdrawn"))) == (409, "move_not_open")
    assert await cast.events(appeal) == ["report", "locate", "file", "assign", "sign"]


async def test_the_hotlines_call_back_closes_it(cast: Cast, hotline: Caller12345) -> None:
    appeal = await answered(cast, hotline)
    heard = hotline.about("callback_result", callback={"reached": True, "resolved": True, "score": 4})
    for _ in range(2):
        assert (await hotline.send(heard, message="msg_heard")).status_code == 202
    await cast.work()
    closed = await cast.shown(appeal)
    assert (closed["step"], closed["rating"], closed["called_back"]) == ("closed", 4, "reached")
    assert (await cast.events(appeal))[-3:] == ["call_back", "rate", "close"]


async def test_the_residents_own_rating_outweighs_what_the_hotline_heard(cast: Cast, hotline: Caller12345) -> None:
    index = cast.service.vault.blind_index("10012345678", purpose="phone", district=cast.district)
    cast.hierarchy.contacts[index.hex()] = cast.resident.id
    appeal = await answered(cast, hotline)
    await cast.move(appeal, "rate", cast.resident, {"score": 5, "resolved": True})
    await hotline.send(hotline.about("callback_result", callback={"reached": True, "score": 2, "comment": "一般"}))
    heard = await last(cast, appeal)
    assert (heard["event"], heard["data"]["score"], heard["text"]["comment"]) == ("call_back", 2, "一般")
    await cast.work()
    assert (await cast.shown(appeal))["rating"] == 5


async def test_an_unhappy_caller_has_it_done_again(cast: Cast, hotline: Caller12345) -> None:
    appeal = await answered(cast, hotline)
    heard = {"reached": True, "resolved": False, "score": 1}
    assert (await hotline.send(hotline.about("callback_result", callback=heard))).status_code == 202
    assert (await hotline.send(hotline.about("rework", note="第二天\n又不热了"))).status_code == 202
    again = await cast.shown(appeal)
    assert (again["step"], again["lead_name"], again["rating"], again["called_back"]) == (
        "assign",
        "楼栋长",
        None,
        None,
    )
