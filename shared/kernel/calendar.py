"""When something is due: working days, working hours and natural time, pauses, and the arithmetic in words.

The rules, as 民法典 (Civil Code) writes them:

- `minutes` and `hours` run from the instant itself, round the clock, rest days included.
- `days` and `working_days`: the day of the start is not counted, whatever its hour and whether or not it is
  worked (§201); day 1 is the next (working) day. `days` end at 24:00 of the last day or, if that is a rest
  day, of the next working day (§203; `extend_over_rest=False` agrees otherwise, §204). `working_days` end at
  the close of work.
- `working_hours` run only while the office is open: from the instant, or from the next opening.
- A pause (挂起) stops the clock. For minutes and hours exactly. For days, the paused time that would have
  counted is added up over all pauses and rounded up to whole days, so that a pause never costs anybody time.
  Nothing falls due during a pause, and while one has no end, nothing is due at all.

Instants are aware; they come back in UTC. The zone must have no summer time (China has none).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from shared.kernel.spans import Pause, Span, Unit, Words, aware
from shared.kernel.stretches import FOREVER, Stretch, merged, spend, without

__all__ = ["Calendar", "Due", "Pause", "Span", "Unit", "Words"]

_CHINA = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)
_SATURDAY = 5
_WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is None while the clock stands. `provisional`: it rests on holidays that are not published yet."""

    at: datetime | None
    provisional: bool
    explain: tuple[Words, ...]


_MOST_WHENS = 1000


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked and when the office is open; all of it data that a district may edit."""

    holidays: Mapping[date, Words] = field(default_factory=dict)
    workdays: frozenset[date] = frozenset()  # 调休上班: weekend days that are worked
    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))
    zone: ZoneInfo = _CHINA
    provisional_from: date | None = None  # from this day on the holidays are a forecast
    extend_over_rest: bool = True
    _whens: dict[tuple[date, Span], datetime | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        flat = [moment for shift in self.hours for moment in shift]
        if not flat or flat != sorted(set(flat)):
            raise ValueError(f"working hours must be in order and must not overlap: {self.hours}")

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on that day."""
        return day in self.workdays or (day.weekday() < _SATURDAY and day not in self.holidays)

    def is_open(self, instant: datetime) -> bool:
        """Whether the office is open at that instant."""
        local = self.local(instant)
        return self.is_working_day(local.date()) and any(a <= local.time() < b for a, b in self.hours)

    def local(self, instant: datetime) -> datetime:
        """The instant as the wall clock shows it. ValueError if it is not aware."""
        aware(instant)
        return instant.astimezone(self.zone)

    def due(self, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> Due:
        """When `span`, begun at `start`, has run out. `explain` says how that follows."""
        count = _Count(self, start, span, pauses)
        return Due(count.at, count.provisional, tuple(count.explain()))

    def when(self, start: datetime, span: Span) -> datetime | None:
        """`due(...).at` without the words. What counts whole days depends on the day it begins on alone."""
        if span.unit not in {Unit.DAYS, Unit.WORKING_DAYS}:
            return _Count(self, start, span, ()).at
        day = self.local(start).date()
        if (day, span) not in self._whens:
            if len(self._whens) >= _MOST_WHENS:
                self._whens.clear()
            self._whens[day, span] = _Count(self, start, span, ()).at
        return self._whens[day, span]

    def at(self, day: date, moment: time = time()) -> datetime:
        """That wall-clock time as an instant in UTC; midnight unless told."""
        return datetime.combine(day, moment, self.zone).astimezone(UTC)

    def next_working_day(self, day: date) -> date:
        """`day` itself if it is worked, otherwise the first one after it that is."""
        while not self.is_working_day(day):
            day += _DAY
        return day


class _Count:
    """One count from start to end; `explain` reads what the count used, so words and instant agree."""

    def __init__(self, calendar: Calendar, start: datetime, span: Span, pauses: Sequence[Pause]) -> None:
        self.calendar, self.span, self.pauses = calendar, span, sorted(pauses, key=lambda pause: pause.begin)
        self.unit, self.by_day = span.unit, span.unit in {Unit.DAYS, Unit.WORKING_DAYS}
        self.start = calendar.local(start)
        self.first = calendar.at(self.start.date() + _DAY) if self.by_day else start.astimezone(UTC)
        self.stops = merged(Stretch(pause.begin.astimezone(UTC), _end(pause)) for pause in pauses)
        self.end = spend(without(self._stretches(), self.stops), self._budget(span.amount))
        self.at = self.end and self._settled(self.end)

    @property
    def final(self) -> date | None:
        """The day on which it is due."""
        return self.at and self._day_before(self.at)

    @property
    def seen(self) -> date:
        """The last day that was looked at."""
        return self.final or max(self._day_before(i) for i in (self.first, self.stops[-1].begin))

    @property
    def provisional(self) -> bool:
        forecast = self.calendar.provisional_from
        moved = self.by_day and self.end is not None and self.final != self._day_before(self.end)
        return forecast is not None and self.seen >= forecast and (self.unit.knows_rest or moved)

    def _budget(self, amount: int) -> timedelta:
        match self.unit:
            case Unit.WORKING_DAYS:
                return amount * sum((_clock(b) - _clock(a) for a, b in self.calendar.hours), timedelta())
            case Unit.WORKING_HOURS:
                return timedelta(hours=amount)
            case unit:
                return timedelta(**{unit.value: amount})

    def _stretches(self) -> Iterator[Stretch]:
        """Where this unit's clock can run, up to a pause without end."""
        until = self.stops[-1].begin if self.stops and self.stops[-1].end == FOREVER else FOREVER
        if not self.unit.knows_rest:
            yield Stretch(self.first, FOREVER)
            return
        day = self.calendar.local(self.first).date()
        while self.calendar.at(day) < until:
            if self.calendar.is_working_day(day):
                for opening, close in self.calendar.hours:
                    yield Stretch(max(self.first, self.calendar.at(day, opening)), self.calendar.at(day, close))
            day += _DAY

    def _settled(self, end: datetime) -> datetime | None:
        """The count's end, moved to the close of its day and out of any pause."""
        at = self._close(end) if self.by_day else end
        while stop := next((stop for stop in self.stops if stop.begin < at < stop.end), None):
            if stop.end == FOREVER:
                return None
            at = self._close(stop.end)
        return at

    def _close(self, instant: datetime) -> datetime:
        """The first close of a day that is not before the instant."""
        if self.unit is Unit.WORKING_DAYS:
            day, close = self.calendar.local(instant).date(), self.calendar.hours[-1][1]
            if self.calendar.at(day, close) < instant:
                day += _DAY
            return self.calendar.at(self.calendar.next_working_day(day), close)
        day = self._day_before(instant)
        if self.calendar.extend_over_rest:
            day = self.calendar.next_working_day(day)
        return self.calendar.at(day + _DAY)

    def _day_before(self, instant: datetime) -> date:
        """The day that the instant ends or lies in: midnight belongs to the day before it."""
        return self.calendar.local(instant - timedelta.resolution).date()

    def explain(self) -> Iterator[Words]:
        zh, en = self.span.words
        yield Words(f"{self.start:%Y-%m-%d %H:%M} 起，时限 {zh}", f"From {self.start:%Y-%m-%d %H:%M}, {en}")
        if self.by_day:
            one = self.calendar.local(self.first).date()
            one = self.calendar.next_working_day(one) if self.unit.knows_rest else one
            yield Words(
                f"起始当日不计，{one} 为第一日（民法典第二百零一条）",
                f"The day of the start is not counted; {one} is day 1 (Civil Code, art. 201)",
            )
        if self.unit.knows_rest:
            yield from self._rest()
        yield from self._paused()
        yield from self._outcome()

    def _rest(self) -> Iterator[Words]:
        """Holidays by name, other weekends by number, make-up days one by one."""
        begin, weekend = self.calendar.local(self.first).date(), 0
        runs: list[tuple[Words, date, date]] = []
        made_up: list[date] = []
        for day in (begin + n * _DAY for n in range((self.seen - begin).days + 1)):
            name = self.calendar.holidays.get(day)
            if day in self.calendar.workdays:
                made_up.append(day)
            elif name and runs and runs[-1][0] == name and runs[-1][2] == day - _DAY:
                runs[-1] = (name, runs[-1][1], day)
            elif name:
                runs.append((name, day, day))
            else:
                weekend += day.weekday() >= _SATURDAY
        for name, first, last in runs:
            zh, en = (f"{first}", f"{first}") if first == last else (f"{first}至{last}", f"{first} to {last}")
            yield Words(f"{zh} {name.zh} 休息 不计", f"{en} {name.en}: rest, not counted")
        if weekend:
            yield Words(f"其间周末 {weekend} 天 休息 不计", f"Weekend days between: {weekend}, not counted")
        for day in made_up:
            yield Words(
                f"{day} 周{_WEEK[day.weekday()]} 调休上班 计入",
                f"{day} {day:%A}: make-up working day, counted",
            )

    def _paused(self) -> Iterator[Words]:
        for pause in self.pauses:
            if _end(pause) <= self.first or (self.at and pause.begin >= self.at):
                continue
            since, why = f"{self.calendar.local(pause.begin):%Y-%m-%d %H:%M}", pause.reason
            if pause.end is None:
                yield Words(f"{since} 起暂停（{why}），尚未恢复", f"Paused since {since} ({why})")
            else:
                until = f"{self.calendar.local(pause.end):%Y-%m-%d %H:%M}"
                yield Words(f"{since} 至 {until} 暂停（{why}）不计", f"{since} to {until} paused ({why})")
        if self.by_day and self.end and (added := self._added_days(self.end)):
            zh, en = Span(added, self.unit).words
            yield Words(f"暂停合计进整，顺延 {zh}", f"The pauses, added up and rounded up, add {en}")

    def _added_days(self, end: datetime) -> int:
        """By how many whole days the pauses moved the end."""
        until_end = takewhile(lambda stretch: stretch.begin < end, self._stretches())
        ran = sum((min(stretch.end, end) - stretch.begin for stretch in until_end), timedelta())
        return -((self._budget(self.span.amount) - ran) // self._budget(1))

    def _outcome(self) -> Iterator[Words]:
        if self.at is None or self.end is None:
            yield Words("时钟停止，恢复后再计算到期时间", "The clock stands; the due time follows when it runs")
        else:
            last = self._day_before(self.end)
            if self.by_day and self.at != self._close(self.end):
                yield Words(f"末日 {last} 在暂停期内，顺延至恢复", f"The last day, {last}, is paused: moved on")
            elif last != self.final:
                yield Words(
                    f"末日 {last} 是休息日，顺延至 {self.final}（民法典第二百零三条）",
                    f"The last day, {last}, is a rest day: moved to {self.final} (Civil Code, art. 203)",
                )
            by_midnight = self.unit is Unit.DAYS
            end = f"{self.final} 24:00" if by_midnight else f"{self.calendar.local(self.at):%Y-%m-%d %H:%M}"
            yield Words(f"到期 {end}", f"Due {end}")
        if self.provisional:
            day = self.calendar.provisional_from
            yield Words(
                f"{day} 起的放假安排尚未公布，暂按预计，公布后重算",
                f"Holidays from {day} are not published yet: a forecast, to be counted again",
            )


def _clock(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _end(pause: Pause) -> datetime:
    return pause.end.astimezone(UTC) if pause.end else FOREVER
