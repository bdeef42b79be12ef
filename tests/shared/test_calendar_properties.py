"""What must hold for a deadline from any start, with any span and any pauses."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.calendar import Pause, Span, Unit
from shared.runtime.calendars import default_calendar

CALENDAR = default_calendar()

instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda m: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
units = st.sampled_from(Unit)
amounts = st.integers(1, 60)
forever = datetime.max.replace(tzinfo=UTC)


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    begin = draw(instants)
    return Pause(begin, draw(st.none() | st.timedeltas(timedelta(), timedelta(days=40)).map(begin.__add__)), "x")


def end(start: datetime, amount: int, unit: Unit, *stops: Pause) -> datetime:
    return CALENDAR.due(start, Span(amount, unit), stops).at or forever


@given(instants, instants, amounts, units, st.lists(pauses(), max_size=3))
def test_a_later_start_is_never_due_earlier(
    one: datetime, other: datetime, amount: int, unit: Unit, stops: list[Pause]
) -> None:
    early, late = sorted([one, other])
    assert end(early, amount, unit, *stops) <= end(late, amount, unit, *stops)


@given(instants, amounts, units, st.lists(pauses(), max_size=3))
def test_a_longer_span_is_never_due_earlier(start: datetime, amount: int, unit: Unit, stops: list[Pause]) -> None:
    assert end(start, amount, unit, *stops) <= end(start, amount + 1, unit, *stops)


@given(instants, amounts, units, st.lists(pauses(), max_size=2), pauses())
def test_a_pause_never_makes_it_due_earlier(
    start: datetime, amount: int, unit: Unit, stops: list[Pause], more: Pause
) -> None:
    assert end(start, amount, unit, *stops) <= end(start, amount, unit, *stops, more)


@given(instants, amounts, units, st.lists(pauses(), max_size=3))
def test_nothing_falls_due_before_the_start_or_during_a_pause(
    start: datetime, amount: int, unit: Unit, stops: list[Pause]
) -> None:
    at = end(start, amount, unit, *stops)
    assert at > start
    assert at == forever or not any(stop.begin < at < (stop.end or forever) for stop in stops)


@given(instants, amounts)
def test_working_time_ends_in_working_time(start: datetime, amount: int) -> None:
    for unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        local = CALENDAR.local(end(start, amount, unit))
        assert CALENDAR.is_working_day(local.date())
        assert any(a < local.time() <= b for a, b in CALENDAR.hours)


@given(instants, amounts)
def test_working_days_are_as_many_as_the_calendar_counts(start: datetime, amount: int) -> None:
    first, last = CALENDAR.local(start).date(), CALENDAR.local(end(start, amount, Unit.WORKING_DAYS)).date()
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(map(CALENDAR.is_working_day, days)) == amount


@given(instants, amounts, units, st.lists(pauses(), max_size=3))
def test_the_explanation_ends_with_the_answer_in_both_languages(
    start: datetime, amount: int, unit: Unit, stops: list[Pause]
) -> None:
    result = CALENDAR.due(start, Span(amount, unit), stops)
    assert all(words.zh and words.en for words in result.explain)
    answer = [words.zh for words in result.explain if words.zh.startswith(("到期", "时钟停止"))]
    assert len(answer) == 1
    assert answer[0].startswith("到期" if result.at else "时钟停止")
