"""Use cases of bookings: ask for a room, decide, give it back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.bookings import due
from services.hierarchy.bookings import queries as q
from services.hierarchy.bookings.inputs import NewBooking
from services.hierarchy.bookings.refusals import RoomTaken
from services.hierarchy.bookings.rules import FARTHEST, fits
from services.hierarchy.bookings.views import BookingView, Busy, facts, parties, shown
from services.hierarchy.bookings.workflow import BOOKING
from services.hierarchy.places import service as places
from services.hierarchy.venues import service as venues
from shared.kernel.calendar import Calendar
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import has_come
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

MOST_BUSY = 500


async def book(work: Work, calendar: Calendar, venue: UUID, given: NewBooking) -> BookingView:
    """Asks for a room. Forbidden, NotFound, VenueClosed, NotBookable, RoomTooSmall, VenueNotOpen, RoomTaken, Invalid.

    The venue's row is locked first, a room's venue before the room: two who want the same hour, or one the room and the
    other the whole, come one after the other, and the second one's statement begins when the first one's booking is
    there to be seen.
    """
    _not_now_or_too_far(work, given)
    venues.admit(work.actor)
    work.actor.demand(Permission.VENUES_BOOK)
    row = await venues.hold(work, venue)
    day = calendar.local(given.begins_at).date()
    opened = await venues.open_stretches(work, calendar, row, day, day)
    fits(row, given.people, given.begins_at, given.ends_at, opened)
    times = {"begins_at": given.begins_at, "ends_at": given.ends_at}
    taken = await work.one(q.IN_THE_WAY, venues=await venues.shared_with(work, row), **times)
    if taken is not None:
        raise _taken(calendar, row["name"], taken)
    step = BOOKING.first if row["approval"] else "approved"
    made = new_id()
    data = {"venue": str(venue), "people": given.people} | {name: at.isoformat() for name, at in times.items()}
    jobs = [due.LAPSE.of(due_at=given.begins_at, booking_id=str(made))] if row["approval"] else []
    written = await work.write(
        q.BOOK,
        Entry("booking", "booking.request", after=step, data=data),
        jobs,
        id=made,
        venue_id=venue,
        path=row["path"],
        step=step,
        booker=work.actor.id,
        **times,
        people=given.people,
        purpose=given.purpose,
    )
    if written is None:
        raise Conflict
    return shown(written, row["name"], work.actor, work.now)


def _not_now_or_too_far(work: Work, given: NewBooking) -> None:
    if work.now < given.begins_at <= work.now + FARTHEST:
        return
    zh, en = f"只能预约今后 {FARTHEST.days} 天内的时间", f"begins_at must be within the next {FARTHEST.days} days"
    raise invalid("begins_at", zh, en)


def _taken(calendar: Calendar, venue: str, row: Row) -> RoomTaken:
    begin, end = calendar.local(row["begins_at"]), calendar.local(row["ends_at"])
    words = f"{begin:%m月%d日 %H:%M}–{end:%H:%M}"
    return RoomTaken(venue=venue, words=words, begins_at=begin.isoformat(), ends_at=end.isoformat())


async def load(work: Work, booking: UUID) -> Row:
    """The booking, for whoever made it and for the staff of the venue. NotFound."""
    row = await work.one(q.BY_ID, id=booking)
    if row is None or not parties(row, work.actor):
        raise NotFound
    return row


async def whole(work: Work, booking: UUID) -> BookingView:
    """As its parties see it. NotFound."""
    row = await load(work, booking)
    venue = await venues.by_id(work, row["venue_id"])
    return shown(row, venue["name"] if venue else "", work.actor, work.now)


async def move(work: Work, booking: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, VenueClosed, Conflict, and what `Workflow.apply` raises."""
    row = await load(work, booking)
    outcome = BOOKING.apply(row["step"], name, parties(row, work.actor), facts(row, work.now))
    expect(row["version"], expected)
    if outcome.after == "approved":
        await venues.hold(work, row["venue_id"])  # it is not given up meanwhile
    text = given.model_dump(exclude_none=True) or None
    data = {"venue": str(row["venue_id"])}
    entry = Entry("booking", f"booking.{name}", before=outcome.before, after=outcome.after, data=data, text=text)
    changed = await work.write(q.MOVE, entry, id=booking, version=row["version"], to_step=outcome.after)
    if changed is None:
        raise stale(expected)
    return booking


async def lapse(work: Work, booking: UUID) -> None:
    """Its time has come: where nobody decided, the room is free again."""
    row = await work.one(q.BY_ID, id=booking)
    if row is not None and row["step"] == BOOKING.first and has_come(row["begins_at"], work.now):
        outcome = BOOKING.apply(row["step"], "lapse", parties(row, work.actor), facts(row, work.now))
        entry = Entry("booking", "booking.lapse", outcome.before, outcome.after, {"venue": str(row["venue_id"])})
        await work.write(q.MOVE, entry, id=booking, version=row["version"], to_step=outcome.after)


async def busy(work: Work, venue: UUID, begin: datetime, end: datetime) -> list[Busy]:
    """When a room is not free between two instants: nor is it while its venue is taken as a whole, and the other way
    round. NotFound, Forbidden.
    """
    around = await venues.shared_with(work, await venues.seen(work, venue))
    rows = await work.all(q.BUSY, venues=around, begins_at=begin, ends_at=end, limit=MOST_BUSY)
    return [Busy(begins_at=row["begins_at"], ends_at=row["ends_at"], step=row["step"]) for row in rows]


async def page(
    work: Work,
    *,
    mine: bool,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[BookingView]:
    """A page, the latest first: one's own, or those at venues one runs. `filters`: place (a code), venue, step."""
    wanted = await places.placed(work, filters)
    key = decode(cursor, datetime, UUID)
    if key is not None:
        wanted |= {"after": key[0], "after_id": key[1]}
    statement = q.listed(frozenset(wanted) - {"end", "after_id"}, mine=mine)
    scopes = limits("scopes", "scope_ends", work.actor.scopes(Permission.VENUES_MANAGE))
    rows = await work.all(statement, **wanted, **scopes, booker=work.actor.id, limit=limit + 1)
    names = await venues.by_ids(work, (row["venue_id"] for row in rows[:limit]))
    items = [shown(row, names[row["venue_id"]]["name"], work.actor, work.now) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode(last["begins_at"].isoformat(), last["id"]) if last else None)


# --- for other slices --------------------------------------------------------------------------------------------


async def holding(work: Work, venue_ids: list[UUID], begin: datetime, end: datetime) -> list[Row]:
    """What is asked for or given away of these very venues between two instants: `venue_id`, `begins_at`, `ends_at`."""
    return await work.all(q.HOLDING_THEN, venues=venue_ids, begins_at=begin, ends_at=end)


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every booking of a person."""
    return await work.all(q.OF_PERSON, booker=str(person))


async def forget(work: Work, person: UUID) -> list[UUID]:
    """Erases what a person wrote into bookings; the bookings stay, for the figures. Which ones."""
    return [row["id"] for row in await work.all(q.FORGET, booker=str(person))]


rebase = q.REBASE
