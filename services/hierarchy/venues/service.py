"""Use cases of venues: what there is, change one, see when it is open."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.places import service as places
from services.hierarchy.venues import inputs, keeping, views
from services.hierarchy.venues import past_queries as past
from services.hierarchy.venues import queries as q
from services.hierarchy.venues.refusals import UnknownVenue, VenueClosed
from services.hierarchy.venues.rules import (
    DayPart,
    Exception_,
    Opening,
    Week,
    Weeks,
    days,
    narrowed,
    now_open,
    opening,
    said_on,
    stretches,
)
from services.hierarchy.venues.workflow import VENUE
from shared.kernel.calendar import Calendar
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.paths import after
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission, Principal
from shared.kernel.stretches import Stretch
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_EDITABLE = ("name", "functions", "amenities", "resident", "capacity", "approval", "phone", "address")
_NEVER = Week()


def admit(caller: Principal) -> None:
    """Raises Forbidden for those to whom no venue is shown: before any is looked for, so that none is betrayed."""
    caller.demand(Permission.VENUES_READ)


async def seen(work: Work, venue: UUID, permission: Permission = Permission.VENUES_READ) -> Row:
    """The venue, if the caller holds the permission there. NotFound, Forbidden."""
    admit(work.actor)
    row = await work.one(q.BY_ID, id=venue)
    if row is None:
        raise NotFound
    work.actor.demand(permission, row["path"])
    return row


async def by_id(work: Work, venue: UUID) -> Row | None:
    """The venue, whoever asks."""
    return await work.one(q.BY_ID, id=venue)


async def by_ids(work: Work, venues: Iterable[UUID]) -> dict[UUID, Row]:
    """Several at once, whoever asks."""
    wanted = list(set(venues))
    return {row["id"]: row for row in await work.all(q.BY_IDS, ids=wanted)} if wanted else {}


async def at(work: Work, paths: Sequence[str], limit: int = 100) -> list[Row]:
    """The venues in use at these very places, the nearest first."""
    return await work.all(q.AT, paths=list(paths), limit=limit)


async def hold(work: Work, venue: UUID) -> Row:
    """The venue, locked until the work ends, and of a room its venue too: what there is only once is given away under
    this lock, and whoever writes its path down knows that no move comes between. NotFound, VenueClosed.
    """
    await work.begin()
    rows = await work.all(q.HOLD, id=venue)
    if not rows:
        raise NotFound
    for row in rows:
        if row["step"] != VENUE.first:
            raise VenueClosed(venue=row["name"])
    return rows[-1]


async def rooms(work: Work, row: Row) -> list[Row]:
    """The rooms of a venue, whoever asks; a room has none."""
    return [] if row["part_of"] else await work.all(q.ROOMS, venue=row["id"], path=row["path"])


async def shared_with(work: Work, row: Row) -> list[UUID]:
    """What is not to be had while this is given away, itself first: a venue's rooms, and the venue of a room."""
    around = [row["part_of"]] if row["part_of"] else [room["id"] for room in await rooms(work, row)]
    return [row["id"], *around]


# --- reading -----------------------------------------------------------------------------------------------------


async def page(work: Work, *, cursor: str | None, limit: int, **filters: Any) -> Page[views.VenueSummary]:  # noqa: ANN401
    """A page of the district's venues by code. `filters`: place (a code), kind, function, part_of. UnknownPlace."""
    admit(work.actor)
    wanted = await places.placed(work, filters)
    key = decode(cursor, str)
    statement = q.listed(frozenset(wanted) - {"end"})
    rows = await work.all(statement, **wanted, after=key[0] if key else "", limit=limit + 1)
    shown = rows[:limit]
    found, hours = await places.by_paths(work, {row["path"] for row in shown}), await weeks(work, shown)
    items = [views.VenueSummary(**views.fields(row, found.get(row["path"]), hours[row["id"]])) for row in shown]
    return Page(items=items, next=encode(items[-1].code) if len(rows) > limit else None)


async def shown(work: Work, calendar: Calendar, venue: UUID) -> views.VenueView:
    """A venue as clients see it. NotFound, Forbidden."""
    row = await seen(work, venue)
    place = await places.at(work, row["path"])
    hours = await weeks(work, [row])
    today = calendar.local(work.now).date()
    [this_day] = (await openings(work, calendar, [row], today, today))[venue]
    running = now_open(stretches(calendar, today, this_day.parts), work.now)
    is_open = running is not None and row["step"] == VENUE.first
    return views.VenueView(
        **views.fields(row, place, hours[venue]),
        version=row["version"],
        today=views.day_view(this_day),
        open_now=is_open,
        open_until=running.end if running and is_open else None,
        moves=list(views.open_moves(row, place, work.actor)),
    )


async def weeks(work: Work, rows: Sequence[Row]) -> dict[UUID, Week | None]:
    """The weekly pattern that holds for each: its own, or of a room without one its venue's."""
    said = await keeping.said(work, rows, work.today)
    return {row["id"]: said_on(said, row["id"], row["part_of"], work.today) for row in rows}


async def openings(
    work: Work, calendar: Calendar, rows: Sequence[Row], since: date, until: date
) -> dict[UUID, list[Opening]]:
    """Each venue's hours on each of these days. On a day that differs for its venue, a room is open at most then."""
    wanted = {row["id"] for row in rows} | {row["part_of"] for row in rows if row["part_of"]}
    said = await keeping.said(work, rows, since)
    differ: dict[UUID, dict[date, Exception_]] = {venue: {} for venue in wanted}
    for one in await work.all(q.EXCEPTIONS, venues=list(wanted), since=since, until=until):
        parts = tuple(DayPart.model_validate(part) for part in one["parts"])
        differ[one["venue_id"]][one["day"]] = Exception_(parts, one["reason"])
    return {row["id"]: _days(row, said, differ, (since, until), calendar) for row in rows}


def _days(
    row: Row,
    said: Weeks,
    differ: Mapping[UUID, Mapping[date, Exception_]],
    span: tuple[date, date],
    calendar: Calendar,
) -> list[Opening]:
    whole = differ[row["part_of"]] if row["part_of"] else {}
    own = {day: narrowed(one, whole[day]) if day in whole else one for day, one in differ[row["id"]].items()}
    exceptions = {**whole, **own}
    weeks_then = ((day, said_on(said, row["id"], row["part_of"], day) or _NEVER) for day in days(*span))
    return [opening(week, day, exceptions, calendar) for day, week in weeks_then]


async def open_stretches(work: Work, calendar: Calendar, row: Row, since: date, until: date) -> list[Stretch]:
    """When a venue is open between two days, both included, as instants."""
    found = (await openings(work, calendar, [row], since, until))[row["id"]]
    return [stretch for one in found for stretch in stretches(calendar, one.day, one.parts)]


# --- changing ----------------------------------------------------------------------------------------------------


async def create(work: Work, given: inputs.NewVenue) -> UUID:
    """Makes a venue. UnknownPlace, UnknownVenue and VenueClosed (of a room), Forbidden."""
    await places.lock(work)  # the place keeps its path until it is written down here
    path, code = await _place_of(work, given)
    work.actor.demand(Permission.VENUES_MANAGE, path)
    hours = given.hours or (inputs.STATION_HOURS if given.part_of is None else None)
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    values: dict[str, Any] = {
        **{name: getattr(given, name) for name in _EDITABLE},
        "functions": list(given.functions),
        "amenities": list(given.amenities),
        "hours": hours.model_dump(mode="json") if hours else {},
    }
    entry = Entry("venue", "venue.create", after=VENUE.first, data={"kind": given.kind, "place": code})
    born: dict[str, Any] = {"id": new_id(), "code": f"{code}-{given.kind}-{suffix}", "path": path, "kind": given.kind}
    row = await work.write(q.CREATE, entry, **born, part_of=given.part_of, **values)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _place_of(work: Work, given: inputs.NewVenue) -> tuple[str, str]:
    """Path and code of where it will lie."""
    if given.part_of is not None:
        whole = await by_id(work, given.part_of)
        if whole is None or whole["part_of"] is not None:
            raise UnknownVenue(venue=given.part_of)
        work.actor.demand(Permission.VENUES_MANAGE, whole["path"])
        await hold(work, given.part_of)
        return whole["path"], whole["code"]
    place = await places.within_reach(work, given.place or "")
    return place["path"], place["code"]


async def move(work: Work, venue: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, Forbidden, PreconditionFailed, Conflict, and what `Workflow.apply` raises."""
    if name == "reopen":
        await places.lock(work)  # the place does not close meanwhile
    row = await seen(work, venue)
    place = await places.at(work, row["path"])
    outcome = VENUE.apply(row["step"], name, views.parties(row["path"], work.actor), views.facts(row, place))
    expect(row["version"], expected)
    text = given.model_dump(include={"reason", "note"}, exclude_none=True) or None
    if isinstance(given, inputs.VenueEdit):
        sent = given.model_fields_set - {"note"}
        entry = Entry("venue", "venue.edit", outcome.before, outcome.after, {"changed": sorted(sent)}, text)
        changed = await work.write(q.EDIT, entry, id=venue, version=row["version"], **_edited(work, row, given))
    else:
        entry = Entry("venue", f"venue.{name}", outcome.before, outcome.after, text=text)
        changed = await work.write(q.MOVE, entry, id=venue, version=row["version"], to_step=outcome.after)
    if changed is None:
        raise stale(expected)
    return venue


def _edited(work: Work, row: Row, given: inputs.VenueEdit) -> dict[str, Any]:
    sent = given.model_dump(mode="json", include=given.model_fields_set - {"note"})
    values = {name: sent.get(name, row[name]) for name in (*_EDITABLE, "hours")}
    return values | {"today": work.today}


async def differ(work: Work, venue: UUID, given: inputs.NewException) -> UUID:
    """Says that days differ from the weekly pattern, or that they do so no longer. NotFound, Forbidden, Invalid (a day
    gone by).
    """
    await seen(work, venue, Permission.VENUES_MANAGE)
    if given.day < work.today:
        zh, en = "不能早于今天：过去的开放时间不再改动", "cannot be a day gone by: when it was open stays as it was"
        raise invalid("day", zh, en)
    data = {"day": given.day.isoformat(), "until": given.last.isoformat()}
    meant: dict[str, Any] = {"id": venue, "days": list(days(given.day, given.last))}
    if given.parts is None:
        await work.write(q.AS_EVER, Entry("venue", "venue.as_ever", data=data), **meant)
    else:
        parts = [part.model_dump() for part in given.parts]
        entry = Entry("venue", "venue.exception", data=data | {"parts": parts}, text={"reason": given.reason})
        await work.write(q.EXCEPT, entry, **meant, parts=parts, reason=given.reason)
    return venue


# --- for other slices --------------------------------------------------------------------------------------------


async def counts(work: Work, path: str) -> list[views.VenueCount]:
    """Venues in use at a place and below, by kind."""
    return [views.VenueCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def facts(work: Work, path: str) -> list[Row]:
    """Open venues at a place and below, as the rules of a structure count them: `code`, `kind`, `path`."""
    return await work.all(q.FACTS, path=path, end=after(path))


async def put(work: Work, rows: list[dict[str, Any]]) -> tuple[dict[str, UUID], int]:
    """Writes venues (`code`, `path`, …): ids by code, and how many changed."""
    ready = [_NOTHING | row | {"id": new_id()} for row in rows]
    await work.all(past.KEEP, rows=ready, today=work.today)
    changed = await work.all(q.PUT, rows=ready)
    return {row["code"]: row["id"] for row in await work.all(q.IDS)}, len(changed)


_NOTHING: dict[str, Any] = {"amenities": [], "capacity": None, "phone": None, "address": None, "hours": {}}


async def put_visits(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes counts of visits (`venue_id`, `day`, `part`, `count`, `invented`); how many changed."""
    return len(await work.all(q.PUT_VISITS, rows=[{**row, "id": new_id()} for row in rows])) if rows else 0


rebase = q.REBASE
