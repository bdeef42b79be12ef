"""Use cases of registrations: sign up, move along, move up from the waiting list, release all when it is called off.

Seats are counted in the activity's row, and whatever changes who holds one locks that row first, in the same statement:
a freed seat is given away once, and to the head of the list.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from services.events.activities import due as activity_due
from services.events.activities import service as activities
from services.events.activities.relations import Activity, may_record
from services.events.registrations import due, inputs
from services.events.registrations import queries as q
from services.events.registrations.relations import Registration, facts, parties
from services.events.registrations.tables import LIVE
from services.events.registrations.workflow import REGISTRATION, SEATED, WAITING, Party
from shared.kernel.errors import AlreadyDone, Conflict, Forbidden, Full, NotFound, SignUpClosed
from shared.kernel.refusals import expect
from shared.kernel.rights import Permission
from shared.kernel.workflow import Note, Outcome
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.work import Work

BATCH = 5  # people per run of a job, so that sign-ups wait for the row only briefly
_PROMOTING = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the table said about one move of one registration."""

    row: Registration
    activity: Activity
    parties: frozenset[Party]
    outcome: Outcome


async def load(work: Work, registration: UUID) -> tuple[Registration, Activity]:
    """The registration and its activity, if it exists for this caller. Raises NotFound."""
    activities.admit(work.actor)
    row = await work.one(q.SHOWN, id=registration)
    if row is None:
        raise NotFound
    activity = await activities.load(work, row["activity_id"])
    if not parties(row, activity, work.actor):
        raise NotFound
    return row, activity


async def sign_up(work: Work, activity: UUID, given: inputs.SignUp) -> tuple[Registration, Activity]:
    """A seat, or a place in the waiting list. Raises SignUpClosed, Full, AlreadyDone, NotFound, Forbidden."""
    work.actor.demand(Permission.REGISTRATIONS_CREATE)
    entry = Entry("registration", "registration.sign_up", data={"activity": str(activity)})
    person, note = work.actor.id, given.note
    try:
        row = await work.write(q.SIGN_UP, entry, id=new_id(), activity=activity, person=person, note=note)
    except asyncpg.UniqueViolationError as error:
        raise _twice(error) from error
    if row is None:
        raise await _refusal(work, activity)
    claimed = {name.removeprefix("beside_"): value for name, value in row.items() if name.startswith("beside_")}
    return {**row, "position": claimed["waiting"] or None}, claimed


def _twice(error: asyncpg.UniqueViolationError) -> Exception:
    if error.constraint_name != LIVE:
        return error
    return AlreadyDone(what_zh="已经报过名了。", what_en="Signed up for this activity already.")


async def _refusal(work: Work, activity: UUID) -> Exception:
    """Why nothing was claimed a moment ago."""
    row = await activities.load(work, activity)
    opened = row["signup_from"] is None or row["signup_from"] <= work.now
    if row["step"] != "open" or not opened or row["signup_until"] <= work.now:
        return SignUpClosed()
    free = row["waiting"] == 0 and row["taken"] < row["capacity"]
    limited = row["waiting_limit"] is not None and row["waiting"] >= row["waiting_limit"]
    return Full() if limited and not free else Conflict()


async def decide(work: Work, registration: UUID, move: str, expected: int | None = None) -> Decision:
    """Asks the table. Raises what `Workflow.apply` raises, and PreconditionFailed when `expected` is stale."""
    row, activity = await load(work, registration)
    related = parties(row, activity, work.actor)
    outcome = REGISTRATION.apply(row["step"], move, related, facts(activity, work.now))
    expect(row["version"], expected)
    return Decision(row, activity, related, outcome)


async def move(work: Work, registration: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. Raises what `decide` raises, and Conflict when somebody else was faster (the door retries that)."""
    await carry_out(work, await decide(work, registration, name, expected), given)
    return registration


async def carry_out(
    work: Work, decision: Decision, given: BaseModel, data: dict[str, Any] | None = None, jobs: tuple[Job, ...] = ()
) -> Registration:
    """Writes what was decided. Raises Conflict where the registration was moved meanwhile."""
    row, outcome = decision.row, decision.outcome
    note = getattr(given, "note", None)
    entry = Entry(
        "registration",
        f"registration.{outcome.move}",
        before=outcome.before,
        after=outcome.after,
        data={"activity": str(row["activity_id"])} | (data or {}),
        text={"note": note} if note else None,
    )
    values = {"id": row["id"], "version": row["version"], "to_step": outcome.after}
    seats, waiters = _deltas(outcome)
    if seats < 0 and decision.activity["step"] in _PROMOTING:
        jobs = (*jobs, _freed(row["activity_id"], row["place_no"]))
    if seats or waiters:
        counts = {"activity": row["activity_id"], "seats": seats, "waiters": waiters}
        changed = await work.write(q.MOVE_SEAT, entry, jobs, **values, **counts)
    else:
        changed = await work.write(q.MOVE, entry, jobs, **values)
    if changed is None:
        raise Conflict
    return changed


def _deltas(outcome: Outcome) -> tuple[int, int]:
    """How many seats and places in the waiting list a move takes."""
    seats = (outcome.after in SEATED) - (outcome.before in SEATED)
    return seats, (outcome.after == WAITING) - (outcome.before == WAITING)


def _freed(activity: UUID, order: int) -> Job:
    return activity_due.SEATS_FREED.of(order=(f"seats:{activity}", order), activity_id=str(activity))


async def promote(work: Work, activity: UUID) -> int:
    """Moves the head of the waiting list up while there are seats and it has not started; returns how many."""
    row = await activities.hold(work, activity)
    if row["step"] not in _PROMOTING or row["starts_at"] <= work.now:
        return 0
    free = row["capacity"] - row["taken"]
    heads = await work.all(q.HEADS, activity=activity, limit=min(free, BATCH))
    more = len(heads) == BATCH < free
    for head in heads:
        again = (_freed(activity, head["place_no"]),) if more and head is heads[-1] else ()
        jobs = (_tell(head["id"], "promoted"), *again)
        await carry_out(work, _by_clock(work, head, row, "promote"), Note(), jobs=jobs)
    return len(heads)


async def release(work: Work, activity: UUID) -> int:
    """After an activity was called off: releases those who signed up and has each of them told; returns how many."""
    row = await activities.hold(work, activity)
    if row["step"] != "cancelled":
        return 0
    living = await work.all(q.LIVING, activity=activity, limit=BATCH)
    for one in living:
        again = (activity_due.CALLED_OFF.of(activity_id=str(activity)),) if [one] == living[BATCH - 1 :] else ()
        jobs = (_tell(one["id"], "called_off"), *again)
        await carry_out(work, _by_clock(work, one, row, "call_off"), Note(), jobs=jobs)
    return len(living)


def _by_clock(work: Work, row: Registration, activity: Activity, move: str) -> Decision:
    related = parties(row, activity, work.actor)
    return Decision(row, activity, related, REGISTRATION.apply(row["step"], move, related, facts(activity, work.now)))


def _tell(registration: UUID, what: str) -> Job:
    return due.TELL.of(registration_id=str(registration), what=what)


async def walk_in(work: Work, activity: Activity, given: inputs.WalkIn, data: dict[str, Any]) -> UUID:
    """Enters somebody at the door. Raises Full, AlreadyDone."""
    text = {"note": given.note} if given.note else None
    entry = Entry("registration", "registration.walk_in", after="walk_in", text=text,
                  data={"activity": str(activity["id"])} | data)  # fmt: skip
    values = {"activity": activity["id"], "person": given.person, "note": given.note}
    try:
        row = await work.write(q.WALK_IN, entry, id=new_id(), **values)
    except asyncpg.UniqueViolationError as error:
        raise _twice(error) from error
    if row is None:
        raise Full
    entered: UUID = row["id"]
    return entered


async def of_activity(
    work: Work, activity: UUID, *, limit: int, step: str | None = None, following: int | None = None
) -> list[Registration]:
    """An activity's list in the order of signing up. Raises Forbidden for those who do not keep it."""
    if not may_record(await activities.load(work, activity), work.actor):
        raise Forbidden(permission=Permission.ATTENDANCE_RECORD.value)
    statement = q.listed(mine=False, at_step=step is not None, following=following is not None)
    return list(await work.all(statement, activity=activity, step=step, after=following, limit=limit))


async def mine(work: Work, *, limit: int, following: UUID | None = None) -> tuple[list[Row], dict[UUID, Activity]]:
    """One's own registrations, newest first, with their activities."""
    statement = q.listed(mine=True, at_step=False, following=following is not None)
    rows = await work.all(statement, person=work.actor.id, after=following, limit=limit)
    return rows, await activities.briefs(work, (row["activity_id"] for row in rows))


async def of_person(work: Work, person: str) -> list[Row]:
    """Every registration of a person, oldest first."""
    return await work.all(q.OF_PERSON, person=person)


async def forget_notes(work: Work, person: str) -> list[UUID]:
    """Erases what was noted about a person's registrations; the registrations stay, for the figures. Which ones."""
    return [row["id"] for row in await work.all(q.FORGET_NOTES, person=person)]
