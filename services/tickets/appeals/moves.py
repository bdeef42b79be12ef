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
from services.tickets.appeals.workflow import APPEAL, Party
from shared.kernel.calendar import Calendar
from shared.kernel.errors import AlreadyDone, Conflict, Forbidden, NotFound, UnknownAppeal
from shared.kernel.personal import MergeIntoConfidential
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Outcome
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.work import Work

# Which moves a hotline hears of, by the names of its own interface (状态回传); `resolve` it hears by its result.
# Handing back and going up the chain happen among ourselves: for the hotline they are progress. A refused or a repeated
# order goes back to it.
HOTLINE_HEARS = {
    "sign": "signed", "contact": "contacted", "progress": "progress", "suspend": "suspended",
    "escalate": "progress", "hand_back": "progress", "refuse": "returned", "merge": "returned",
}  # fmt: skip
# Codes stay in the journal row; everything else that was typed is free text and stands beside it.
_CODES = {"category", "place", "post", "of", "how", "changed"}
_NOT_JOURNALED = {"chain", "found", "reporter"}
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
) -> Appeal:
    """Makes a move and returns the appeal as it is then. `expected` is the version the caller saw (If-Match).

    Raises what `Workflow.apply` raises, PreconditionFailed when `expected` is stale, Conflict when somebody else was
    faster (the door retries that).
    """
    appeal = await load(work, appeal_id)
    expect(appeal["version"], expected)
    outcome = APPEAL.apply(appeal["step"], move, parties(appeal, work.actor), facts(appeal))
    if isinstance(given, inputs.Duplicate):
        changes = await _merge(work, appeal, given)
    else:
        changes = effect_of(move, appeal, given, work.now)
    changes |= {"step": outcome.after} | _clock(calendar, appeal, outcome, changes, work.now)
    told = _told(appeal, outcome, changes)
    if told:
        changes["callback_seq"] = appeal["callback_seq"] + 1
    data, text = _given(given)
    data |= _decided(appeal, changes, told)
    entry = Entry("appeal", move, outcome.before, outcome.after, data, text)
    jobs = _jobs(appeal, outcome, changes, work.now)
    if told:
        jobs.append(_call(appeal, changes, entry, told))
    try:
        return await _write(work, appeal, entry, jobs, changes)
    except Conflict:
        raise stale(expected) from None


async def note(work: Work, appeal: Appeal, event: str, data: dict[str, Any], **changes: Any) -> Appeal:  # noqa: ANN401 - columns
    """Writes down what came over the appeal by itself: no move, its step stays. Raises Conflict."""
    return await _write(work, appeal, Entry("appeal", event, appeal["step"], appeal["step"], data), [], changes)


async def set_confidential(
    work: Work, appeal_id: UUID, given: inputs.Confidentiality, expected: int | None = None
) -> Appeal:
    """Hides an appeal from all but those who handle it, or shows it again; for those who take it in or supervise it.

    Raises NotFound, Forbidden, PreconditionFailed, Conflict, AlreadyDone.
    """
    appeal = await load(work, appeal_id)
    if not parties(appeal, work.actor) & {Party.INTAKE, Party.SUPERVISOR}:
        raise Forbidden
    expect(appeal["version"], expected)
    if appeal["confidential"] == given.confidential:
        raise AlreadyDone(what_zh="已经是这样设置的。", what_en="It is set so already.")
    data, text = {"confidential": given.confidential}, {"reason": given.reason}
    entry = Entry("appeal", "confidentiality", appeal["step"], appeal["step"], data, text)
    return await _write(work, appeal, entry, [], {"confidential": given.confidential})


async def _write(work: Work, appeal: Appeal, entry: Entry, jobs: list[Job], changes: Changes) -> Appeal:
    values = {f"to_{name}": changes.get(name, appeal[name]) for name in q.MOVABLE}
    row = await work.write(q.MOVE, entry, jobs, id=appeal["id"], version=appeal["version"], **values)
    if row is None:
        raise Conflict
    return dict(row)


async def _merge(work: Work, appeal: Appeal, given: inputs.Duplicate) -> Changes:
    """Into an appeal that goes on and that the same caller takes in; both are held, so that none ends meanwhile."""
    other = await work.one(q.BY_NUMBER, number=given.of)
    if other is None or other["id"] == appeal["id"]:
        raise UnknownAppeal(number=given.of)
    await work.begin()
    held = {row["id"]: row for row in await work.all(q.HOLD, ids=[appeal["id"], other["id"]])}
    target = held[other["id"]]
    if APPEAL.steps[target["step"]].is_end or not work.actor.may(Permission.APPEALS_INTAKE, target["place_path"]):
        raise UnknownAppeal(number=given.of)
    if target["confidential"]:  # whoever reported this one would learn that one's number
        raise MergeIntoConfidential(number=given.of)
    return {"merged_into": target["id"]}


def _clock(calendar: Calendar, appeal: Appeal, outcome: Outcome, changes: Changes, now: datetime) -> Changes:
    """A new step, or another one to handle it, starts the clock; an end stops all clocks; else the clock runs on."""
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
    return calendar.when(now, WITHIN[urgency][within]) if within else None


def _given(given: BaseModel) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What was given, parted into what the journal row holds for good and the free text beside it."""
    data: dict[str, Any] = {}
    text: dict[str, Any] = {}
    for name in type(given).model_fields:
        value = getattr(given, name)
        if value in (None, "", []) or name in _NOT_JOURNALED:
            continue
        if isinstance(value, Enum | bool | int) or name in _CODES:
            data[name] = value
        else:
            text[name] = [item.model_dump(mode="json") for item in value] if isinstance(value, list) else value
    return data, text or None


def _decided(appeal: Appeal, changes: Changes, told: str | None) -> dict[str, Any]:
    """What the move decided besides: who handles it now, and what the hotline is told, in whose name."""
    data = {name: changes[name] for name in ("lead_post", "lead_name") if name in changes}
    return data | ({"callback_seq": changes["callback_seq"], "unit": appeal["lead_name"]} if told else {})


def _told(appeal: Appeal, outcome: Outcome, changes: Changes) -> str | None:
    """The event that the hotline hears, if the order is one of its own."""
    if appeal["hotline"] is None:
        return None
    return str(changes["result"]) if outcome.move == "resolve" else HOTLINE_HEARS.get(outcome.move)


def _call(appeal: Appeal, changes: Changes, entry: Entry, event: str) -> Job:
    appeal_id, seq = str(appeal["id"]), changes["callback_seq"]
    return due.CALL_HOTLINE.of(
        order=(appeal_id, seq), appeal_id=appeal_id, entry_id=str(entry.id), event=event, seq=seq
    )


def _jobs(appeal: Appeal, outcome: Outcome, changes: Changes, now: datetime) -> list[Job]:
    """What is due because of the move: the end of its clock, somebody to handle it, its end."""
    after, appeal_id = {**appeal, **changes}, str(appeal["id"])
    jobs = []
    if clock := changes.get("step_due"):
        when = {"due_at": clock, "due": clock.isoformat()}
        jobs.append(due.OVERDUE.of(appeal_id=appeal_id, step=outcome.after, **when))
        if outcome.entered and outcome.after == "rate":
            jobs.append(due.CLOSE.of(appeal_id=appeal_id, **when))
    if outcome.entered and outcome.after == "assign" and after["lead_person"] is None:
        jobs.append(due.ASSIGN.of(appeal_id=appeal_id))
    if outcome.move == "rework":
        jobs.append(due.ASSIGN.of(appeal_id=appeal_id, again=True))
    if outcome.after == "rate" and not outcome.entered and _awaits_nothing(after, now):
        jobs.append(due.CLOSE.of(appeal_id=appeal_id))
    return jobs


def _awaits_nothing(appeal: Appeal, now: datetime) -> bool:
    """Called back, and rated well or the time for rating is over."""
    rated_well = (appeal["rating"] or 0) >= _GOOD
    return appeal["called_back"] is not None and (rated_well or appeal["step_due"] <= now)
