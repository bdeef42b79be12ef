"""Who is on duty, and how much of what is to be covered is covered: read from published shifts."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.places import service as places
from services.hierarchy.rosters import past_queries as past
from services.hierarchy.rosters import planning, service, views
from services.hierarchy.rosters import queries as q
from services.hierarchy.rosters.rules import Demand, Turn, met
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.rules import DayPart, every_day, in_words, now_open
from shared.kernel.calendar import Calendar
from shared.kernel.errors import NotFound
from shared.kernel.paths import after, chain
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

MOST_ROSTERS, MOST_ON_DUTY = 300, 50
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


async def on_duty(work: Work, vault: Vault, code: str, at: datetime | None) -> list[views.OnDuty]:
    """Who is to be there for a place at this moment, or at another: the nearest roster first. NotFound, Forbidden."""
    place = await places.seen(work, code, Permission.ROSTERS_READ)
    rows = await standing(work, chain(place["path"]), at or work.now)
    names = await service.names_of(work, vault, (row["person_id"] for row in rows))
    found = await places.by_paths(work, {row["path"] for row in rows})
    desks = await venues.by_ids(work, (row["venue_id"] for row in rows if row["venue_id"]))
    return [_shown(row, names, found, desks) for row in rows]


def _shown(row: Row, names: dict[UUID, str], found: dict[str, Row], desks: dict[UUID, Row]) -> views.OnDuty:
    place, desk = found.get(row["path"]), desks.get(row["venue_id"])
    kept = ("roster_id", "roster_name", "venue_id", "person_id", "label", "begins_at", "ends_at")
    return views.OnDuty(
        **{name: row[name] for name in kept},
        shift_id=row["id"],
        person_name=names[row["person_id"]],
        place_code=place["code"] if place else None,
        place_name=place["full_name"] if place else None,
        phone=row["phone"] or (desk["phone"] if desk else None),
        there=row["there"],
    )


async def standing(work: Work, paths: Sequence[str], at: datetime) -> list[Row]:
    """The published shifts that run at an instant, of rosters at these very places, the nearest first."""
    return await work.all(q.ON_DUTY, paths=list(paths), at=at, limit=MOST_ON_DUTY)


async def rosters_at(work: Work, paths: Sequence[str]) -> list[Row]:
    """The rosters in use at these very places, the nearest first."""
    return await work.all(q.ACTIVE_AT, paths=list(paths), limit=MOST_ON_DUTY)


async def hours(work: Work, calendar: Calendar, paths: Sequence[str]) -> tuple[str, bool] | None:
    """When somebody is to be on duty for these places, in words, and whether that is now; by the nearest roster, None
    where there is none.
    """
    rows = await rosters_at(work, paths)
    if not rows:
        return None
    nearest, today = rows[0], calendar.local(work.now).date()
    [wanted] = (await planning.demands(work, calendar, [nearest], today, today))[nearest["id"]]
    now = now_open(wanted.cover, work.now) is not None
    if nearest["cover"] is not None:
        return in_words(every_day(*(DayPart.model_validate(part) for part in nearest["cover"]))), now
    desk = await venues.by_id(work, nearest["venue_id"])
    week = (await venues.weeks(work, [desk])).get(nearest["venue_id"]) if desk is not None else None
    return (in_words(week), now) if week else None


async def cover(work: Work, calendar: Calendar, code: str, since: date, until: date) -> views.CoverSum:
    """What the rosters at a place and below are to cover, and what is; of days gone by, what they then were to cover.
    NotFound, Forbidden.
    """
    place = await places.seen(work, code, Permission.ROSTERS_READ)
    scopes = limits("scopes", "scope_ends", work.actor.scopes(Permission.ROSTERS_READ))
    begin, end = calendar.at(since), calendar.at(until + _DAY)
    at = {"place": place["path"], "place_end": after(place["path"]), "since": since, "ends_at": end}
    rows = await work.all(past.in_place(gone_by=since < work.today), **at, **scopes, limit=MOST_ROSTERS)
    wanted = await planning.demands(work, calendar, rows, since, until)
    shifts: dict[UUID, list[Row]] = {row["id"]: [] for row in rows}
    for one in await work.all(past.STOOD, rosters=list(shifts), begins_at=begin, ends_at=end):
        shifts[one["roster_id"]].append(one)
    items = [_covered(row, wanted[row["id"]], shifts[row["id"]]) for row in rows if wanted[row["id"]]]
    sums = {
        name: sum(getattr(item, name) for item in items) for name in ("needed_hours", "covered_hours", "attended_hours")
    }
    return views.CoverSum(since=since, until=until, rosters=len(items), items=items, **sums)


def _covered(row: Row, wanted: list[Demand], shifts: list[Row]) -> views.CoverView:
    stood = met(wanted, _turns(shifts))
    came = met(wanted, _turns(one for one in shifts if one["step"] in ("on_duty", "done")))
    return views.CoverView(
        roster_id=row["id"],
        roster_name=row["name"],
        venue_id=row["venue_id"],
        needed_hours=stood.needed / _HOUR,
        covered_hours=stood.covered / _HOUR,
        attended_hours=came.covered / _HOUR,
        gaps=len(stood.gaps),
    )


def _turns(shifts: Iterable[Row]) -> list[Turn]:
    return [Turn(one["person_id"], one["begins_at"], one["ends_at"]) for one in shifts]


async def shifts(
    work: Work,
    vault: Vault,
    roster: UUID | None,
    span: tuple[datetime, datetime],
    *,
    cursor: str | None,
    limit: int,
) -> Page[views.ShiftView]:
    """A page by time: a roster's, or the caller's own. Drafts only for those who plan. NotFound, Forbidden."""
    drafts = False
    if roster is not None:
        row = await service.seen(work, roster)
        drafts = work.actor.may(Permission.ROSTERS_MANAGE, row["path"])
    elif work.actor.kind != "user":
        raise NotFound
    key = decode(cursor, datetime, UUID)
    more: dict[str, Any] = {} if key is None else {"after": key[0], "after_id": key[1]}
    statement = q.shifts(mine=roster is None, drafts=drafts, following=key is not None)
    whose = {"person": UUID(work.actor.id)} if roster is None else {"roster": roster}
    rows = await work.all(statement, **whose, **more, begins_at=span[0], ends_at=span[1], limit=limit + 1)
    names = await service.names_of(work, vault, (row["person_id"] for row in rows[:limit]))
    items = [views.shift(row, names[row["person_id"]], work.actor, work.now) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode(last["begins_at"].isoformat(), last["id"]) if last else None)
