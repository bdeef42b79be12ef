"""Deadlines over the real calendar of 2025 to 2027, as tables to read."""

from datetime import UTC, date, datetime, time

import pytest

from shared.kernel.calendar import Calendar, Pause, Span, Unit
from shared.runtime.calendars import default_calendar

CALENDAR = default_calendar()
DAYS, WORKING_DAYS, WORKING_HOURS = Unit.DAYS, Unit.WORKING_DAYS, Unit.WORKING_HOURS
MINUTES, HOURS = Unit.MINUTES, Unit.HOURS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)


def due(start: str, amount: int, unit: Unit, *pauses: Pause, calendar: Calendar = CALENDAR) -> str:
    instant = calendar.due(at(start), Span(amount, unit), pauses).at
    return f"{calendar.local(instant):%Y-%m-%d %H:%M}" if instant else "stands"


def pause(begin: str, end: str | None, reason: str = "等待鉴定") -> Pause:
    return Pause(at(begin), at(end) if end else None, reason)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2025-01-26", True),  # 周日，春节调休上班
        ("2025-01-28", False),  # 除夕
        ("2025-02-04", False),
        ("2025-02-08", True),  # 周六，春节调休上班
        ("2025-09-28", True),  # 周日，国庆调休上班
        ("2025-10-08", False),
        ("2025-10-11", True),  # 周六，国庆调休上班
        ("2026-02-14", True),  # 周六，春节调休上班
        ("2026-02-23", False),
        ("2026-02-28", True),  # 周六，春节调休上班
        ("2026-09-20", True),  # 周日，国庆调休上班
        ("2026-10-10", True),  # 周六，国庆调休上班
        ("2026-11-21", False),  # 周六
        ("2026-11-23", True),  # 周一
        ("2027-02-08", False),  # 预计
        ("2027-06-12", False),  # 周六，调休尚未公布
    ],
)
def test_published_rest_and_make_up_days(day: str, *, worked: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-11-16 10:00", 1, WORKING_DAYS, "2026-11-17 17:30"),
        ("2026-11-16 00:00", 1, WORKING_DAYS, "2026-11-17 17:30"),  # before opening: still day 0
        ("2026-11-16 23:59", 1, WORKING_DAYS, "2026-11-17 17:30"),  # after the close: still day 0
        ("2026-11-20 10:00", 1, WORKING_DAYS, "2026-11-23 17:30"),  # Friday
        ("2026-11-21 10:00", 1, WORKING_DAYS, "2026-11-23 17:30"),  # Saturday: Monday is day 1
        ("2025-09-26 10:00", 1, WORKING_DAYS, "2025-09-28 17:30"),  # the make-up Sunday counts
        ("2025-09-30 16:00", 2, WORKING_DAYS, "2025-10-10 17:30"),  # eight days of 国庆中秋
        ("2025-09-30 16:00", 3, WORKING_DAYS, "2025-10-11 17:30"),  # and the make-up Saturday
        (
            "2025-01-27 09:00",
            5,
            WORKING_DAYS,
            "2025-02-10 17:30",
        ),  # 春节 2025: 5, 6, 7, 8 (Saturday), 10 February
        ("2026-02-13 09:00", 2, WORKING_DAYS, "2026-02-24 17:30"),  # 春节 2026: 14 (Saturday), 24 February
        ("2026-09-30 09:00", 3, WORKING_DAYS, "2026-10-10 17:30"),
        ("2026-12-30 09:00", 2, WORKING_DAYS, "2027-01-04 17:30"),  # year end
        ("2026-11-16 10:00", 2, WORKING_HOURS, "2026-11-16 12:00"),
        ("2026-11-16 11:30", 2, WORKING_HOURS, "2026-11-16 15:00"),  # lunch is not counted
        ("2026-11-16 12:00", 1, WORKING_HOURS, "2026-11-16 14:30"),
        ("2026-11-20 17:00", 1, WORKING_HOURS, "2026-11-23 09:30"),  # over the weekend
        ("2026-11-21 03:00", 3, WORKING_HOURS, "2026-11-23 12:00"),
        ("2026-11-20 18:00", 7, WORKING_HOURS, "2026-11-23 17:30"),
        ("2026-10-01 08:00", 24, HOURS, "2026-10-02 08:00"),  # round the clock, holiday or not
        ("2026-12-31 23:50", 30, MINUTES, "2027-01-01 00:20"),
        ("2026-11-16 10:00", 1, DAYS, "2026-11-18 00:00"),  # 24:00 of the 17th
        ("2026-11-16 10:00", 5, DAYS, "2026-11-24 00:00"),  # the 21st is a Saturday: §203
        ("2026-09-28 10:00", 5, DAYS, "2026-10-09 00:00"),  # within 国庆: 24:00 of the 8th
        ("2026-09-14 10:00", 6, DAYS, "2026-09-21 00:00"),  # the 20th is a Sunday, but worked
    ],
)
def test_due(start: str, amount: int, unit: Unit, expected: str) -> None:
    assert due(start, amount, unit) == expected


@pytest.mark.parametrize(
    ("amount", "unit", "pauses", "expected"),
    [
        # from Monday 2026-11-16 10:00; without a pause 5 working days end on Monday the 23rd
        (5, WORKING_DAYS, [], "2026-11-23 17:30"),
        (
            5,
            WORKING_DAYS,
            [pause("2026-11-20 18:00", "2026-11-23 09:00")],
            "2026-11-23 17:30",
        ),  # closed anyway
        (
            5,
            WORKING_DAYS,
            [pause("2026-11-20 16:00", "2026-11-23 10:00")],
            "2026-11-24 17:30",
        ),  # 2.5 h: one day
        (
            5,
            WORKING_DAYS,
            [pause("2026-11-18 09:00", "2026-11-20 09:00")],
            "2026-11-25 17:30",
        ),  # two whole days
        (5, WORKING_DAYS, [pause("2026-11-16 11:00", "2026-11-16 23:00")], "2026-11-23 17:30"),  # on day 0
        (  # two short pauses are added up before they are rounded: one day, not two
            5,
            WORKING_DAYS,
            [pause("2026-11-17 09:00", "2026-11-17 10:00"), pause("2026-11-19 09:00", "2026-11-19 10:00")],
            "2026-11-24 17:30",
        ),
        (  # overlapping pauses stop the clock once
            5,
            WORKING_DAYS,
            [pause("2026-11-17 09:00", "2026-11-17 17:30"), pause("2026-11-17 10:00", "2026-11-17 12:00")],
            "2026-11-24 17:30",
        ),
        (5, WORKING_DAYS, [pause("2026-11-19 10:00", None)], "stands"),
        (5, WORKING_DAYS, [pause("2026-11-24 10:00", None)], "2026-11-23 17:30"),  # it had run out before
        (  # the count ends on Tuesday 11:30, but nothing falls due during a pause
            5,
            WORKING_DAYS,
            [pause("2026-11-20 16:00", "2026-11-23 10:00"), pause("2026-11-24 14:00", "2026-11-26 14:00")],
            "2026-11-26 17:30",
        ),
        (
            5,
            WORKING_DAYS,
            [pause("2026-11-20 16:00", "2026-11-23 10:00"), pause("2026-11-24 14:00", None)],
            "stands",
        ),
        (3, WORKING_HOURS, [pause("2026-11-16 10:30", "2026-11-16 14:00")], "2026-11-16 16:30"),
        (24, HOURS, [pause("2026-11-16 22:00", "2026-11-17 07:30")], "2026-11-17 19:30"),
        (24, HOURS, [pause("2026-11-16 22:00", None)], "stands"),
        (3, DAYS, [pause("2026-11-17 12:00", "2026-11-17 13:00")], "2026-11-21 00:00"),
    ],
)
def test_due_with_pauses(amount: int, unit: Unit, pauses: list[Pause], expected: str) -> None:
    assert due("2026-11-16 10:00", amount, unit, *pauses) == expected


def test_explains_a_working_day_deadline_line_by_line() -> None:
    result = CALENDAR.due(
        at("2026-09-30 16:00"),
        Span(3, WORKING_DAYS),
        [pause("2026-10-08 15:00", "2026-10-08 17:00")],
    )
    assert [words.zh for words in result.explain] == [
        "2026-09-30 16:00 起，时限 3 个工作日",
        "起始当日不计，2026-10-08 为第一日（民法典第二百零一条）",
        "2026-10-01至2026-10-07 国庆节 休息 不计",
        "其间周末 1 天 休息 不计",
        "2026-10-10 周六 调休上班 计入",
        "2026-10-08 15:00 至 2026-10-08 17:00 暂停（等待鉴定）不计",
        "暂停合计进整，顺延 1 个工作日",
        "到期 2026-10-12 17:30",
    ]
    assert [words.en for words in result.explain] == [
        "From 2026-09-30 16:00, 3 working days",
        "The day of the start is not counted; 2026-10-08 is day 1 (Civil Code, art. 201)",
        "2026-10-01 to 2026-10-07 National Day: rest, not counted",
        "Weekend days between: 1, not counted",
        "2026-10-10 Saturday: make-up working day, counted",
        "2026-10-08 15:00 to 2026-10-08 17:00 paused (等待鉴定)",
        "The pauses, added up and rounded up, add 1 working day",
        "Due 2026-10-12 17:30",
    ]


STOPPED = "时钟停止，恢复后再计算到期时间"
SINCE = "2026-11-16 10:10 起暂停（等待鉴定），尚未恢复"
MOVED = "末日 2026-10-03 是休息日，顺延至 2026-10-08（民法典第二百零三条）"
FORECAST = "2027-01-01 起的放假安排尚未公布，暂按预计，公布后重算"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "pauses", "line"),
    [
        ("2026-09-28 10:00", 5, DAYS, [], MOVED),
        ("2026-09-28 10:00", 5, DAYS, [], "到期 2026-10-08 24:00"),
        ("2026-11-16 10:00", 1, WORKING_HOURS, [pause("2026-11-16 10:10", None)], STOPPED),
        ("2026-11-16 10:00", 1, HOURS, [pause("2026-11-16 10:10", None)], SINCE),
        ("2026-12-31 10:00", 1, WORKING_DAYS, [], FORECAST),
        (
            "2026-11-16 10:00",
            5,
            WORKING_DAYS,
            [pause("2026-11-20 16:00", "2026-11-23 10:00"), pause("2026-11-24 14:00", "2026-11-26 14:00")],
            "末日 2026-11-24 在暂停期内，顺延至恢复",
        ),
    ],
)
def test_explain_names_what_moved_the_end(start: str, amount: int, unit: Unit, pauses: list[Pause], line: str) -> None:
    result = CALENDAR.due(at(start), Span(amount, unit), pauses)
    assert line in [words.zh for words in result.explain]


@pytest.mark.parametrize(
    ("start", "amount", "unit", "provisional"),
    [
        ("2026-12-30 10:00", 1, WORKING_DAYS, False),
        ("2026-12-30 10:00", 2, WORKING_DAYS, True),
        ("2026-12-30 10:00", 96, HOURS, False),  # natural hours know no holidays
        ("2026-12-30 10:00", 1, DAYS, False),
        ("2026-12-31 10:00", 1, DAYS, True),  # moved on over a forecast holiday
    ],
)
def test_only_what_rests_on_forecast_holidays_is_provisional(
    start: str, amount: int, unit: Unit, *, provisional: bool
) -> None:
    assert CALENDAR.due(at(start), Span(amount, unit)).provisional is provisional


def test_a_district_may_agree_not_to_extend_over_rest_days_and_on_its_own_hours() -> None:
    agreed = Calendar(hours=((time(8, 30), time(17)),), extend_over_rest=False)
    assert due("2026-11-16 10:00", 5, DAYS, calendar=agreed) == "2026-11-22 00:00"
    assert due("2026-11-16 10:00", 1, WORKING_DAYS, calendar=agreed) == "2026-11-17 17:00"


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-11-16 08:59", False),
        ("2026-11-16 09:00", True),
        ("2026-11-16 12:00", False),
        ("2026-11-21 10:00", False),
    ],
)
def test_is_open(instant: str, *, is_open: bool) -> None:
    assert CALENDAR.is_open(at(instant)) is is_open


def test_utc_goes_in_and_utc_comes_out() -> None:
    result = CALENDAR.due(datetime(2026, 11, 16, 16, 30, tzinfo=UTC), Span(1, WORKING_DAYS)).at
    assert result == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # it was already the 17th in China
    assert result.tzinfo is UTC


def test_refuses_what_is_no_instant_span_pause_or_working_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.due(datetime(2026, 11, 16), Span(1, DAYS))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        Pause(datetime(2026, 11, 16), None, "")  # noqa: DTZ001
    with pytest.raises(ValueError, match="between 1 and"):
        Span(0, DAYS)
    with pytest.raises(ValueError, match="cannot end"):
        pause("2026-11-17 10:00", "2026-11-16 10:00")
    with pytest.raises(ValueError, match="working hours"):
        Calendar(hours=((time(13), time(12)),))
