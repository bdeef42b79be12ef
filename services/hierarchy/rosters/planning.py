"""Use cases of shifts: plan them, in turns or one by one, check, publish, report for them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.rosters import inputs, keeping, service, views
from services.hierarchy.rosters import queries as q
from services.hierarchy.rosters.refusals import NotAMember, RosterEnded, RosterHasGaps
from services.hierarchy.rosters.rules import Clash, Demand, Gap, Met, Turn, clashes, met, rotation
from services.hierarchy.rosters.workflow import ROSTER, SHIFT
from services.hierarchy.venues import service as venues
from services.hierarchy.venues.rules import DayPart, Opening, days, stretches
from shared.kernel.calendar import Calendar
from shared.kernel.errors import Forbidden, NotFound
from shared.kernel.periods import CHINA
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.kernel.stretches import Stretch
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

_DAY = timedelta(days=1)


async def demands(
    work: Work, calendar: Calendar, rosters: Sequence[Row], since: date, until: date
) -> dict[UUID, list[Demand]]:
    """What of these days each roster is to cover while it is in use: its own parts of the day, or its venue's opening
    hours. Of days gone by: what was said then.
    """
    said = await keeping.said(work, rosters, since)
    follow = (row["venue_id"] for row in rosters if any(then["cover"] is None for _, then in said[row["id"]]))
    by_venue = await venues.by_ids(work, (venue for venue in follow if venue))
    opened = await venues.openings(work, calendar, list(by_venue.values()), since, until) if by_venue else {}
    found: dict[UUID, list[Demand]] = {row["id"]: [] for row in rosters}
    for row in rosters:
        first = max(since, row["created_at"].astimezone(CHINA).date())
        for last, then in said[row["id"]]:
            span = first, min(last, until)
            if first <= span[1] and then["step"] == ROSTER.first:
                cover = _cover(calendar, then["cover"], opened.get(row["venue_id"], []), span)
                found[row["id"]].append(Demand(cover, then["needed"]))
            first = max(first, span[1] + _DAY)
    return found


def _cover(
    calendar: Calendar, own: list[Any] | None, hours: Sequence[Opening], span: tuple[date, date]
) -> list[Stretch]:
    if own is None:
        there = ((one.day, one.parts) for one in hours if span[0] <= one.day <= span[1])
    else:
        parts = tuple(DayPart.model_validate(part) for part in own)
        there = ((day, parts) for day in days(*span))
    return [one for day, of_day in there for one in stretches(calendar, day, of_day)]


async def check(work: Work, calendar: Calendar, roster: UUID, since: date, until: date) -> views.CheckView:
    """Whether a roster holds on these days, drafts included. NotFound, Forbidden."""
    row = await service.seen(work, roster)
    _, rows, found = await _checked(work, calendar, row, since, until)
    return views.CheckView(
        since=since,
        until=until,
        needed_hours=found.needed / timedelta(hours=1),
        covered_hours=found.covered / timedelta(hours=1),
        drafts=sum(one["step"] == SHIFT.first for one in rows),
        gaps=[views.GapView(begins_at=gap.begin, ends_at=gap.end, missing=gap.missing) for gap in found.gaps],
        clashes=[
            views.ClashView(person_id=one.person, begins_at=one.begin, ends_at=one.end)
            for one in await _clashes(work, calendar, rows, since, until)
        ],
    )


async def _checked(
    work: Work, calendar: Calendar, row: Row, since: date, until: date
) -> tuple[list[Stretch], list[Row], Met]:
    wanted = (await demands(work, calendar, [row], since, until))[row["id"]]
    begin, end = calendar.at(since), calendar.at(until + _DAY)
    rows = await work.all(q.IN_ROSTERS, rosters=[row["id"]], begins_at=begin, ends_at=end)
    return [part for one in wanted for part in one.cover], rows, met(wanted, [_turn(one) for one in rows])


async def _clashes(work: Work, calendar: Calendar, rows: Sequence[Row], since: date, until: date) -> list[Clash]:
    """Writing refuses them; this looks at what is there, whoever wrote it."""
    involved = list({row["person_id"] for row in rows})
    begin, end = calendar.at(since), calendar.at(until + _DAY)
    return clashes(map(_turn, await work.all(q.TAKEN, people=involved, begins_at=begin, ends_at=end, but=[])))


def _turn(row: Row) -> Turn:
    return Turn(row["person_id"], row["begins_at"], row["ends_at"])


# --- planning ----------------------------------------------------------------------------------------------------


async def _plans(work: Work, roster: UUID, day: date, field: str) -> Row:
    """The roster, for what begins on that day: who was on duty on a day gone by stays as it was."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    if row["step"] != ROSTER.first:
        raise RosterEnded(roster=row["name"])
    if day < work.today:
        zh, en = "不能早于今天：过去的值班不再改动", "cannot be before today: who was on duty stays as it was"
        raise invalid(field, zh, en)
    return row


async def add(work: Work, roster: UUID, given: inputs.NewShift) -> UUID:
    """One shift, a draft. NotFound, Forbidden, RosterEnded, Invalid, VenueClosed, NotAMember, TwoPlacesAtOnce."""
    row = await _plans(work, roster, given.begins_at.astimezone(CHINA).date(), "begins_at")
    held = await service.hold(work, [given.person])
    await service.hold_open(work, row)
    if (roster, given.person) not in held:
        raise NotAMember(roster=row["name"])
    await service.free(work, given.person, given.begins_at, given.ends_at)
    made, label = new_id(), held[roster, given.person]["label"]
    data = {"roster": str(roster), "person": str(given.person)}
    times = {"begins_at": given.begins_at, "ends_at": given.ends_at}
    entry = Entry("shift", "shift.plan", after=SHIFT.first, data=data | {k: at.isoformat() for k, at in times.items()})
    born: dict[str, Any] = {
        "id": made,
        "roster_id": roster,
        "person_id": given.person,
        "label": label,
        "step": SHIFT.first,
    }
    await work.write(q.ADD, entry, **(born | times))
    return made


async def rotate(work: Work, calendar: Calendar, roster: UUID, given: inputs.ShiftRotation) -> UUID:
    """Shifts in turns, as drafts, for what nobody covers yet. NotFound, Forbidden, RosterEnded, Invalid, VenueClosed,
    NotAMember.
    """
    row = await _plans(work, roster, given.since, "since")
    members = [one["person_id"] for one in await work.all(q.OF_ROSTERS, rosters=[roster])]
    held = await service.hold(work, members)
    await service.hold_open(work, row)
    members = [person for person in members if (roster, person) in held]  # who has left meanwhile has no turn
    if not members:
        raise NotAMember(roster=row["name"])
    cover, rows, _ = await _checked(work, calendar, row, given.since, given.until)
    parts = cover
    if given.parts is not None:
        parts = [one for day in days(given.since, given.until) for one in stretches(calendar, day, given.parts)]
    begin, end = calendar.at(given.since), calendar.at(given.until + _DAY)
    busy = [_turn(one) for one in await work.all(q.TAKEN, people=members, begins_at=begin, ends_at=end, but=[])]
    last = await work.one(q.LAST_TURN, roster=roster, begins_at=begin)
    there = [_turn(one) for one in rows]
    turns = rotation(parts, members, busy, row["needed"], last["person_id"] if last else None, there)
    planned = [
        {"id": new_id(), "person_id": turn.person, "label": held[roster, turn.person]["label"],
         "begins_at": turn.begin.isoformat(), "ends_at": turn.end.isoformat()}
        for turn in turns
    ]  # fmt: skip
    data = {"since": given.since.isoformat(), "until": given.until.isoformat(), "shifts": len(planned)}
    await work.write(q.ROTATE, Entry("roster", "roster.rotate", data=data), id=roster, turns=planned)
    return roster


async def publish(work: Work, calendar: Calendar, roster: UUID, given: inputs.Publication) -> UUID:
    """What was a draft on these days holds. NotFound, Forbidden, RosterEnded, Invalid, VenueClosed, RosterHasGaps."""
    row = await _plans(work, roster, given.since, "since")
    await work.begin()
    members = [one["person_id"] for one in await work.all(q.OF_ROSTERS, rosters=[roster])]
    await service.hold(work, members)  # nobody plans at the same moment
    await service.hold_open(work, row)
    _, _, (_, _, missing) = await _checked(work, calendar, row, given.since, given.until)
    if missing and given.accept_gaps is None:
        raise _has(missing)
    begin, end = calendar.at(given.since), calendar.at(given.until + _DAY)
    data = {"since": given.since.isoformat(), "until": given.until.isoformat(), "gaps": len(missing)}
    text = {"accept_gaps": given.accept_gaps} if given.accept_gaps else None
    entry = Entry("roster", "roster.publish", data=data, text=text)
    await work.write(q.PUBLISH, entry, id=roster, begins_at=begin, ends_at=end)
    return roster


def _has(missing: Sequence[Gap]) -> RosterHasGaps:
    at, until = missing[0].begin.astimezone(CHINA), missing[0].end.astimezone(CHINA)
    told = [
        {"begins_at": gap.begin.isoformat(), "ends_at": gap.end.isoformat(), "missing": gap.missing}
        for gap in missing[:100]
    ]
    return RosterHasGaps(
        count=len(missing),
        gaps=told,
        words=f"{at:%m月%d日 %H:%M}–{until:%H:%M}",
        begins_at=at.isoformat(),
        ends_at=until.isoformat(),
    )


# --- one shift -----------------------------------------------------------------------------------------------------


async def load(work: Work, shift: UUID) -> Row:
    """The shift, for those who read its roster and for whoever has it. NotFound."""
    row = await work.one(q.SHIFT, id=shift)
    if row is None:
        raise NotFound
    mine = str(row["person_id"]) == work.actor.id
    if not mine:
        try:
            await service.seen(work, row["roster_id"])
        except Forbidden as error:
            raise NotFound from error
    if row["step"] == SHIFT.first and not (mine or work.actor.may(Permission.ROSTERS_MANAGE, row["path"])):
        raise NotFound
    return row


async def whole(work: Work, vault: Vault, shift: UUID) -> views.ShiftView:
    """A shift as clients see it. NotFound."""
    row = await load(work, shift)
    names = await service.names_of(work, vault, [row["person_id"]])
    return views.shift(row, names[row["person_id"]], work.actor, work.now)


async def move(work: Work, shift: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, NotAMember, TwoPlacesAtOnce, as `Workflow.apply`."""
    row = await load(work, shift)
    facts = views.shift_facts(row, work.now)
    outcome = SHIFT.apply(row["step"], name, views.shift_parties(row, work.actor), facts)
    expect(row["version"], expected)
    at = {"id": shift, "version": row["version"]}
    data = {"roster": str(row["roster_id"]), "person": str(row["person_id"])}
    text = given.model_dump(include={"reason", "note"}, exclude_none=True) or None
    if isinstance(given, inputs.NewHolder):
        held = await service.hold(work, [row["person_id"], given.person])
        if (row["roster_id"], given.person) not in held:
            raise NotAMember(roster=row["roster_name"])
        await service.free(work, given.person, row["begins_at"], row["ends_at"], but=[shift])
        data |= {"to": str(given.person)}
        entry = Entry("shift", "shift.reassign", outcome.before, outcome.after, data, text)
        label = held[row["roster_id"], given.person]["label"]
        changed = await work.write(q.REASSIGN, entry, **at, person=given.person, label=label)
    else:
        entry = Entry("shift", f"shift.{name}", outcome.before, outcome.after, data, text)
        changed = await work.write(_CHANGES.get(name, q.MOVE_SHIFT), entry, **at, to_step=outcome.after)
    if changed is None:
        raise stale(expected)
    return shift


_CHANGES: dict[str, Change] = {"check_in": q.COME, "check_out": q.GO}
