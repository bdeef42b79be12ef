"""Use cases of activities: make one, change one, move it along, list them; the lock under which seats change hands."""

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.events.activities import due, inputs
from services.events.activities import queries as q
from services.events.activities.relations import Activity, may_see, parties
from services.events.activities.rules import next_turn
from services.events.activities.workflow import ACTIVITY
from shared.kernel.errors import (
    CapacityTooLow,
    Conflict,
    Invalid,
    NotFound,
    UnknownPlace,
    Wrong,
)
from shared.kernel.paths import ROOT, after, covers
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission, Principal
from shared.kernel.workflow import Note, Outcome
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, has_come
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

# Registrations build their statements around these: seats are counted nowhere else.
seat_claimed, door_seat_claimed, held, seats_counted = q.seat_claimed, q.door_seat_claimed, q.held, q.seats_counted

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread from a poster
_CODE_LENGTH = 8
_TIMES = ("signup_until", "starts_at", "ends_at")
_NOT_OVER = [key for key, step in ACTIVITY.steps.items() if not step.is_end]
_EDITABLE = ("title", "description", "signup_from", *_TIMES, "capacity", "waiting_limit")


async def load(work: Work, activity: UUID) -> Activity:
    """The activity, if it exists for this caller. Raises NotFound, Forbidden."""
    admit(work.actor)
    row = await work.one(q.BY_ID, activity=activity)
    if row is None or not (work.actor.kind == "job" or may_see(row, work.actor)):
        raise NotFound
    return row


def admit(caller: Principal) -> None:
    """Raises Forbidden for those to whom no activity is shown: before any is looked for, so that none is betrayed."""
    if caller.kind != "job":
        caller.demand(Permission.ACTIVITIES_READ)


async def hold(work: Work, activity: UUID) -> Activity:
    """Locks the activity's row until the end of the work: seats that change hands do so one after the other."""
    await work.begin()
    row = await work.one(q.HOLD, activity=activity)
    if row is None:
        raise NotFound
    return row


async def briefs(work: Work, ids: Iterable[UUID]) -> dict[UUID, Activity]:
    """Title, place and start of several at once."""
    return {row["id"]: row for row in await work.all(q.BY_IDS, ids=list(set(ids)))}


async def create(work: Work, new: inputs.NewActivity, place: PlaceRef) -> UUID:
    """Makes a draft; the caller is its organiser.

    Raises Forbidden without `activities.manage` at the place; a place outside the caller's scope is unknown.
    """
    if not any(covers(grant.place, place.path) for grant in work.actor.grants):
        raise UnknownPlace(place=place.code)
    work.actor.demand(Permission.ACTIVITIES_MANAGE, place.path)
    values = new.model_dump(exclude={"place", "type"}) | {
        "id": new_id(),
        "step": ACTIVITY.first,
        "type": new.type.value,
        "signup_until": new.signup_until or new.starts_at,
        "place_code": place.code,
        "place_name": place.full_name,
        "place_path": place.path,
        "organiser": work.actor.id,
        "check_in_code": "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)),
    }
    data = {"type": new.type.value, "place": place.code, "capacity": new.capacity}
    entry = Entry("activity", "activity.create", after=ACTIVITY.first, data=data)
    row = await work.write(q.CREATE, entry, **values)
    if row is None:
        raise Conflict
    created: UUID = row["id"]
    return created


async def move(work: Work, activity: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. `expected` is the version the caller saw (If-Match).

    Raises what `Workflow.apply` raises, PreconditionFailed when `expected` is stale, CapacityTooLow, and Conflict when
    somebody else was faster (the door retries that).
    """
    row = await load(work, activity)
    outcome = ACTIVITY.apply(row["step"], name, parties(row, work.actor))
    expect(row["version"], expected)
    if isinstance(given, inputs.ActivityEdit):
        changed = await _edit(work, row, outcome, given)
    else:
        text = given.model_dump(exclude_none=True) or None
        entry = Entry("activity", f"activity.{name}", before=outcome.before, after=outcome.after, text=text)
        values = {"activity": activity, "version": row["version"], "to_step": outcome.after}
        changed = await work.write(q.MOVE, entry, _jobs(row, outcome, row), **values)
    if changed is None:
        raise stale(expected)
    return activity


async def _edit(work: Work, row: Activity, outcome: Outcome, given: inputs.ActivityEdit) -> Activity | None:
    sent = {name: getattr(given, name) for name in _EDITABLE if name in given.model_fields_set}
    merged = {name: sent.get(name, row[name]) for name in _EDITABLE}
    try:
        inputs.check_times(merged["starts_at"], merged["ends_at"], merged["signup_from"], merged["signup_until"])
    except Wrong as error:
        raise Invalid(errors=[{"at": "/body", "kind": "value_error", "zh": error.zh, "en": str(error)}]) from error
    numbers = {name: merged[name] for name in ("capacity", "waiting_limit") if name in sent}
    text = {"note": given.note} if given.note else None
    data: dict[str, Any] = {"changed": sorted(sent)} | numbers
    entry = Entry("activity", "activity.edit", before=outcome.before, after=outcome.after, data=data, text=text)
    jobs = _jobs(row, outcome, merged)
    changed = await work.write(q.EDIT, entry, jobs, activity=row["id"], version=row["version"], **merged)
    if changed is None:
        now = await load(work, row["id"])
        if now["version"] == row["version"]:
            raise CapacityTooLow(taken=now["taken"], capacity=merged["capacity"])
    return changed


def _jobs(row: Activity, outcome: Outcome, after: Activity) -> list[Job]:
    """What becomes due: the next turn of its clock, moving up where seats or time were added, release."""
    activity = str(row["id"])
    found = []
    turn = next_turn(outcome.after, after["signup_until"], after["starts_at"], after["ends_at"])
    if turn and (outcome.entered or any(row[name] != after[name] for name in _TIMES)):
        found.append(due.TURN.of(due_at=turn[1], activity_id=activity))
    if after["capacity"] > row["capacity"] or after["starts_at"] > row["starts_at"]:
        found.append(due.SEATS_FREED.of(order=(f"seats:{row['id']}", 0), activity_id=activity))
    if outcome.after == "cancelled" and outcome.before != ACTIVITY.first:
        found.append(due.CALLED_OFF.of(activity_id=activity))
    return found


async def turn(work: Work, activity: UUID) -> None:
    """The activity's own clock: makes the move that is due, if it still is."""
    row = await load(work, activity)
    coming = next_turn(row["step"], *(row[name] for name in _TIMES))
    if coming is not None and has_come(coming[1], work.now):
        await move(work, activity, coming[0], Note())


async def hand_over(work: Work, person: UUID, successor: UUID, within: str | None, most: int) -> int:
    """Gives some of what a person organises at a place and below (None: anywhere) and is not over to another, inside a
    transaction, a journal row each; how many that were.
    """
    place = within or ROOT
    values = {"organiser": str(person), "steps": list(_NOT_OVER), "since": work.now - inputs.LONGEST}
    rows = await work.all(q.ORGANISED, **values, within=place, within_end=after(place), limit=most)
    for row in rows:
        data = {"from": str(person), "to": str(successor)}
        entry = Entry("activity", "activity.hand_over", before=row["step"], after=row["step"], data=data)
        await work.write(q.ENTRUST, entry, activity=row["id"], successor=str(successor))
    return len(rows)


async def listed(work: Work, *, limit: int, following: list[Any] | None = None, **filters: Any) -> list[Activity]:  # noqa: ANN401
    """A page of what exists for this caller. `filters`: step, type, within (a place path), mine; None means all."""
    admit(work.actor)
    given = {name: value for name, value in filters.items() if value}
    values = given | {"me": work.actor.id, "limit": limit}
    values |= limits("scopes", "ends", work.actor.scopes(Permission.ACTIVITIES_MANAGE))
    values |= limits("kept", "kept_ends", work.actor.scopes(Permission.ATTENDANCE_RECORD))
    if "within" in given:
        values["within_end"] = after(given["within"])
    if following:
        values |= dict(zip(("after_start", "after_id"), following, strict=True))
    statement = q.listed(
        at_step="step" in given,
        of_type="type" in given,
        within="within" in given,
        mine="mine" in given,
        following=following is not None,
    )
    return list(await work.all(statement, **values))
