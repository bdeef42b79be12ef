"""Which times a room can be booked for, and what refuses one. Pure."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from services.hierarchy.bookings.refusals import NotBookable, RoomTooSmall, VenueNotOpen
from shared.kernel.periods import CHINA
from shared.kernel.stretches import Stretch

LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=92)


class Venue(Protocol):
    """A row of venues, from the database or made up."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - columns are of many kinds


def fits(venue: Venue, people: int, begin: datetime, end: datetime, opened: list[Stretch]) -> None:
    """Raises NotBookable, RoomTooSmall, or VenueNotOpen where the hours do not hold the whole time."""
    if venue["capacity"] is None:
        raise NotBookable(venue=venue["name"])
    if people > venue["capacity"]:
        raise RoomTooSmall(venue=venue["name"], capacity=venue["capacity"], people=people)
    if not any(one.begin <= begin and end <= one.end for one in opened):
        raise VenueNotOpen(venue=venue["name"], words=_hours(opened, "zh"), words_en=_hours(opened, "en"))


def _hours(opened: list[Stretch], language: str) -> str:
    said = [f"{one.begin.astimezone(CHINA):%H:%M}–{one.end.astimezone(CHINA):%H:%M}" for one in opened]
    if not said:
        return "当天休息" if language == "zh" else "closed that day"
    return f"开放时间 {'、'.join(said)}" if language == "zh" else f"open {', '.join(said)}"
