from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.periods import PeriodKind, parse_period, period_of, periods

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
kinds = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("kind", "day", "first", "last", "label"),
    [
        ("half-month", "2026-11-15", "2026-11-01", "2026-11-15", "2026-11-H1"),
        ("half-month", "2026-11-16", "2026-11-16", "2026-11-30", "2026-11-H2"),
        ("half-month", "2026-02-28", "2026-02-16", "2026-02-28", "2026-02-H2"),
        ("half-month", "2028-02-20", "2028-02-16", "2028-02-29", "2028-02-H2"),
        ("half-month", "2026-12-31", "2026-12-16", "2026-12-31", "2026-12-H2"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31", "2026-12"),
        ("quarter", "2026-11-22", "2026-10-01", "2026-12-31", "2026-Q4"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-03-31", "2026-Q1"),
        ("year", "2026-11-22", "2026-01-01", "2026-12-31", "2026"),
    ],
)
def test_period_of_a_day(kind: str, day: str, first: str, last: str, label: str) -> None:
    period = period_of(PeriodKind(kind), date.fromisoformat(day))
    assert (f"{period.first}", f"{period.last}", period.label) == (first, last, label)


@given(kinds, days)
def test_periods_contain_their_day_follow_each_other_and_are_found_by_label(kind: PeriodKind, day: date) -> None:
    period = period_of(kind, day)
    assert period.first <= day <= period.last
    assert period.next().first == period.last + timedelta(days=1)
    assert period.next().previous() == period
    assert parse_period(period.label) == period


@given(kinds, days, st.integers(0, 500))
def test_periods_cover_a_range_without_gap(kind: PeriodKind, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = list(periods(kind, first, last))
    assert found[0].first <= first
    assert found[-1].first <= last <= found[-1].last
    assert all(one.next() == two for one, two in pairwise(found))


def test_bounds_are_chinese_midnights() -> None:
    assert parse_period("2026-11").bounds() == (
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "label", ["", "26", "0000", "2026-13", "2026-Q5", "2026-11-H3", "2026-11-22", "２０２６", "2026\n"]
)
def test_refuses_other_labels(label: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        parse_period(label)
