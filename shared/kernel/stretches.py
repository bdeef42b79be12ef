"""Stretches of time and the three things a deadline does with them: merge, cut out, spend."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FOREVER = datetime.max.replace(tzinfo=UTC)


class Stretch(NamedTuple):
    """From `begin` until `end`, in UTC; a stretch that never ends has the end `FOREVER`."""

    begin: datetime
    end: datetime


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in order and without overlaps."""
    result: list[Stretch] = []
    for begin, end in sorted(stretches):
        if result and begin <= result[-1].end:
            result[-1] = Stretch(result[-1].begin, max(result[-1].end, end))
        else:
            result.append(Stretch(begin, end))
    return result


def without(stretches: Iterable[Stretch], stops: Sequence[Stretch]) -> Iterator[Stretch]:
    """What is left of the stretches when the (merged) stops are cut out."""
    for begin, end in stretches:
        left = begin
        for stop in stops:
            if stop.begin >= end:
                break
            if left < stop.begin:
                yield Stretch(left, stop.begin)
            left = max(left, stop.end)
        if left < end:
            yield Stretch(left, end)


def spend(stretches: Iterable[Stretch], budget: timedelta) -> datetime | None:
    """The instant at which the budget is used up; None if the stretches give out first."""
    for begin, end in stretches:
        if end - begin >= budget:
            return begin + budget
        budget -= end - begin
    return None
