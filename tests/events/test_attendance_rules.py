"""Minutes and evidence, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from services.events.activities.rules import LABELS, ActivityType, next_turn
from services.events.attendance.rules import (
    Evidence,
    check_own_scan,
    check_time,
    evidence,
    minutes,
    weaker,
)
from services.events.notices.rules import Kind, sentence
from shared.kernel.errors import CheckInCodeWrong, Invalid

NINE = datetime(2026, 12, 5, 1, tzinfo=UTC)  # nine o'clock in China
ELEVEN = NINE + timedelta(hours=2)


@pytest.mark.parametrize(
    ("came", "left", "expected"),
    [
        (0, 120, 120),
        (10, 70, 60),
        (-30, 120, 120),  # early: counts from the start
        (0, 500, 120),  # left late, or scanned at home: counts to the end
        (-30, 500, 120),
        (-60, -10, 0),  # came and left before it began
        (125, 200, 0),
        (0, 0.98, 0),  # whole minutes only
        (0, 1.99, 1),
    ],
)
def test_minutes_are_those_within_the_activity(came: float, left: float, expected: int) -> None:
    got = minutes(NINE + timedelta(minutes=came), NINE + timedelta(minutes=left), starts_at=NINE, ends_at=ELEVEN)
    assert got == expected


def test_nobody_serves_longer_than_twelve_hours_at_a_stretch() -> None:
    end = NINE + timedelta(days=3)
    assert minutes(NINE, end, starts_at=NINE, ends_at=end) == 720


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [("RIGHT", False, "scan"), ("RIGHT", True, "organiser"), (None, False, "organiser"), ("WRONG", False, "organiser")],
)
def test_a_scan_is_the_right_code_at_the_time_itself(code: str | None, given: bool, expected: str) -> None:  # noqa: FBT001
    assert evidence(code=code, right="RIGHT", given_time=given) == expected


def test_a_pair_is_as_good_as_its_weaker_end() -> None:
    scan, organiser = Evidence.SCAN, Evidence.ORGANISER
    assert weaker(scan, scan) == scan
    assert {weaker(scan, organiser), weaker(organiser, scan), weaker(organiser, organiser)} == {organiser}


@pytest.mark.parametrize(
    ("code", "given", "hours"), [(None, False, 0), ("WRONG", False, 0), ("RIGHT", True, 0), ("RIGHT", False, 3.1)]
)
def test_volunteers_scan_with_the_code_while_it_lasts(code: str | None, given: bool, hours: float) -> None:  # noqa: FBT001
    check_own_scan(code="RIGHT", right="RIGHT", given_time=False, now=ELEVEN, ends_at=ELEVEN)
    with pytest.raises(CheckInCodeWrong):
        check_own_scan(code=code, right="RIGHT", given_time=given, now=NINE + timedelta(hours=hours), ends_at=ELEVEN)


@pytest.mark.parametrize("minutes_away", [-61, 5])
def test_a_given_time_was_possible(minutes_away: int) -> None:
    check_time(NINE - timedelta(minutes=59), earliest=NINE - timedelta(hours=1), now=NINE)
    with pytest.raises(Invalid):
        check_time(NINE + timedelta(minutes=minutes_away), earliest=NINE - timedelta(hours=1), now=NINE)


def test_the_clock_of_an_activity() -> None:
    eight = NINE - timedelta(hours=1)
    assert next_turn("open", eight, NINE, ELEVEN) == ("close", eight)
    assert next_turn("open", NINE, NINE, ELEVEN) == ("start", NINE)
    assert next_turn("closed", eight, NINE, ELEVEN) == ("start", NINE)
    assert next_turn("underway", eight, NINE, ELEVEN) == ("finish", ELEVEN)
    assert [next_turn(step, eight, NINE, ELEVEN) for step in ("draft", "finished", "cancelled")] == [None] * 3


def test_every_type_has_its_word() -> None:
    assert set(LABELS) == set(ActivityType)
    assert len(set(LABELS.values())) == len(LABELS) == 17


def test_notices_speak_in_local_time() -> None:
    said = sentence(Kind.PROMOTED, title="便民集市", place="东湖路社区", starts_at=NINE)
    assert "便民集市，12月5日09:00，东湖路社区" in said
