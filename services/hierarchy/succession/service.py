"""Use cases of an appointment's life: renew, end, hand over, and what becomes of it with its days.

What hangs on it is asked of tickets before any transaction. The last day in office is set at once; what hangs on the
post goes to the successor when that day is over, by a job, and is journaled.
"""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.appointments import service as appointments
from services.hierarchy.appointments.due import EXPIRE
from services.hierarchy.bodies import service as bodies
from services.hierarchy.people import service as people
from services.hierarchy.people.refusals import UnknownPerson
from services.hierarchy.places import reading
from services.hierarchy.rosters import turns
from services.hierarchy.succession import hanging, views
from services.hierarchy.succession.due import SETTLE
from services.hierarchy.succession.filling import Term, appoint, midnight, settling
from services.hierarchy.succession.inputs import LeavingPost, PostHandOver, TermRenewal
from services.hierarchy.succession.refusals import DayOver, SuccessorNamed, UnknownSuccessor
from services.hierarchy.succession.rules import DAY, SEAT, last_day
from services.hierarchy.succession.workflow import APPOINTMENT
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.paths import ROOT, covers
from shared.kernel.personal import ProcessingStopped
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.runtime.clients import ServiceClient
from shared.runtime.db import Row
from shared.runtime.jobs import JobKind, has_come
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_SEE = Permission.PEOPLE_READ


# --- reading -------------------------------------------------------------------------------------------------------


async def load(work: Work, appointment: UUID) -> Row:
    """For whoever holds it and for those who may read people there. NotFound, Forbidden."""
    row = await appointments.by_id(work, appointment)
    caller = work.actor
    if row is None or (caller.kind == "job" and row["path"] is None):
        raise NotFound
    if caller.kind == "job" or str(row["person_id"]) == caller.id:
        return row
    if row["path"] is None or not any(covers(grant.place, row["path"]) for grant in caller.grants):
        raise NotFound
    caller.demand(_SEE, row["path"])
    return row


async def whole(work: Work, vault: Vault, appointment: UUID) -> views.AppointmentView:
    """As this caller sees it. NotFound, Forbidden."""
    return (await _shown(work, vault, [await load(work, appointment)]))[0]


async def page(
    work: Work,
    vault: Vault,
    *,
    mine: bool,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[views.AppointmentView]:
    """A page by age: one's own, or those at places where one reads people. `filters`: place, post, person, kind, on,
    step.
    """
    if mine and work.actor.kind != "user":
        raise NotFound
    if not mine and not work.actor.may(_SEE):
        raise Forbidden(permission=_SEE.value)
    wanted = await reading.placed(work, filters, filters.get("on"))
    key = decode(cursor, UUID)
    whose = {"me": UUID(work.actor.id)} if mine else limits("scopes", "scope_ends", work.actor.scopes(_SEE))
    first = key[0] if key else UUID(int=0)
    rows = await appointments.listed(work, own=mine, **wanted, **whose, after=first, limit=limit + 1)
    items = await _shown(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def _shown(work: Work, vault: Vault, rows: list[Row]) -> list[views.AppointmentView]:
    known = await people.by_ids(work, (row["person_id"] for row in rows))
    holders = {
        id_: views.Holder(people.name_of(vault, work.district, row), row["party_member"])
        for id_, row in known.items()
        if not row["erased_at"]
    }
    return [views.shown(row, holders.get(row["person_id"]), work.actor, work.today) for row in rows]


# --- moves ---------------------------------------------------------------------------------------------------------


async def move(
    work: Work, tickets: ServiceClient, appointment: UUID, name: str, given: BaseModel, expected: int | None = None
) -> UUID:
    """Renews, ends or hands over. StillNeeded, DayOver, PreconditionFailed, Conflict, what `Workflow.apply` raises."""
    row = await load(work, appointment)
    now = work.today
    step, parties = views.step_on(row, now), views.parties(row, work.actor)
    outcome = APPOINTMENT.apply(step, name, parties, views.facts(row, now))
    expect(row["version"], expected)
    entry = Entry("appointment", f"appointment.{name}", before=outcome.before, after=outcome.after)
    match given:
        case TermRenewal():
            done = await _renew(work, row, entry, given)
        case LeavingPost():
            done = await _end(work, tickets, row, entry, given)
        case PostHandOver():
            done = await _hand_over(work, row, entry, given)
        case _:
            raise NotFound
    if not done:
        raise stale(expected)
    return appointment


async def _renew(work: Work, row: Row, entry: Entry, given: TermRenewal) -> bool:
    earliest = max(work.today, row["since"])
    if given.term_ends < earliest:
        raise DayOver(earliest=earliest.isoformat())
    entry = _with(entry, {"post": row["post_code"], "term_ends": given.term_ends.isoformat()}, given.reason)
    return await appointments.renew(work, row, entry, given.term_ends)


async def _end(work: Work, tickets: ServiceClient, row: Row, entry: Entry, given: LeavingPost) -> bool:
    if await appointments.leaving_to(work, row["post_id"], row["person_id"]):
        raise SuccessorNamed(since=row["since"].isoformat())
    day = max(last_day(given.last_day, work.today), row["since"] - DAY)  # before the first one: it never was
    (await hanging.hanging(work, tickets, row, day + DAY)).refuse()
    entry = _with(entry, _leaving(row, day), given.reason)
    return await appointments.leave(work, row, entry, [settling(row["id"], day)], **_left(entry, day, None))


async def _hand_over(work: Work, row: Row, entry: Entry, given: PostHandOver) -> bool:
    """The holder's last day and the successor's first, one after the other, in one transaction. TwoPlacesAtOnce,
    and what `appoint` or, in a body, `follow` raises.
    """
    if given.successor == row["person_id"]:
        raise UnknownSuccessor(person=given.successor)
    day = max(last_day(given.last_day, work.today), row["since"] - DAY)  # before the first one: it never was
    try:
        await people.nameable(work, given.successor, row["path"] or ROOT)
    except (UnknownPerson, ProcessingStopped):
        raise UnknownSuccessor(person=given.successor) from None
    if row["role"] == SEAT:
        await bodies.hold(work, row["organisation"])
    await appointments.hold_post(work, row["post_id"])
    if not given.takes_post:  # households are linked to the seat, which stays behind without a holder
        hanging.Hanging(0, 0, await hanging.households(work, row)).refuse()
    await hanging.fits(work, row, given.successor, day + DAY)
    data = _leaving(row, day) | {"successor": str(given.successor), "takes_post": given.takes_post}
    entry = _with(entry, data, given.reason)
    if not await appointments.leave(work, row, entry, [settling(row["id"], day)], **_left(entry, day, given.successor)):
        return False
    if day < row["since"]:
        await _pass_on(work, row, given)
    if given.takes_post and row["role"] == SEAT:
        await bodies.follow(work, row, given.successor, day + DAY, given.term_ends)
    elif given.takes_post:
        term = Term(day + DAY, "交接", given.term_ends)
        await appoint(work, row["post_id"], given.successor, term, vacated=row["id"])
    return True


async def _pass_on(work: Work, row: Row, given: PostHandOver) -> None:
    """Who was to take over never comes: what the one before leaves behind goes straight to the next."""
    for before in await appointments.leaving_to(work, row["post_id"], row["person_id"]):
        data = {
            "person": str(before["person_id"]),
            "successor": str(given.successor),
            "instead_of": str(row["person_id"]),
        }
        entry = Entry("appointment", "appointment.hand_over", "leaving", "leaving", data, {"reason": given.reason})
        if not await appointments.redirect(work, before, entry, given.successor):
            raise Conflict


def _with(entry: Entry, data: dict[str, Any], reason: str) -> Entry:
    return Entry(entry.subject_kind, entry.event, entry.before, entry.after, data, {"reason": reason})


def _leaving(row: Row, day: date) -> dict[str, Any]:
    return {"post": row["post_code"], "person": str(row["person_id"]), "last_day": day.isoformat()}


def _left(entry: Entry, day: date, successor: UUID | None) -> dict[str, Any]:
    return {"to_step": entry.after, "last_day": day, "successor_id": successor}


# --- by the clock --------------------------------------------------------------------------------------------------


async def settle(work: Work, row: Row, load_: hanging.Hanging) -> None:
    """The last day is over: what hangs on it here goes to the successor, and the appointment has ended; without one,
    not while anything hangs on it that came after that was agreed.
    """
    now = work.today
    if row["step"] == "ended":
        return
    since = row["until"] + DAY
    if row["successor_id"] is None:
        await turns.leave_post(work, row["person_id"], row["post_code"], None, since)
    if load_.anything:
        await _still_needed(work, row, load_, SETTLE)
        return
    outcome = APPOINTMENT.apply(row["step"], "settle", views.parties(row, work.actor), views.facts(row, now))
    data: dict[str, Any] = {"post": row["post_code"], "person": str(row["person_id"])}
    if row["successor_id"] is not None:
        data |= {"successor": str(row["successor_id"])} | await hanging.take_over(work, row, since)
    entry = Entry("appointment", "appointment.settle", outcome.before, outcome.after, data)
    if not await appointments.advance(work, row, entry, outcome.after):
        raise Conflict


async def expire(work: Work, row: Row, load_: hanging.Hanging) -> None:
    """The term is over: the appointment ends with yesterday, or goes on for as long as something hangs on it."""
    now = work.today
    facts = views.facts(row, now, needed=load_.anything)
    if views.step_on(row, now) != "serving" or row["term_ends"] is None:
        return
    if not has_come(midnight(row["term_ends"]), work.now):  # renewed meanwhile
        return
    if load_.anything:
        await _still_needed(work, row, load_, EXPIRE)
        return
    data = {"post": row["post_code"], "person": str(row["person_id"])}
    outcome = APPOINTMENT.apply("serving", "expire", views.parties(row, work.actor), facts)
    entry = Entry("appointment", "appointment.expire", outcome.before, outcome.after, data)
    await turns.leave_post(work, row["person_id"], row["post_code"], None, now)
    left = {"to_step": outcome.after, "last_day": now - DAY, "successor_id": None}
    if not await appointments.leave(work, row, entry, [], **left):
        raise Conflict


async def _still_needed(work: Work, row: Row, load_: hanging.Hanging, again: JobKind) -> None:
    """It does not end yet, which is journaled; the next night it is asked again."""
    data = {"post": row["post_code"], "person": str(row["person_id"])}
    entry = Entry("appointment", "appointment.still_needed", row["step"], row["step"], data | asdict(load_))
    await work.record(entry, row["id"], [again.of(due_at=midnight(work.today), appointment_id=str(row["id"]))])
