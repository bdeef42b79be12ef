"""The one door for a change to an appeal: asks the table, writes the change with its journal row and its jobs."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.tickets.appeals import due, inputs
from services.tickets.appeals import queries as q
from services.tickets.appeals.effects import Changes, effect_of
from services.tickets.appeals.relations import Appeal, facts, may_see, parties
from services.tickets.appeals.rules import WITHIN
from services.tickets.appeals.workflow import APPEAL
from shared.kernel.calendar import Calendar
from shared.kernel.errors import Conflict, NotFound, PreconditionFailed, UnknownAppeal
from shared.kernel.workflow import Outcome
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.work import Work

# Which moves a hotline hears of, by the names of its own interface (状态回传).
HOTLINE_HEARS = {
    "sign": "signed", "hand_back": "returned", "contact": "contacted", "progress": "progress", "suspend": "suspended",
    "escalate": "progress",
}  # fmt: skip
# Codes stay in the journal row; everything else that was typed is free text and stands beside it.
_CODES = {"category", "place", "post", "of", "how"}
_GOOD = 3  # 基本满意 and better


async def load(work: Work, appeal_id: UUID) -> Appeal:
    """The appeal, if it exists for this caller. Raises NotFound."""
    row = await work.one(q.BY_ID, id=appeal_id)
    appeal = dict(row) if row else None
    if appeal is None or not may_see(appeal, work.actor):
        raise NotFound
    return appeal


async def make(
    work: Work, calendar: Calendar, appeal_id: UUID, move: str, given: BaseModel, expected: int | None = None
) -> UUID:
    """Makes a move. `expected` is the version the caller saw (If-Match).

    Raises what `Workflow.apply` raises, PreconditionFailed when `expected` is stale, Conflict when somebody else was
    faster (the door retries that).
    """
    appeal = await load(work, appeal_id)
    if expected is not None and appeal["version"] != expected:
        raise PreconditionFailed
    outcome = APPEAL.apply(appeal["step"], move, parties(appeal, work.actor), facts(appeal))
    if isinstance(given, inputs.Duplicate):
        changes = await _merge(work, appeal, given)
    else:
        changes = effect_of(move, appeal, given, work.now)
    changes |= {"step": outcome.after} | _clock(calendar, appeal, outcome, changes, work.now)
    entry = _entry(appeal, outcome, given, changes)
    jobs = _jobs(appeal, outcome, changes, entry)
    if any(job.name == due.CALL_HOTLINE.name for job in jobs):
        changes["callback_seq"] = appeal["callback_seq"] + 1
    values = {f"to_{name}": changes.get(name, appeal[name]) for name in q.MOVABLE}
    row = await work.write(q.MOVE, entry, jobs, id=appeal_id, version=appeal["version"], **values)
    if row is None:
        raise PreconditionFailed if expected is not None else Conflict
    return appeal_id


async def _merge(work: Work, appeal: Appeal, given: inputs.Duplicate) -> Changes:
    other = await work.one(q.BY_NUMBER, number=given.of)
    if other is None or other["id"] == appeal["id"] or APPEAL.steps[other["step"]].is_end:
        raise UnknownAppeal(number=given.of)
    return {"merged_into": other["id"]}


def _clock(calendar: Calendar, appeal: Appeal, outcome: Outcome, changes: Changes, now: datetime) -> Changes:
    """A new step starts its clock; an end stops all clocks. A move that stays lets the clock run."""
    if APPEAL.steps[outcome.after].is_end:
        return {"step_since": now, "step_due": None, "closed_at": now}
    handed_on = outcome.move in ("assign", "escalate", "hand_back")
    if not outcome.entered and not handed_on:
        return {}
    urgency = str(changes.get("urgency", appeal["urgency"]))
    return {"step_since": now, "step_due": due_at(calendar, outcome.after, urgency, now), "overdue": False}


def due_at(calendar: Calendar, step: str, urgency: str, now: datetime) -> datetime | None:
    """When the step's clock runs out."""
    within = APPEAL.steps[step].within
    return calendar.due(now, WITHIN[urgency][within]).at if within else None


def _entry(appeal: Appeal, outcome: Outcome, given: BaseModel, changes: Changes) -> Entry:
    data: dict[str, Any] = {}
    text: dict[str, Any] = {}
    for name in type(given).model_fields:
        value = getattr(given, name)
        if value is None or value == [] or name in ("chain", "found"):
            continue
        if isinstance(value, Enum | bool | int) or name in _CODES:
            data[name] = value
        else:
            text[name] = [item.model_dump() for item in value] if isinstance(value, list) else value
    if "lead_post" in changes:
        data |= {"lead_post": changes["lead_post"], "lead_name": changes["lead_name"]}
    if appeal["hotline"]:
        data["callback_seq"] = appeal["callback_seq"] + 1
    return Entry("appeal", outcome.move, outcome.before, outcome.after, data, text or None)


def _jobs(appeal: Appeal, outcome: Outcome, changes: Changes, entry: Entry) -> list[Job]:
    appeal_id = str(appeal["id"])
    jobs = []
    if "step_due" in changes and changes["step_due"] is not None:
        jobs.append(
            due.OVERDUE.of(
                due_at=changes["step_due"], appeal_id=appeal_id, step=outcome.after, due=changes["step_due"].isoformat()
            )
        )
    needs_lead = outcome.after == "assign" and (changes.get("lead_person", appeal["lead_person"]) is None)
    if outcome.move in ("file", "rework") and needs_lead:
        jobs.append(due.ASSIGN.of(appeal_id=appeal_id))
    if outcome.entered and outcome.after == "rate":
        jobs.append(due.CLOSE.of(due_at=changes["step_due"], appeal_id=appeal_id))
    if outcome.after == "rate" and _is_done({**appeal, **changes}):
        jobs.append(due.CLOSE.of(appeal_id=appeal_id))
    event = changes["result"] if outcome.move == "resolve" else HOTLINE_HEARS.get(outcome.move)
    if appeal["hotline"] and event:
        jobs.append(
            due.CALL_HOTLINE.of(
                order=(appeal_id, appeal["callback_seq"] + 1),
                appeal_id=appeal_id,
                entry_id=str(entry.id),
                event=event,
                seq=appeal["callback_seq"] + 1,
            )
        )
    return jobs


def _is_done(appeal: Appeal) -> bool:
    """Called back and rated well: nothing is left to wait for."""
    return appeal["called_back"] is not None and (appeal["rating"] or 0) >= _GOOD
