"""When a venue is open: weekly pattern, holidays, make-up days, single days; and in words."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.hierarchy.venues.rules import (
    DayPart,
    Exception_,
    Week,
    Why,
    every_day,
    in_words,
    is_within,
    now_open,
    opening,
    stretches,
)
from shared.kernel.periods import CHINA
from shared.runtime.calendars import default_calendar

CALENDAR = default_calendar()
DAY, EVENING, LATE = (
    DayPart(opens="08:00", closes="12:00"),
    DayPart(opens="18:00", closes="21:00"),
    DayPart(opens="20:00", closes="24:00"),
)
OFFICE = (DayPart(opens="08:30", closes="12:00"), DayPart(opens="14:30", closes="18:00"))
WORKING = Week(monday=OFFICE, tuesday=OFFICE, wednesday=OFFICE, thursday=OFFICE, friday=OFFICE, holidays=(),
               make_up_days=OFFICE)  # fmt: skip
# 2025: the first of October is a holiday, and Sunday the 28th of September a make-up working day.
WEDNESDAY, SUNDAY, HOLIDAY, MADE_UP = date(2025, 9, 24), date(2025, 9, 21), date(2025, 10, 1), date(2025, 9, 28)


@pytest.mark.parametrize(
    ("day", "parts", "why"),
    [
        (WEDNESDAY, OFFICE, Why.WEEK),
        (SUNDAY, (), Why.WEEK),
        (HOLIDAY, (), Why.HOLIDAY),
        (MADE_UP, OFFICE, Why.MAKE_UP_DAY),
    ],
)
def test_what_decides_a_day(day: date, parts: tuple[DayPart, ...], why: Why) -> None:
    found = opening(WORKING, day, {}, CALENDAR)
    assert (found.parts, found.why) == (parts, why)


def test_an_exception_is_stronger_than_a_holiday() -> None:
    found = opening(WORKING, HOLIDAY, {HOLIDAY: Exception_((EVENING,), "国庆游园")}, CALENDAR)
    assert (found.parts, found.why, found.words.zh, found.provisional) == ((EVENING,), Why.EXCEPTION, "国庆游园", False)


def test_a_station_that_says_nothing_of_holidays_is_open_on_them() -> None:
    found = opening(every_day(DAY), HOLIDAY, {}, CALENDAR)
    assert (found.parts, found.why, found.provisional) == ((DAY,), Why.WEEK, False)


def test_years_without_published_holidays_are_a_forecast() -> None:
    far = date(2031, 10, 1)
    assert opening(WORKING, far, {}, CALENDAR).provisional
    assert not opening(every_day(DAY), far, {}, CALENDAR).provisional


def test_the_day_ends_at_midnight() -> None:
    [late] = stretches(CALENDAR, WEDNESDAY, [LATE])
    assert late.end == CALENDAR.at(WEDNESDAY + timedelta(days=1))
    assert now_open([late], datetime(2025, 9, 24, 23, 59, tzinfo=CHINA)) == late
    assert now_open([late], datetime(2025, 9, 25, 0, 0, tzinfo=CHINA)) is None


def test_a_time_must_lie_in_one_part() -> None:
    opened = stretches(CALENDAR, WEDNESDAY, OFFICE)
    begin, end = (datetime(2025, 9, 24, hour, tzinfo=CHINA) for hour in (11, 15))
    assert not is_within(begin, end, opened)
    assert is_within(begin, datetime(2025, 9, 24, 12, tzinfo=CHINA), opened)


@pytest.mark.parametrize("broken", [(EVENING, DAY), (DAY, DayPart(opens="11:59", closes="13:00")), (DAY,) * 7])
def test_parts_in_disorder_are_refused(broken: tuple[DayPart, ...]) -> None:
    with pytest.raises(ValidationError):
        Week(monday=broken)


@pytest.mark.parametrize(
    ("opens", "closes"), [("12:00", "12:00"), ("21:00", "08:00"), ("8:00", "9:00"), ("10:00", "24:01")]
)
def test_a_part_goes_forwards(opens: str, closes: str) -> None:
    with pytest.raises(ValidationError):
        DayPart(opens=opens, closes=closes)


@pytest.mark.parametrize(
    ("week", "words"),
    [
        (every_day(DayPart(opens="08:00", closes="21:00")), "每天 8:00–21:00"),
        (WORKING, "周一至周五 8:30–12:00、14:30–18:00；周六、周日 休息；法定节假日 休息"),
        (Week(tuesday=(DAY,)), "周一 休息；周二 8:00–12:00；周三至周日 休息"),
        (Week(), "每天 休息"),
        (every_day(DayPart(opens="00:00", closes="24:00")), "全天开放"),
    ],
)
def test_in_words(week: Week, words: str) -> None:
    assert in_words(week) == words


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_every_day_has_its_hours(day: date) -> None:
    """What is open is what the pattern, the holidays or the make-up days say, and nothing else ever."""
    found = opening(WORKING, day, {}, CALENDAR)
    assert bool(found.parts) == CALENDAR.is_working_day(day)
    assert len(stretches(CALENDAR, day, found.parts)) == len(found.parts)
