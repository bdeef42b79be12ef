"""When a venue is open: a weekly pattern, what holds on public holidays and make-up working days, and single days
that differ (例外). Pure.

A part of a day is written by the clock on the wall (`08:00` to `21:00`; the day ends at `24:00`). The first of these
that says anything about a day holds: the exception for that very day, the holiday, the make-up day, the weekday.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.kernel.calendar import Calendar
from shared.kernel.errors import Wrong
from shared.kernel.spans import Words
from shared.kernel.stretches import Stretch

_DAY = timedelta(days=1)
_MIDNIGHT = "24:00"
_WEEK = "一二三四五六日"
Clock = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", max_length=5),
    Field(description="By the clock on the wall; the day ends at `24:00`.", examples=["08:00"]),
]


class DayPart(BaseModel):
    """A part of a day (时段)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: Clock = Field(examples=["08:00"])
    closes: Clock = Field(examples=["21:00"])

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.opens >= self.closes:
            raise Wrong(
                "结束时间须晚于开始时间；跨零点的请分作两天填写",
                "closes must be after opens; what goes past midnight is two parts of two days",
            )
        return self

    def __str__(self) -> str:
        if (self.opens, self.closes) == ("00:00", _MIDNIGHT):
            return "全天开放"
        return f"{self.opens.removeprefix('0')}–{self.closes.removeprefix('0')}"


def _apart(parts: tuple[DayPart, ...]) -> tuple[DayPart, ...]:
    if any(later.opens < earlier.closes for earlier, later in pairwise(parts)):
        raise Wrong("一天的各时段须按先后填写，且不能重叠", "parts of a day must be in order and must not overlap")
    return parts


Parts = Annotated[
    tuple[DayPart, ...],
    Field(max_length=6, description="In order, without overlaps; none at all is closed (休息)."),
    AfterValidator(_apart),
]


class Week(BaseModel):
    """The weekly pattern. Null for `holidays` or `make_up_days`: those are like any other such weekday."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monday: Parts = ()
    tuesday: Parts = ()
    wednesday: Parts = ()
    thursday: Parts = ()
    friday: Parts = ()
    saturday: Parts = ()
    sunday: Parts = ()
    holidays: Parts | None = Field(None, description="On public holidays (法定节假日), whatever the weekday.")
    make_up_days: Parts | None = Field(None, description="On weekend days that are worked instead (调休上班).")

    @property
    def days(self) -> tuple[tuple[DayPart, ...], ...]:
        """Monday first."""
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)


def every_day(*parts: DayPart) -> Week:
    """The same hours on each day of the week, holidays included."""
    return Week(monday=parts, tuesday=parts, wednesday=parts, thursday=parts, friday=parts, saturday=parts,
                sunday=parts)  # fmt: skip


# Of each venue its patterns in order, with the last day on which each held; the last one holds for ever.
Weeks = dict[UUID, list[tuple[date, Week | None]]]


def said_on(said: Weeks, venue: UUID, whole: UUID | None, day: date) -> Week | None:
    """The pattern of a day: the venue's own, or of a room without one that of the `whole` it is part of."""
    found = (next(week for until, week in said[of] if day <= until) for of in (venue, whole) if of in said)
    return next((week for week in found if week is not None), None)


class Why(StrEnum):
    """What decided a day's hours."""

    EXCEPTION = "exception"
    HOLIDAY = "holiday"
    MAKE_UP_DAY = "make_up_day"
    WEEK = "week"


class Exception_(NamedTuple):  # noqa: N801 - the word of the domain (例外), and of Python
    """One day that differs."""

    parts: tuple[DayPart, ...]
    reason: str


class Opening(NamedTuple):
    """One day's hours and why they are so. `provisional`: the year's holidays are not published yet."""

    day: date
    parts: tuple[DayPart, ...]
    why: Why
    words: Words
    provisional: bool


def opening(week: Week, day: date, exceptions: Mapping[date, Exception_], calendar: Calendar) -> Opening:
    """The hours of one day."""
    forecast = calendar.provisional_from
    provisional = forecast is not None and day >= forecast and (week.holidays, week.make_up_days) != (None, None)
    if day in exceptions:
        found = exceptions[day]
        return Opening(day, found.parts, Why.EXCEPTION, Words(found.reason, found.reason), provisional=False)
    if week.holidays is not None and day in calendar.holidays and day not in calendar.workdays:
        return Opening(day, week.holidays, Why.HOLIDAY, calendar.holidays[day], provisional)
    if week.make_up_days is not None and day in calendar.workdays:
        words = Words("调休上班", "make-up working day")
        return Opening(day, week.make_up_days, Why.MAKE_UP_DAY, words, provisional)
    words = Words(f"周{_WEEK[day.weekday()]}", f"{day:%A}")
    return Opening(day, week.days[day.weekday()], Why.WEEK, words, provisional)


def stretches(calendar: Calendar, day: date, parts: Iterable[DayPart]) -> list[Stretch]:
    """A day's parts as instants."""
    return [Stretch(_instant(calendar, day, part.opens), _instant(calendar, day, part.closes)) for part in parts]


def _instant(calendar: Calendar, day: date, clock: str) -> datetime:
    if clock == _MIDNIGHT:
        return calendar.at(day + _DAY)
    return calendar.at(day, time.fromisoformat(clock))


def is_within(begin: datetime, end: datetime, opened: Iterable[Stretch]) -> bool:
    """Whether the whole time from begin to end lies in one stretch of opening hours."""
    return any(stretch.begin <= begin and end <= stretch.end for stretch in opened)


def narrowed(own: Exception_, whole: Exception_) -> Exception_:
    """A room's day that differs where its venue's does too: one gets in while both are open."""
    parts = tuple(
        DayPart(opens=max(one.opens, other.opens), closes=min(one.closes, other.closes))
        for one in own.parts
        for other in whole.parts
        if max(one.opens, other.opens) < min(one.closes, other.closes)
    )
    return own if parts == own.parts else Exception_(parts, whole.reason)


def days(since: date, until: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((until - since).days + 1):
        yield since + number * _DAY


def in_words(week: Week) -> str:
    """`每天 8:00–21:00`, `周一至周五 9:00–12:00、14:00–17:30；周六、周日 休息`: for a page that people read."""
    runs: list[tuple[int, int, tuple[DayPart, ...]]] = []
    for number, parts in enumerate(week.days):
        if runs and runs[-1][2] == parts:
            runs[-1] = (runs[-1][0], number, parts)
        else:
            runs.append((number, number, parts))
    said = [f"{_run(first, last)} {_hours(parts)}" for first, last, parts in runs]
    if week.holidays is not None and (len(runs) > 1 or week.holidays != runs[0][2]):
        said.append(f"法定节假日 {_hours(week.holidays)}")
    return "；".join(said).replace("每天 全天开放", "全天开放")


def _run(first: int, last: int) -> str:
    match last - first:
        case 0:
            return f"周{_WEEK[first]}"
        case 1:
            return f"周{_WEEK[first]}、周{_WEEK[last]}"
        case 6:
            return "每天"
        case _:
            return f"周{_WEEK[first]}至周{_WEEK[last]}"


def _hours(parts: Sequence[DayPart]) -> str:
    return "、".join(map(str, parts)) or "休息"


def now_open(opened: Iterable[Stretch], now: datetime) -> Stretch | None:
    """The stretch of opening hours that is running, if any."""
    at = now.astimezone(UTC)
    return next((stretch for stretch in opened if stretch.begin <= at < stretch.end), None)
