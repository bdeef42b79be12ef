"""Use cases of those who take turns: come in, go, and hand over. Nobody goes while shifts wait for them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.people import service as people
from services.hierarchy.rosters import due, inputs, service
from services.hierarchy.rosters import queries as q
from services.hierarchy.rosters.refusals import NotAMember, ShiftsHang
from services.hierarchy.rosters.workflow import SHIFT, Party
from shared.kernel.errors import Conflict
from shared.kernel.periods import midnight
from shared.kernel.refusals import invalid
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, has_come
from shared.runtime.journal import Entry
from shared.runtime.work import Work


async def join(work: Work, roster: UUID, given: inputs.NewRosterMember) -> UUID:
    """Somebody takes turns from now on, or as something else. NotFound, Forbidden, UnknownPerson, ProcessingStopped."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    await people.nameable(work, given.person, row["path"])
    entry = Entry("roster", "roster.join", data={"person": str(given.person), "post": given.post})
    values: dict[str, Any] = {"id": new_id(), "person": given.person, "label": given.label, "post_code": given.post}
    await work.write(q.JOIN, entry, roster=roster, since=work.today, **values)
    return roster


async def leave(work: Work, roster: UUID, given: inputs.LeavingRoster) -> UUID:
    """Somebody takes no turns any more. NotFound, Forbidden, NotAMember, ShiftsHang."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    await service.hold(work, [given.person])
    hanging = [one for one in await work.all(q.HANGING, person=given.person, begins_at=work.now)
               if one["roster_id"] == roster]  # fmt: skip
    if hanging:
        raise ShiftsHang(count=len(hanging), shifts=[str(one["id"]) for one in hanging[:100]])
    entry = Entry("roster", "roster.leave", data={"person": str(given.person)})
    if await work.write(q.LEAVE, entry, rosters=[roster], person=given.person) is None:
        raise NotAMember(roster=row["name"])
    return roster


async def succeed(work: Work, roster: UUID, given: inputs.ShiftHandOver) -> UUID:
    """Hands the shifts of one roster over. NotFound, Forbidden, NotAMember, Invalid, TwoPlacesAtOnce."""
    row = await service.seen(work, roster, Permission.ROSTERS_MANAGE)
    if given.since < work.today:
        zh, en = "不能早于今天：过去的值班不再改动", "cannot be before today: who was on duty stays as it was"
        raise invalid("since", zh, en)
    await people.nameable(work, given.successor, row["path"])
    held = await service.hold(work, [given.person, given.successor])
    if (roster, given.person) not in held:
        raise NotAMember(roster=row["name"])
    await hand_over(work, given.person, given.successor, given.since, [roster])
    return roster


async def hand_over(
    work: Work,
    person: UUID,
    successor: UUID,
    since: date,
    rosters: Sequence[UUID] | None = None,
    *,
    leave_gaps: bool = False,
) -> tuple[list[UUID], list[UUID]]:
    """Gives all shifts of a person that begin on that day or later, and from that day on their place in the turns, to a
    successor; in all rosters, or in these. Journaled about the person; which shifts.

    TwoPlacesAtOnce where the successor is elsewhere then, or, with `leave_gaps`: such a shift is cancelled, and is a
    gap of its roster; which ones, too.
    """
    held = await service.hold(work, [person, successor])
    own = [row for (roster, who), row in held.items() if who == person and (rosters is None or roster in rosters)]
    shifts = await _waiting(work, person, since, rosters)
    gaps = [one for one in shifts if await _elsewhere(work, successor, one, leave_gaps=leave_gaps)]
    taken = [one["id"] for one in shifts if one not in gaps]
    data = {"successor": str(successor), "since": since.isoformat(), "shifts": len(taken), "gaps": len(gaps)}
    later = [] if since <= work.today else [_on_that_day(row, successor, since) for row in own]
    await work.record(Entry("person", "roster.hand_over", data=data), person, later)
    new = [_turn(row, successor, since) for row in own if (row["roster_id"], successor) not in held]
    if new:
        await work.all(q.PUT_MEMBERS, rows=new)
    if not later:
        await work.all(q.GONE, person=person, rosters=[row["roster_id"] for row in own])
    await work.all(q.HAND_OVER, shifts=taken, successor=successor)
    for one in gaps:
        await _cancel(work, one, successor)
    return taken, [one["id"] for one in gaps]


async def leave_post(work: Work, person: UUID, post: str, successor: UUID | None, since: date) -> None:
    """Who took turns by a post has left it: a successor takes them from that day on, or nobody does. What is planned
    already stays planned. Journaled about the person.
    """
    held = await service.hold(work, [person, *([successor] if successor else [])])
    own = [row for (_, who), row in held.items() if who == person and row["post_code"] == post]
    if not own:
        return
    data = {"post": post, "successor": str(successor) if successor else None, "rosters": len(own)}
    await work.record(Entry("person", "roster.leave_post", data=data), person)
    new = [_turn(row, successor, since) for row in own if successor and (row["roster_id"], successor) not in held]
    if new:
        await work.all(q.PUT_MEMBERS, rows=new)
    await work.all(q.GONE, person=person, rosters=[row["roster_id"] for row in own])


def _turn(row: Row, successor: UUID, since: date) -> dict[str, Any]:
    kept = {name: row[name] for name in ("roster_id", "label", "post_code", "position")}
    return {"id": new_id(), "person_id": successor, "since": since.isoformat()} | kept


def _on_that_day(row: Row, successor: UUID, since: date) -> Job:
    who: dict[str, Any] = {"person_id": str(row["person_id"]), "successor_id": str(successor)}
    roster = str(row["roster_id"])
    return due.HAND_OVER.of(due_at=midnight(since), roster_id=roster, since=since.isoformat(), **who)


async def fits(work: Work, person: UUID, successor: UUID, since: date) -> None:
    """Raises TwoPlacesAtOnce where a successor is elsewhere at a shift that a hand-over would give them: as it is now,
    nobody is held.
    """
    for one in await _waiting(work, person, since, None):
        await service.free(work, successor, one["begins_at"], one["ends_at"])


async def _waiting(work: Work, person: UUID, since: date, rosters: Sequence[UUID] | None) -> list[Row]:
    """What a hand-over is about: a shift that runs into that day stays with whoever began it, and one of a day gone by
    with whoever had it then, also where a job comes late.
    """
    rows, begin = await service.shifts_of(work, person, since), midnight(max(since, work.today))
    return [row for row in rows if row["begins_at"] >= begin and (rosters is None or row["roster_id"] in rosters)]


async def _elsewhere(work: Work, successor: UUID, shift: Row, *, leave_gaps: bool) -> bool:
    times = shift["begins_at"], shift["ends_at"]
    if leave_gaps:
        return bool(await service.elsewhere(work, successor, *times))
    await service.free(work, successor, *times)
    return False


async def _cancel(work: Work, shift: Row, successor: UUID) -> None:
    outcome = SHIFT.apply(shift["step"], "cancel", {Party.STAFF})
    data = {"roster": str(shift["roster_id"]), "person": str(shift["person_id"]), "successor": str(successor)}
    text = {"reason": "接任人同一时间另有班次，请另行排班"}
    entry = Entry("shift", "shift.cancel", outcome.before, outcome.after, data, text)
    values = {"id": shift["id"], "version": shift["version"], "to_step": outcome.after}
    if await work.write(q.MOVE_SHIFT, entry, **values) is None:
        raise Conflict


async def carry_on(work: Work, roster: UUID, person: UUID, successor: UUID, since: date) -> None:
    """The day of a hand-over has come: the giver's turns end; what was planned for them meanwhile goes the same way.

    Unless one of the two has left the roster since.
    """
    held = await service.hold(work, [person, successor])
    if has_come(midnight(since), work.now) and {(roster, person), (roster, successor)} <= held.keys():
        await hand_over(work, person, successor, since, [roster], leave_gaps=True)
