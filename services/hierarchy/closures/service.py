"""Use cases that give a venue up, or have it open for less: nobody is left with a booking or a shift at a shut door.

They reach into all that hangs on a venue, so they are a slice above it. Each makes the change and then looks, in the
same transaction: the change holds the venue's row, so whoever books, lends or plans at the same moment was there before
and is seen, or waits and finds it changed. What hangs there keeps a venue open as it keeps its place from being closed:
the staff settle it first, one by one and with a reason. A merge or a move of the place takes a venue along with it all.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.bookings import service as bookings
from services.hierarchy.closures.refusals import VenueStillNeeded
from services.hierarchy.closures.rules import Hanging, outside
from services.hierarchy.loans import service as loans
from services.hierarchy.rosters import service as rosters
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.inputs import LONGEST, NewException, VenueEdit
from services.hierarchy.venues.rules import stretches
from shared.kernel.calendar import Calendar
from shared.runtime.db import Row
from shared.runtime.work import Work

_DAY = timedelta(days=1)
_EVER = 100 * LONGEST
_TOLD = 100


async def move(
    work: Work, calendar: Calendar, venue: UUID, name: str, given: BaseModel, expected: int | None = None
) -> UUID:
    """Makes a move. VenueStillNeeded, and what `venues.move` raises."""

    async def change() -> UUID:
        return await venues.move(work, venue, name, given, expected)

    if isinstance(given, VenueEdit) and given.hours is not None:
        return await _shorten(work, calendar, venue, (work.today, work.today + LONGEST), change)
    if name == "close":
        await work.begin()
        made = await change()
        _refuse(*await _hanging(work, venue))
        return made
    return await change()


async def differ(work: Work, calendar: Calendar, venue: UUID, given: NewException) -> UUID:
    """Other hours, or none, on single days. VenueStillNeeded, and what `venues.differ` raises."""
    span = given.day, given.last
    return await _shorten(work, calendar, venue, span, lambda: venues.differ(work, venue, given))


async def _hanging(work: Work, venue: UUID) -> tuple[Row, Hanging]:
    """All that is not over at a venue and in its rooms."""
    row, *rooms = await _with_rooms(work, venue)
    ids, ever = [row["id"], *(room["id"] for room in rooms)], (work.now, work.now + _EVER)
    booked, planned = await bookings.holding(work, ids, *ever), await rosters.to_come(work, ids, *ever)
    lent = await loans.out_of(work, row["path"], ids)
    return row, Hanging(*([one["id"] for one in found] for found in (booked, planned, lent)))


async def _shorten(
    work: Work, calendar: Calendar, venue: UUID, span: tuple[date, date], change: Callable[[], Awaitable[UUID]]
) -> UUID:
    """Changes hours. VenueStillNeeded where they held something to come on these days, and would no more."""
    await venues.seen(work, venue)
    await work.begin()
    _, before = await _outside(work, calendar, venue, span)
    made = await change()
    row, after = await _outside(work, calendar, venue, span)
    _refuse(row, after.without(before))
    return made


async def _outside(work: Work, calendar: Calendar, venue: UUID, span: tuple[date, date]) -> tuple[Row, Hanging]:
    """What is to begin on these days, at a venue and in its rooms, and does not lie in their hours."""
    there = await _with_rooms(work, venue)
    ids, days = [row["id"] for row in there], (calendar.at(span[0]), calendar.at(span[1] + _DAY))
    booked = _to_begin(await bookings.holding(work, ids, *days), work.now)
    planned = _to_begin(await rosters.to_come(work, ids, *days), work.now)
    if not (booked or planned):
        return there[0], Hanging([], [])
    opened = await venues.openings(work, calendar, there, span[0] - _DAY, span[1] + _DAY)
    hours = {
        id_: [part for day in found for part in stretches(calendar, day.day, day.parts)]
        for id_, found in opened.items()
    }
    return there[0], outside(booked, planned, hours)


def _to_begin(rows: list[Row], now: datetime) -> list[Row]:
    """What has begun goes on: those who are there know."""
    return [row for row in rows if row["begins_at"] > now]


async def _with_rooms(work: Work, venue: UUID) -> list[Row]:
    row = await venues.seen(work, venue)
    return [row, *await venues.rooms(work, row)]


def _refuse(row: Row, hanging: Hanging) -> None:
    """Raises VenueStillNeeded where anything hangs."""
    what = hanging.said()
    if what is not None:
        told = {kind: [str(id_) for id_ in ids[:_TOLD]] for kind, ids in hanging._asdict().items()}
        raise VenueStillNeeded(venue=row["name"], what_zh=what.zh, what_en=what.en, **told)
