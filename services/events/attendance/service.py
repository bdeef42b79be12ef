"""Use cases of attendance: check in, check out, enter who came without signing up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.events.activities import service as activities
from services.events.activities.relations import Activity, may_record
from services.events.attendance import queries as q
from services.events.attendance import rules
from services.events.registrations import service as registrations
from services.events.registrations.inputs import Scan, WalkIn
from services.events.registrations.relations import DOOR_OPENS, facts
from services.events.registrations.service import Decision
from services.events.registrations.workflow import Party
from shared.kernel.errors import Conflict, Forbidden, SignUpClosed
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.work import Work

Attendance = Row


async def scan(work: Work, registration: UUID, move: str, given: Scan, expected: int | None = None) -> UUID:
    """Makes `check_in` or `check_out`: the registration moves and the time is kept, in one transaction.

    Raises what the table raises, CheckInCodeWrong, Invalid for a time that cannot be.
    """
    decision = await registrations.decide(work, registration, move, expected)
    activity, at = decision.activity, given.at or work.now
    evidence = _check(decision, given, work.now)
    data: dict[str, Any] = {"at": at.isoformat(), "evidence": evidence}
    if move == "check_in":
        await work.begin()
        await registrations.carry_out(work, decision, given, data)
        await _check_in(work, registration, activity, decision.row["person"], at, evidence)
        return registration
    there = await work.one(q.BY_ID, id=registration)
    if there is None:
        raise Conflict
    rules.check_time(at, earliest=there["in_at"], now=work.now)
    minutes = rules.minutes(there["in_at"], at, starts_at=activity["starts_at"], ends_at=activity["ends_at"])
    await work.begin()
    await registrations.carry_out(work, decision, given, data | {"minutes": minutes})
    await work.one(q.CHECK_OUT, id=registration, out_at=at, out_evidence=evidence, minutes=minutes)
    return registration


def _check(decision: Decision, given: Scan, now: datetime) -> rules.Evidence:
    activity, right = decision.activity, decision.activity["check_in_code"]
    timed = given.at is not None
    if decision.parties == {Party.VOLUNTEER}:
        rules.check_own_scan(code=given.code, right=right, given_time=timed, now=now, ends_at=activity["ends_at"])
    rules.check_given_code(given.code, right)
    if given.at is not None:
        rules.check_time(given.at, earliest=activity["starts_at"] - DOOR_OPENS, now=now)
    return rules.evidence(code=given.code, right=right, given_time=timed)


async def _check_in(
    work: Work, registration: UUID, activity: Activity, person: str, at: datetime, evidence: rules.Evidence
) -> None:
    values = {"activity_id": activity["id"], "person": person, "in_at": at, "in_evidence": evidence.value}
    await work.one(q.CHECK_IN, id=registration, **values)


async def walk_in(work: Work, activity_id: UUID, given: WalkIn) -> UUID:
    """Enters somebody who had not signed up, as checked in now. Raises Forbidden, SignUpClosed, Full, AlreadyDone."""
    activity = await activities.load(work, activity_id)
    if not may_record(activity, work.actor):
        raise Forbidden(permission=Permission.ATTENDANCE_RECORD.value)
    if "door_open" not in facts(activity, work.now) or activity["step"] == "finished":
        raise SignUpClosed
    await work.begin()
    data = {"at": work.now.isoformat(), "evidence": rules.Evidence.ORGANISER}
    entered = await registrations.walk_in(work, activity, given, data)
    await _check_in(work, entered, activity, given.person, work.now, rules.Evidence.ORGANISER)
    return entered


async def of_registration(work: Work, registration: UUID) -> Attendance | None:
    """Whether and when that person came. The caller has loaded the registration before."""
    return await work.one(q.BY_ID, id=registration)


async def of_activity(work: Work, activity: UUID, *, limit: int, following: UUID | None = None) -> list[Attendance]:
    """Who came, newest registration first. Raises Forbidden for those who do not keep the list."""
    if not may_record(await activities.load(work, activity), work.actor):
        raise Forbidden(permission=Permission.ATTENDANCE_RECORD.value)
    statement = q.listed(mine=False, following=following is not None)
    return await work.all(statement, activity=activity, after=following, limit=limit)


async def mine(work: Work, *, limit: int, following: UUID | None = None) -> list[Attendance]:
    """Where the caller came, newest registration first."""
    statement = q.listed(mine=True, following=following is not None)
    return await work.all(statement, person=work.actor.id, after=following, limit=limit)


async def of_person(work: Work, person: str) -> list[Attendance]:
    """Whenever a person came, oldest registration first."""
    return await work.all(q.OF_PERSON, person=person)
