"""The schedule is the seed's alone; the judge sees each kind of wrong when it is planted."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.runtime.verify import Verdict as Chain
from shared.schemas.hotline import StatusCallback
from tests.chaos.facts import Facts
from tests.chaos.judge import judge
from tests.chaos.ledger import Act, Ledger
from tests.chaos.schedule import VICTIMS, schedule


@pytest.mark.parametrize("seconds", [60, 120, 300])
def test_the_whole_matrix_is_scheduled(seconds: int) -> None:
    blows = schedule(7, seconds)
    assert blows == schedule(7, seconds) != schedule(8, seconds)
    struck = Counter((blow.victim, blow.how) for blow in blows)
    assert all(struck[victim, "kill"] == 2 and struck[victim, "hang"] == 1 for victim in VICTIMS)
    assert struck["postgres", "kill one backend"] == struck["valkey", "empty"] == 1
    assert all(blow.lasts == max(3, seconds / 20) for blow in blows if blow.how == "hang")
    last: dict[str, float] = {}
    for blow in blows:
        assert blow.at - last.get(blow.victim, -99) >= max(3, seconds / 20) + 2
        assert blow.at <= seconds * 0.95
        last[blow.victim] = blow.at


def world() -> tuple[Ledger, dict[str, list[StatusCallback]], Facts]:
    """One order, signed and resolved; one activity with one seat, one seated and one who moved up before."""
    born = Act("tickets", "100000", "order", "A1", 0, "k1", outcome="accepted", answer={"appeal_id": "a"})
    moves = [Act("tickets", "100000", event, "a", 0, outcome="accepted") for event in ("sign", "resolve")]
    signed = Act("events", "100000", "registration.sign_up", "m1", 0, "k2", outcome="accepted", answer={"id": "r"})
    ledger = Ledger(acts=[born, *moves, signed], in_inbox={"a": 1.0})
    told = [
        StatusCallback(
            event=event, order_no="A1", ticket_no="T", seq=seq, at=datetime.now(UTC), operator=None, unit=None
        )
        for seq, event in ((1, "signed"), (2, "resolved"))
    ]
    rows: Any = {
        "appeals": [{"id": "a", "order_no": "A1", "title": "t", "callback_seq": 2, "step": "feedback"}],
        "activities": [{"id": "v", "capacity": 1, "taken": 1, "waiting": 0}],
        "registrations": [{"id": "r", "activity_id": "v", "step": "registered", "place_no": 1, "note": "m1"}],
        "promotions": [{"activity_id": "v", "place_no": 1, "id": "r"}],
    }
    events = Counter({("a", event): 1 for event in ("sign", "resolve", "locate", "file", "assign")})
    facts = Facts(**rows, events=events, keys=Counter(["k1", "k2"]), notices=Counter(["r"]), jobs_left=[], journals=[])
    return ledger, {"A1": told}, facts


def test_a_world_in_order_is_clean() -> None:
    assert judge(*world()).findings == []


def _forget_the_order(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.appeals = []


def _forget_the_key(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.keys.clear()


def _order_twice(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.appeals.append(dict(facts.appeals[0]) | {"id": "b"})  # type: ignore[arg-type]  # rows are mappings here


def _one_move_twice(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.events["a", "sign"] = 2


def _assigned_twice(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.events["a", "assign"] = 2


def _move_gone(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.events["a", "resolve"] = 0


def _never_in_an_inbox(ledger: Ledger, __: dict[str, Any], _: Facts) -> None:
    ledger.in_inbox.clear()


def _callback_missing(_: Ledger, told: dict[str, Any], __: Facts) -> None:
    told["A1"].pop()


def _callback_twice(_: Ledger, told: dict[str, Any], __: Facts) -> None:
    told["A1"].append(told["A1"][-1])


def _callbacks_crossed(_: Ledger, told: dict[str, Any], __: Facts) -> None:
    told["A1"].reverse()


def _oversold(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.registrations.append(dict(facts.registrations[0]) | {"id": "s", "note": None})  # type: ignore[arg-type]


def _seat_not_passed_on(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    waiting: Any = {"id": "s", "activity_id": "v", "step": "waitlisted", "place_no": 2, "note": None}
    facts.registrations.append(waiting)
    facts.activities[0] = {"id": "v", "capacity": 2, "taken": 1, "waiting": 1}  # type: ignore[call-overload]


def _moved_up_out_of_turn(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    before: Any = {"activity_id": "v", "place_no": 5, "id": "r"}
    facts.promotions.insert(0, before)
    facts.notices["r"] = 1


def _not_told(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.notices.clear()


def _refused(ledger: Ledger, __: dict[str, Any], _: Facts) -> None:
    ledger.acts.append(Act("tickets", "100000", "reply", "a", 0, outcome="refused"))


def _dead_job(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.jobs_left.append("tickets.appeal.assign is dead")


def _broken_chain(_: Ledger, __: dict[str, Any], facts: Facts) -> None:
    facts.journals.append(("tickets", Chain("100000", 3, "00", "position 3 was changed")))


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (_forget_the_order, "lost"),
        (_forget_the_key, "lost"),
        (_move_gone, "lost"),
        (_order_twice, "duplicated"),
        (_one_move_twice, "duplicated"),
        (_assigned_twice, "duplicated"),
        (_callback_twice, "duplicated"),
        (_never_in_an_inbox, "undone"),
        (_callback_missing, "undone"),
        (_seat_not_passed_on, "undone"),
        (_not_told, "undone"),
        (_refused, "undone"),
        (_dead_job, "undone"),
        (_callbacks_crossed, "out_of_order"),
        (_moved_up_out_of_turn, "out_of_order"),
        (_oversold, "oversold"),
        (_broken_chain, "broken_journals"),
    ],
)
def test_the_judge_sees(plant: Any, seen: str) -> None:
    case = world()
    plant(*case)
    verdict = judge(*case)
    assert getattr(verdict, seen) > 0
    assert not verdict.is_clean


def test_what_was_never_answered_may_be_there_or_not() -> None:
    ledger, told, facts = world()
    ledger.acts.append(Act("tickets", "100000", "reply", "a", 0, outcome="unknown"))
    assert judge(ledger, told, facts).is_clean
    facts.events["a", "reply"] = 1
    assert judge(ledger, told, facts).is_clean
    facts.events["a", "reply"] = 2
    assert judge(ledger, told, facts).duplicated == 1
