"""Clocks: how long each step may take, what happens when it runs out, and that nothing ends without a call-back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.tickets.appeals import moves
from services.tickets.appeals.moves import due_at
from services.tickets.appeals.workflow import APPEAL
from shared.runtime.calendars import default_calendar
from tests.support.steps import run_due
from tests.tickets.conftest import RESULT, Cast

# Sunday 10:00 in Beijing; Monday 09:00 begins a plain working week.
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


async def pass_time(cast: Cast, job: str) -> int:
    """Lets the time come for which the jobs of one kind wait, and runs them."""
    await cast.sql("UPDATE tickets.jobs SET due_at = now() WHERE district = $1 AND name = $2", f"tickets.appeal.{job}")
    return await run_due(cast.service, cast.district)


async def run_out(cast: Cast, appeal: str) -> None:
    """The current step's clock has run out, an hour ago."""
    sql = """UPDATE tickets.{table} SET {set} WHERE district = $1"""
    due = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    shown = await cast.shown(appeal)
    await cast.sql(sql.format(table="appeals", set="step_due = $2"), due)
    await cast.sql(
        sql.format(table="jobs", set="args = jsonb_set(args, '{due}', to_jsonb($2::text)), due_at = now()")
        + " AND args ->> 'due' = $3",
        due.isoformat(),
        datetime.fromisoformat(shown["step_due"]).isoformat(),
    )
    await run_due(cast.service, cast.district)


@pytest.mark.parametrize(
    ("urgency", "step", "due"),
    [
        ("L1", "report", SUNDAY + timedelta(minutes=10)),
        ("L1", "verify", SUNDAY + timedelta(minutes=20)),
        ("L1", "assign", SUNDAY + timedelta(minutes=30)),
        ("L1", "handle", SUNDAY + timedelta(hours=2)),
        ("L1", "feedback", datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),  # 24:00 of the next day
        ("L2", "assign", SUNDAY + timedelta(hours=2)),
        ("L2", "handle", SUNDAY + timedelta(hours=24)),
        ("L3", "verify", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),  # Monday's close of work, 17:30
        ("L3", "handle", datetime(2026, 11, 27, 9, 30, tzinfo=UTC)),  # Friday's: five working days
        ("L4", "handle", datetime(2026, 12, 11, 9, 30, tzinfo=UTC)),
        ("L3", "feedback", datetime(2026, 11, 25, 16, 0, tzinfo=UTC)),
        ("L3", "rate", datetime(2026, 12, 7, 16, 0, tzinfo=UTC)),
    ],
)
def test_the_time_limits(urgency: str, step: str, due: datetime) -> None:
    assert due_at(default_calendar(), step, urgency, SUNDAY) == due


def test_no_end_has_a_time_limit() -> None:
    for step, row in APPEAL.steps.items():
        assert (due_at(default_calendar(), step, "L3", SUNDAY) is None) == row.is_end


async def test_filing_sets_the_urgency_and_with_it_the_clock(cast: Cast) -> None:
    reported = (await cast.report(urgency="L3")).json()
    filed = (await cast.move(reported["id"], "file", cast.staff, {"category": "JC05", "urgency": "L1"})).json()
    half_an_hour = datetime.fromisoformat(filed["step_due"]) - datetime.fromisoformat(filed["step_since"])
    assert (filed["urgency"], half_an_hour) == ("L1", timedelta(minutes=30))


async def test_overdue_is_marked_once_and_only_where_it_stands(cast: Cast) -> None:
    appeal = await cast.assigned()
    await run_out(cast, appeal)
    assert (await cast.shown(appeal))["overdue"] is True
    assert await pass_time(cast, "overdue") == 2  # the clocks of 核实立案 and of the time before it was handed out
    assert (await cast.events(appeal)).count("overdue") == 1
    signed = (await cast.move(appeal, "sign", cast.head)).json()
    assert signed["overdue"] is False  # a new step, a new clock; the journal keeps the old one


async def test_an_overdue_mark_that_collides_is_made_all_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody urges between the job's look and its mark: the mark must not get lost."""
    appeal = await cast.assigned()
    note = moves.note

    async def interrupted(*told: Any, **changes: Any) -> Any:
        monkeypatch.undo()
        await cast.move(appeal, "urge", cast.resident, {"note": "还没有人来。"})
        return await note(*told, **changes)

    monkeypatch.setattr(moves, "note", interrupted)
    await run_out(cast, appeal)
    assert await cast.events(appeal) == ["report", "file", "assign", "urge"]
    assert await pass_time(cast, "overdue") >= 1
    assert (await cast.shown(appeal))["overdue"] is True


async def test_a_suspension_stops_the_clock(cast: Cast) -> None:
    appeal = await cast.assigned()
    signed = (await cast.move(appeal, "sign", cast.head)).json()
    suspended = (await cast.move(appeal, "suspend", cast.head, {"reason": "等待配件到货"})).json()
    assert (suspended["suspended"], suspended["step_due"], suspended["step"]) == (True, None, "handle")
    assert (await cast.move(appeal, "resolve", cast.head, RESULT)).json()["code"] == "move_not_open"
    await pass_time(cast, "overdue")
    assert (await cast.shown(appeal))["overdue"] is False

    await cast.sql("UPDATE tickets.appeals SET seconds_left = seconds_left - 60 WHERE district = $1")
    resumed = (await cast.move(appeal, "resume", cast.head)).json()
    kept = datetime.fromisoformat(signed["step_due"]) - datetime.fromisoformat(resumed["step_due"])
    assert timedelta() < kept < timedelta(seconds=62)  # what was left, not the whole span again
    assert resumed["suspended"] is False
    await run_out(cast, appeal)
    assert (await cast.shown(appeal))["overdue"] is True


async def test_what_was_overdue_before_it_was_suspended_is_marked_once(cast: Cast) -> None:
    appeal = await cast.assigned()
    await cast.move(appeal, "sign", cast.head)
    await run_out(cast, appeal)
    await cast.walk(appeal, ("suspend", cast.head, {"reason": "等待配件"}), ("resume", cast.head, {}))
    await pass_time(cast, "overdue")
    assert (await cast.events(appeal)).count("overdue") == 1
    assert (await cast.shown(appeal))["overdue"] is True


async def test_going_up_the_chain_starts_the_clock_anew(cast: Cast) -> None:
    appeal = await cast.assigned()
    await cast.move(appeal, "sign", cast.head)
    await cast.move(appeal, "suspend", cast.head, {"reason": "等待配件"})
    before = datetime.now(UTC)
    risen = (await cast.move(appeal, "escalate", cast.head, {"reason": "配件停产"})).json()
    assert (risen["step"], risen["suspended"]) == ("assign", False)
    assert datetime.fromisoformat(risen["step_due"]) > before + timedelta(hours=1, minutes=59)


async def test_the_last_of_the_chain_cannot_go_up(cast: Cast) -> None:
    appeal = await cast.assigned()
    await cast.walk(appeal, ("escalate", cast.head, {"reason": "不归我管"}), ("sign", cast.grid_worker, {}))
    refused = await cast.move(appeal, "escalate", cast.grid_worker, {"reason": "太难"})
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_above")


# --- the end ---


async def test_silence_is_closed_after_the_time_for_rating_if_called_back(cast: Cast) -> None:
    appeal = await cast.answered()
    await cast.move(appeal, "call_back", cast.staff, {"reached": False, "attempts": 3})
    await run_out(cast, appeal)
    closed = await cast.shown(appeal)
    assert (closed["step"], closed["called_back"], closed["rating"]) == ("closed", "unreached", None)
    assert "overdue" not in await cast.events(appeal)  # nobody failed: the resident just said nothing


async def test_nothing_is_closed_without_a_call_back(cast: Cast) -> None:
    appeal = await cast.answered()
    await cast.move(appeal, "rate", cast.resident, {"score": 5, "resolved": True})
    assert (await cast.move(appeal, "close", cast.staff)).json()["code"] == "move_not_open"
    await run_out(cast, appeal)
    open_ = await cast.shown(appeal)
    assert (open_["step"], open_["overdue"]) == ("rate", True)
    await cast.move(appeal, "call_back", cast.staff, {"reached": True, "resolved": True})
    await cast.work()
    assert (await cast.shown(appeal))["step"] == "closed"


async def test_a_late_call_back_closes_what_only_waited_for_it(cast: Cast) -> None:
    appeal = await cast.answered()
    await run_out(cast, appeal)
    assert (await cast.shown(appeal))["step"] == "rate"
    await cast.move(appeal, "call_back", cast.staff, {"reached": True})
    await cast.work()
    assert (await cast.shown(appeal))["step"] == "closed"


async def test_a_bad_rating_waits_for_people(cast: Cast) -> None:
    appeal = await cast.answered()
    unsaid = await cast.move(appeal, "rate", cast.resident, {"score": 1, "resolved": False})
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "invalid")
    await cast.walk(
        appeal,
        ("call_back", cast.staff, {"reached": True, "resolved": False}),
        ("rate", cast.resident, {"score": 1, "resolved": False, "comment": "还是冷"}),
    )
    await cast.work()
    assert (await cast.shown(appeal))["step"] == "rate"


async def test_after_a_rework_the_old_end_does_not_come(cast: Cast) -> None:
    """不满意重办: the first answer's time for rating must not close the second answer."""
    appeal = await cast.answered()
    again = await cast.move(appeal, "rework", cast.resident, {"reason": "第二天又不热了"})
    assert (again.json()["step"], again.json()["lead_name"], again.json()["rating"]) == ("assign", "楼栋长", None)
    await cast.walk(
        appeal,
        ("sign", cast.head, {}),
        ("resolve", cast.head, RESULT),
        ("reply", cast.head, {"text": "已再次维修。"}),
        ("call_back", cast.staff, {"reached": True}),
    )
    old, new = await cast.sql(
        "SELECT id, args FROM tickets.jobs WHERE district = $1 AND name = 'tickets.appeal.close' ORDER BY created_at"
    )
    assert old["id"] != new["id"]
    early = datetime.now(UTC) - timedelta(days=14)
    await cast.sql(
        """UPDATE tickets.jobs SET due_at = now(), args = jsonb_set(args, '{due}', to_jsonb($3::text))
           WHERE district = $1 AND id = $2""",
        old["id"],
        early.isoformat(),
    )
    await cast.work()
    assert (await cast.shown(appeal))["step"] == "rate"
    await run_out(cast, appeal)
    assert (await cast.shown(appeal))["step"] == "closed"


async def test_a_refusal_is_fed_back_and_rated_too(cast: Cast) -> None:
    appeal = (await cast.report()).json()["id"]
    refusal = {"reason": "outside_territory", "note": "该地点属邻县，请拨打当地热线。"}
    shown = await cast.walk(
        appeal,
        ("refuse", cast.staff, refusal),
        ("reply", cast.staff, {"text": "不属本区，已告知。"}),
        ("call_back", cast.staff, {"reached": True}),
    )
    assert (shown["refused"], shown["step"]) == ("outside_territory", "rate")
    assert (await cast.move(appeal, "rework", cast.resident, {"reason": "不服"})).json()["code"] == "move_not_open"
    await cast.move(appeal, "rate", cast.resident, {"score": 3, "resolved": False})
    await cast.work()
    assert (await cast.shown(appeal))["step"] == "closed"
