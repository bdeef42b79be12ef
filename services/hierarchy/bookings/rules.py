"""Which times a room can be booked for, and what refuses one. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.hierarchy.bookings.refusals import NotBookable, RoomTooSmall, VenueNotOpen
from shared.kernel.periods import CHINA
from shared.kernel.stretches import Stretch

LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=92)
Venue = Mapping[str, Any]


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
