"""Use cases of rosters: make one, say who takes turns, and let nobody go while shifts wait for them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.places.views import place_facts
from services.hierarchy.rosters import inputs, views
from services.hierarchy.rosters import past_queries as past
from services.hierarchy.rosters import queries as q
from services.hierarchy.rosters.refusals import RosterEnded, RosterStillNeeded, TwoPlacesAtOnce
from services.hierarchy.rosters.workflow import GOING_ON, ROSTER
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.refusals import UnknownVenue
from services.hierarchy.venues.rules import DayPart
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.paths import covers
from shared.kernel.periods import CHINA, midnight
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_EDITABLE = ("name", "cover", "needed", "phone", "swaps_need_approval")
_FIRST, _LAST, _ALL = datetime(2000, 1, 1, tzinfo=CHINA), datetime(2200, 1, 1, tzinfo=CHINA), 100_000
_FEED = 2000
DEFAULT_COVER = [DayPart(opens="08:00", closes="21:00")]


async def seen(work: Work, roster: UUID, permission: Permission = Permission.ROSTERS_READ) -> Row:
    """The roster, if the caller holds the permission there; who takes turns reads it. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=roster, me=_me(work))
    if row is None or not (row["mine"] or any(covers(grant.place, row["path"]) for grant in work.actor.grants)):
        raise NotFound
    if not work.actor.may(permission, row["path"]) and not (row["mine"] and permission is Permission.ROSTERS_READ):
        raise Forbidden(permission=permission.value)
    return row


def _me(work: Work) -> UUID | None:
    return UUID(work.actor.id) if work.actor.kind == "user" else None


async def shown(work: Work, vault: Vault, roster: UUID) -> views.RosterView:
    """A roster as clients see it. NotFound, Forbidden."""
    row = await seen(work, roster)
    members = await work.all(q.OF_ROSTERS, rosters=[roster])
    names = await names_of(work, vault, (member["person_id"] for member in members))
    place = await places.at(work, row["path"])
    kept = ("person_id", "label", "post_code", "position", "since")
    return views.RosterView(
        **_summary(row, place),
        members=[
            views.RosterMemberView(name=names[member["person_id"]], **{name: member[name] for name in kept})
            for member in members
        ],
        moves=ROSTER.open_moves(row["step"], views.parties(row["path"], work.actor), place_facts(place)),
    )


async def names_of(work: Work, vault: Vault, wanted: Iterable[UUID]) -> dict[UUID, str]:
    """Names in clear: whoever stands on a roster is named to those who read it."""
    wanted = list(wanted)
    rows = await people.by_ids(work, wanted)
    return {
        person: people.name_of(vault, work.district, rows[person]) if person in rows else people.NOBODY
        for person in wanted
    }


def _summary(row: Row, place: Row | None) -> dict[str, Any]:
    kept = ("id", "code", "version", "venue_id", "post_kind", "step", *_EDITABLE)
    where = {"place_code": place["code"], "place_name": place["full_name"]} if place else {}
    return {name: row[name] for name in kept} | {"place_code": None, "place_name": None} | where


async def page(
    work: Work,
    *,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[views.RosterSummary]:
    """A page of what lies in the caller's scope. `filters`: place (a code), venue, step. UnknownPlace."""
    wanted = await places.placed(work, filters)
    key = decode(cursor, UUID)
    scopes = limits("scopes", "scope_ends", work.actor.scopes(Permission.ROSTERS_READ))
    statement = q.listed(frozenset(wanted) - {"end"})
    rows = await work.all(statement, **wanted, **scopes, after=key[0] if key else UUID(int=0), limit=limit + 1)
    found = await places.by_paths(work, {row["path"] for row in rows[:limit]})
    items = [views.RosterSummary(**_summary(row, found.get(row["path"]))) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


# --- changing ----------------------------------------------------------------------------------------------------


async def create(work: Work, given: inputs.NewRoster) -> UUID:
    """Makes a roster. UnknownVenue, VenueClosed, UnknownPlace, Forbidden."""
    await places.lock(work)  # the place keeps its path until it is written down here
    path, code = await _where(work, given)
    work.actor.demand(Permission.ROSTERS_MANAGE, path)
    cover = given.cover if given.cover is not None or given.venue else tuple(DEFAULT_COVER)
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    values = {
        "name": given.name,
        "cover": [part.model_dump() for part in cover] if cover else None,
        "needed": given.needed,
        "phone": given.phone,
        "swaps_need_approval": given.swaps_need_approval,
    }
    data = {"venue": str(given.venue) if given.venue else None, "place": given.place, "post_kind": given.post_kind}
    born: dict[str, Any] = {"id": new_id(), "code": f"{code}-roster-{suffix}", "path": path, "step": ROSTER.first}
    row = await work.write(
        q.CREATE,
        Entry("roster", "roster.create", after=ROSTER.first, data=data),
        venue_id=given.venue,
        post_kind=given.post_kind,
        **(born | values),
    )
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _where(work: Work, given: inputs.NewRoster) -> tuple[str, str]:
    """Path and code of what it is for."""
    if given.venue is not None:
        venue = await venues.by_id(work, given.venue)
        if venue is None:
            raise UnknownVenue(venue=given.venue)
        work.actor.demand(Permission.ROSTERS_MANAGE, venue["path"])
        await venues.hold(work, given.venue)
        return venue["path"], venue["code"]
    place = await places.within_reach(work, given.place or "")
    return place["path"], place["code"]


async def move(work: Work, roster: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, Forbidden, PreconditionFailed, VenueClosed, RosterStillNeeded, Conflict, and what
    `Workflow.apply` raises.
    """
    if name == "resume":
        await places.lock(work)  # the place does not close meanwhile
    row = await seen(work, roster)
    place = await places.at(work, row["path"])
    outcome = ROSTER.apply(row["step"], name, views.parties(row["path"], work.actor), place_facts(place))
    expect(row["version"], expected)
    text = given.model_dump(include={"reason", "note"}, exclude_none=True) or None
    at: dict[str, Any] = {"id": roster, "version": row["version"], "today": work.today}
    await work.begin()
    if name == "resume":
        await _hold_venue(work, row)
    if isinstance(given, inputs.RosterEdit):
        sent = given.model_dump(mode="json", include=given.model_fields_set - {"note"})
        if sent.get("cover", row["cover"]) is None and row["venue_id"] is None:
            raise invalid("cover", "不属于阵地的值班表须写明时段", "a roster without a venue needs a cover")
        entry = Entry("roster", "roster.edit", outcome.before, outcome.after, {"changed": sorted(sent)}, text)
        changed = await work.write(q.EDIT, entry, **at, **{one: sent.get(one, row[one]) for one in _EDITABLE})
    else:
        entry = Entry("roster", f"roster.{name}", outcome.before, outcome.after, text=text)
        changed = await work.write(q.MOVE, entry, **at, to_step=outcome.after)
    if changed is None:
        raise stale(expected)
    if name == "end":
        rows = await work.all(q.IN_ROSTERS, rosters=[roster], begins_at=work.now, ends_at=_LAST)
        if waiting := [str(one["id"]) for one in rows if one["step"] in GOING_ON]:
            raise RosterStillNeeded(roster=row["name"], count=len(waiting), shifts=waiting[:100])
    return roster


async def hold_open(work: Work, row: Row) -> None:
    """Keeps a roster from being ended, and its venue from being given up meanwhile. VenueClosed, RosterEnded."""
    await _hold_venue(work, row)
    now = await work.one(q.HOLD, id=row["id"])
    if now is None or now["step"] != ROSTER.first:
        raise RosterEnded(roster=row["name"])


async def _hold_venue(work: Work, row: Row) -> None:
    if row["venue_id"] is not None:
        await venues.hold(work, row["venue_id"])


# --- whose time it is ---------------------------------------------------------------------------------------------


async def hold(work: Work, wanted: Iterable[UUID]) -> dict[tuple[UUID, UUID], Row]:
    """Holds these people until the work ends, so that no other roster takes the same hour of theirs.

    Their turns by roster and person: who is not there takes no turns in that roster, and is held all the same.
    """
    held = set(wanted)
    await entering.hold(work, held)
    rows = await work.all(q.TURNS, people=list(held))
    return {(row["roster_id"], row["person_id"]): row for row in rows}


async def free(work: Work, person: UUID, begin: datetime, end: datetime, but: Sequence[UUID] = ()) -> None:
    """Raises TwoPlacesAtOnce where the person is somewhere then; `but` these shifts."""
    for row in await elsewhere(work, person, begin, end, but):
        at, until = row["begins_at"].astimezone(CHINA), row["ends_at"].astimezone(CHINA)
        raise TwoPlacesAtOnce(
            roster=row["roster_name"],
            words=f"{at:%m月%d日 %H:%M}–{until:%H:%M}",
            begins_at=at.isoformat(),
            ends_at=until.isoformat(),
        )


async def elsewhere(work: Work, person: UUID, begin: datetime, end: datetime, but: Sequence[UUID] = ()) -> list[Row]:
    """The shifts that take a person's time then, in any roster: for sure while the person is held."""
    return await work.all(q.TAKEN, people=[person], begins_at=begin, ends_at=end, but=list(but))


async def give(work: Work, shift: UUID, giver: UUID, person: UUID, held: Mapping[tuple[UUID, UUID], Row]) -> bool:
    """A published shift goes from one to another, who are both held; False where it is not the giver's."""
    row = await work.one(q.SHIFT, id=shift)
    if row is None:
        return False
    label = held[row["roster_id"], person]["label"]
    return await work.one(q.EXCHANGE, id=shift, giver=giver, person=person, label=label) is not None


async def shift(work: Work, shift: UUID) -> Row | None:
    """A shift with its roster, whoever asks."""
    return await work.one(q.SHIFT, id=shift)


async def shifts_by_ids(work: Work, shifts: Iterable[UUID]) -> dict[UUID, Row]:
    """Several at once, whoever asks."""
    return {row["id"]: row for row in await work.all(q.SHIFTS_BY_IDS, ids=list(set(shifts)))}


# --- for other slices --------------------------------------------------------------------------------------------


async def standing(
    work: Work, begin: datetime, end: datetime, *, person: UUID | None = None, roster: UUID | None = None
) -> list[Row]:
    """A person's shifts in all rosters, or a roster's, that were published, cancelled ones too."""
    statement = q.shifts(mine=person is not None, drafts=False, following=False)
    return await work.all(statement, person=person, roster=roster, begins_at=begin, ends_at=end, limit=_FEED)


async def shifts_of(work: Work, person: UUID, since: date) -> list[Row]:
    """Shifts that still wait for a person on that day or later, in any roster: `id`, `roster_id`, `roster_name`,
    `begins_at`, `ends_at`, `step`. An appointment does not end while there are any and nobody takes them.
    """
    return await work.all(q.HANGING, person=person, begins_at=midnight(since))


async def to_come(work: Work, venue_ids: list[UUID], begin: datetime, end: datetime) -> list[Row]:
    """The shifts that are not over of rosters of these very venues, between two instants: `venue_id`, `begins_at`,
    `ends_at`, and `follows` where the roster goes by the venue's hours.
    """
    return await work.all(q.AT_VENUES, venues=venue_ids, begins_at=begin, ends_at=end)


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every shift of a person: `roster_name`, `begins_at`, `ends_at`, `step`, `came_at`, `left_at`."""
    statement = q.shifts(mine=True, drafts=True, following=False)
    return await work.all(statement, person=person, begins_at=_FIRST, ends_at=_LAST, limit=_ALL)


async def forget(work: Work, person: UUID) -> None:
    """A person takes no turns any more; shifts stay, for the figures, of nobody in particular."""
    await work.all(q.LEAVE_ALL, person=person)


async def put(work: Work, rows: list[dict[str, Any]], members: list[dict[str, Any]]) -> int:
    """Writes rosters (`code`, `path`, …) and who takes turns in them (`roster` its code, …); how many changed."""
    if not rows:
        return 0
    await work.all(past.KEEP, rows=rows, today=work.today)
    changed = len(await work.all(q.PUT, rows=[{**row, "id": new_id()} for row in rows]))
    known = {row["code"]: row["id"] for row in await work.all(q.IDS)}
    ready = [{**row, "id": new_id(), "roster_id": known[row["roster"]]} for row in members]
    return changed + len(await work.all(q.PUT_MEMBERS, rows=ready))


rebase = q.REBASE
