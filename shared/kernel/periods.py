"""Reporting periods for indicators and targets: half-month, month, quarter, year.

A period is written as its label (`2026-11-H1`, `2026-11`, `2026-Q4`, `2026`), so a label in a URL or in a
roll-up row is enough to find its days again. The second half of a month starts on the 16th, however long the
month is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
_HALF = 16  # the first day of a month's second half
_LABEL = re.compile(
    r"(?P<year>\d{4})(?:-Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2])(?:-H(?P<half>[12]))?)?", re.ASCII
)


class PeriodKind(StrEnum):
    """The periods that commitments are counted over (每半月、每月、每季度、每年)."""

    HALF_MONTH = "half-month"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date
    kind: PeriodKind

    @property
    def label(self) -> str:
        """`2026-11-H1`, `2026-11`, `2026-Q4` or `2026`."""
        match self.kind:
            case PeriodKind.HALF_MONTH:
                return f"{self.first:%Y-%m}-H{1 if self.first.day == 1 else 2}"
            case PeriodKind.MONTH:
                return f"{self.first:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{self.first:%Y}-Q{(self.first.month + 2) // 3}"
            case PeriodKind.YEAR:
                return f"{self.first:%Y}"

    def next(self) -> "Period":
        """The period of the same kind that begins the day after."""
        return period_of(self.kind, self.last + timedelta(days=1))

    def previous(self) -> "Period":
        """The period of the same kind that ended the day before."""
        return period_of(self.kind, self.first - timedelta(days=1))

    def bounds(self, zone: ZoneInfo = CHINA) -> tuple[datetime, datetime]:
        """From (included) and until (excluded), in UTC, as a range predicate wants them."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of that kind that `day` lies in."""
    if kind is PeriodKind.HALF_MONTH:
        if day.day < _HALF:
            return Period(day.replace(day=1), day.replace(day=_HALF - 1), kind)
        return Period(day.replace(day=_HALF), _after_months(day, 1) - timedelta(days=1), kind)
    months = _MONTHS[kind]
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Period(first, _after_months(first, months) - timedelta(days=1), kind)


def parse_period(label: str) -> Period:
    """The period with this label. ValueError for anything else."""
    found = _LABEL.fullmatch(label)
    if found is None or found["year"] == "0000":
        raise ValueError(f"{label!r} is no period: write 2026, 2026-Q4, 2026-11 or 2026-11-H1")
    year = int(found["year"])
    if found["quarter"]:
        return period_of(PeriodKind.QUARTER, date(year, int(found["quarter"]) * 3, 1))
    if not found["month"]:
        return period_of(PeriodKind.YEAR, date(year, 1, 1))
    month = date(year, int(found["month"]), 1)
    if found["half"]:
        return period_of(PeriodKind.HALF_MONTH, month.replace(day=_HALF if found["half"] == "2" else 1))
    return period_of(PeriodKind.MONTH, month)


def periods(kind: PeriodKind, first: date, last: date) -> Iterator[Period]:
    """The periods that touch the days from `first` to `last`, in order."""
    current = period_of(kind, first)
    while current.first <= last:
        yield current
        current = current.next()


def _after_months(day: date, months: int) -> date:
    """The first day of the month that is `months` later."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def midnight(day: date, zone: ZoneInfo = CHINA) -> datetime:
    """When the day begins there (UTC)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
