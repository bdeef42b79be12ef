"""How rules state time: a span (5 个工作日), a pause of the clock, and the same words in both languages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

_MOST = 10_000


class Words(NamedTuple):
    """The same thing said in both languages."""

    zh: str
    en: str


class Unit(StrEnum):
    """What a span is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"

    @property
    def knows_rest(self) -> bool:
        """Whether rest days are left out of the count."""
        return self in {Unit.WORKING_HOURS, Unit.WORKING_DAYS}


_UNITS = {
    Unit.MINUTES: Words("分钟", "minute"),
    Unit.HOURS: Words("小时", "hour"),
    Unit.DAYS: Words("日", "day"),
    Unit.WORKING_HOURS: Words("个工作小时", "working hour"),
    Unit.WORKING_DAYS: Words("个工作日", "working day"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a rule states it: `Span(5, Unit.WORKING_DAYS)`."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= _MOST:
            raise ValueError(f"a span is between 1 and {_MOST} {self.unit}, not {self.amount}")

    @property
    def words(self) -> Words:
        """`5 个工作日`, `5 working days`."""
        zh, en = _UNITS[self.unit]
        return Words(f"{self.amount} {zh}", f"{self.amount} {en}{'' if self.amount == 1 else 's'}")


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands from `begin` until `end`, or until further notice."""

    begin: datetime
    end: datetime | None
    reason: str

    def __post_init__(self) -> None:
        aware(self.begin, *([self.end] if self.end else []))
        if self.end is not None and self.end < self.begin:
            raise ValueError(f"a pause cannot end ({self.end}) before it begins ({self.begin})")


def aware(*instants: datetime) -> None:
    """ValueError if one of them has no time zone."""
    for instant in instants:
        if instant.tzinfo is None:
            raise ValueError(f"{instant} has no time zone")
