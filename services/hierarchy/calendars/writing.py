"""Shifts as RFC 5545 writes them, for calendar programs."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from shared.kernel.periods import CHINA
from shared.runtime.db import Row

TYPE = "text/calendar; charset=utf-8"
_ASK_AGAIN = timedelta(hours=1)


def calendar(
    name: str, shifts: Iterable[Row], places: Mapping[str, Row], venues: Mapping[UUID, Row], names: Mapping[UUID, str],
    now: datetime,
) -> bytes:  # fmt: skip
    """A calendar of these shifts. `names`: of those who have them, where they may be shown."""
    made = Calendar.new(name=name, method="PUBLISH", prodid="-//Linli//Rosters//ZH", refresh_interval=_ASK_AGAIN)
    made.add("X-WR-CALNAME", name)
    made.add("X-WR-TIMEZONE", "Asia/Shanghai")
    for shift in shifts:
        made.add_component(_event(shift, places, venues, names.get(shift["person_id"]), now))
    made.add_missing_timezones()
    written: bytes = made.to_ical()
    return written


def _event(shift: Row, places: Mapping[str, Row], venues: Mapping[UUID, Row], name: str | None, now: datetime) -> Event:
    """A shift keeps its UID whatever becomes of it, so that a program moves it or strikes it out."""
    place, venue = places.get(shift["path"]), venues.get(shift["venue_id"])
    where = [part for part in (place and place["full_name"], venue and venue["name"]) if part]
    event = Event()
    event.add("uid", f"{shift['id']}@linli")
    event.add("dtstamp", now)
    event.add("dtstart", shift["begins_at"].astimezone(CHINA))
    event.add("dtend", shift["ends_at"].astimezone(CHINA))
    event.add("summary", f"{name} 值班：{shift['roster_name']}" if name else f"值班：{shift['roster_name']}")
    event.add("sequence", shift["version"])
    event.add("status", "CANCELLED" if shift["step"] == "cancelled" else "CONFIRMED")
    if where:
        event.add("location", " ".join(where))
    return event
