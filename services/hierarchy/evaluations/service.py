"""Use cases of three-party evaluation: begin, score blind, settle or flag, open again, and the year's report."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from services.hierarchy.appointments import service as appointments
from services.hierarchy.evaluations import due, inputs, views
from services.hierarchy.evaluations import queries as q
from services.hierarchy.evaluations.refusals import EvaluatedAlready, NotReopened, UnknownSubject
from services.hierarchy.evaluations.rules import Rater, why_not_reopen
from services.hierarchy.evaluations.workflow import COMPLETE, EVALUATION, Party
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.periods import midnight
from shared.kernel.refusals import expect, invalid
from shared.kernel.rights import Permission
from shared.kernel.workflow import Note, Outcome
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, has_come
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

MANAGE = Permission.EVALUATIONS_MANAGE
MOST_ROWS = 5000
REOPENED_FOR = timedelta(days=14)
_DAY = timedelta(days=1)


async def create(work: Work, given: inputs.NewEvaluation) -> UUID:
    """Begins one. UnknownSubject, UnknownPerson (also for one whom the caller may not name), ProcessingStopped,
    Forbidden, EvaluatedAlready, Invalid (the last day).
    """
    if given.due_on < work.today:
        raise invalid("due_on", "截止日已过", "due_on is over")
    await places.lock(work)
    name, path = await _subject(work, given)
    raters = given.raters.model_dump()
    for person in raters.values():
        await people.nameable(work, person, path)
    data = {"subject": given.subject, "year": given.year, "weights": given.weights.model_dump()}
    entry = Entry("evaluation", "evaluation.begin", after=EVALUATION.first, data=data)
    made = new_id()
    values = given.model_dump(include={"subject_kind", "subject", "year", "flag_at", "due_on"})
    values |= {"weights": given.weights.model_dump(), "subject_name": name, "path": path, "raters": _asked(raters)}
    try:
        row = await work.write(q.CREATE, entry, [_lapse(made, given.due_on)], id=made, step="collecting", **values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_evaluations_subject":
            raise
        raise EvaluatedAlready(subject=name, year=given.year) from error
    if row is None:
        raise Conflict
    return made


def _asked(raters: dict[str, UUID]) -> list[dict[str, str]]:
    return [{"party": party, "person_id": str(person)} for party, person in raters.items()]


def _lapse(evaluation: UUID, due_on: date) -> Job:
    return due.LAPSE.of(due_at=_over(due_on), evaluation_id=str(evaluation))


def _over(due_on: date) -> datetime:
    return midnight(due_on + _DAY)


async def _subject(work: Work, given: inputs.NewEvaluation) -> tuple[str, str]:
    """Name and path of what is evaluated, where the caller may have it evaluated."""
    if given.subject_kind == "organisation":
        found = (await organisations.by_codes(work, [given.subject])).get(given.subject)
        known = None if found is None or found["until"] is not None else found
    else:
        known = await appointments.post(work, given.subject)
    if known is None or not known["path"]:
        raise UnknownSubject(subject=given.subject)
    try:
        organisations.demand(work, MANAGE, known["path"])
    except NotFound as error:
        raise UnknownSubject(subject=given.subject) from error
    return known["name"], known["path"]


# --- reading -----------------------------------------------------------------------------------------------------


async def load(work: Work, evaluation: UUID, *, hold: bool = False) -> tuple[Row, list[Row]]:
    """The case and its scores, for those who score and those who run it. NotFound."""
    row = await work.one(q.HOLD if hold else q.BY_ID, id=evaluation)
    if row is None:
        raise NotFound
    scores = await work.all(q.SCORES_OF, ids=[evaluation])
    if not views.parties(row, scores, work.actor):
        raise NotFound
    return row, scores


async def whole(work: Work, evaluation: UUID) -> views.EvaluationView:
    """As this caller sees it. NotFound."""
    row, scores = await load(work, evaluation)
    place = await places.at(work, row["path"])
    return views.shown(row, scores, place, work.actor, work.today)


async def page(
    work: Work, *, mine: bool, cursor: str | None, limit: int, **filters: Any  # noqa: ANN401
) -> Page[views.EvaluationView]:  # fmt: skip
    """A page, the latest first: those one scores, or runs. `filters`: place (a code), year, step, subject."""
    if not mine and not work.actor.may(MANAGE):
        raise Forbidden(permission=MANAGE.value)
    wanted = await places.placed(work, filters)
    key = decode(cursor, UUID)
    if key is not None:
        wanted |= {"after": key[0]}
    values = wanted | ({"me": _own(work)} if mine else limits("scopes", "scope_ends", work.actor.scopes(MANAGE)))
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}, mine=mine), **values, limit=limit + 1)
    scores = await work.all(q.SCORES_OF, ids=[row["id"] for row in rows[:limit]])
    found = await places.by_paths(work, {row["path"] for row in rows[:limit]})
    items = [views.shown(row, scores, found.get(row["path"]), work.actor, work.today) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


def _own(work: Work) -> UUID:
    try:
        return UUID(work.actor.id)
    except ValueError as error:  # a system or a service scores nothing
        raise Forbidden(permission=MANAGE.value) from error


async def report(work: Work, year: int | None, place: str | None) -> views.Report:
    """The year's report of what one runs; 5,000 evaluations at most. Forbidden, UnknownPlace."""
    work.actor.demand(MANAGE)
    year = year or work.today.year
    wanted = await places.placed(work, {"place": place}) | {"year": year}
    scopes = limits("scopes", "scope_ends", work.actor.scopes(MANAGE))
    statement = q.listed(frozenset(wanted) - {"end"}, mine=False)
    rows = [row for row in await work.all(statement, **wanted, **scopes, limit=MOST_ROWS) if row["step"] != "withdrawn"]
    scores = await work.all(q.SCORES_OF, ids=[row["id"] for row in rows])
    return views.report(year, rows, scores)


# --- moves -------------------------------------------------------------------------------------------------------


async def move(work: Work, evaluation: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, NotReopened, and what `Workflow.apply` raises."""
    if name == "reopen":
        await places.lock(work)  # its place does not close meanwhile
    await work.begin()
    row, scores = await load(work, evaluation, hold=True)
    facts = views.facts(row, await places.at(work, row["path"]), work.today)
    outcome = EVALUATION.apply(row["step"], name, views.parties(row, scores, work.actor), facts)
    expect(row["version"], expected)
    data: dict[str, Any] = {"year": row["year"], "round": row["round"]}
    if isinstance(given, inputs.Score):
        outcome, data = await _score(work, row, scores, given, data)
    if name == "reopen":
        await _reopen(work, row, scores, outcome, given)
        return evaluation
    text = given.model_dump(include={"reason", "note"}, exclude_none=True) or None
    entry = Entry("evaluation", f"evaluation.{name}", outcome.before, outcome.after, data, text)
    complete = work.now if outcome.entered and outcome.after in COMPLETE and not row["complete_at"] else None
    values: dict[str, Any] = {"to_step": outcome.after, "complete_at": complete or row["complete_at"]}
    if await work.write(q.MOVE, entry, id=evaluation, version=row["version"], **values) is None:
        raise Conflict
    return evaluation


async def _score(
    work: Work, row: Row, scores: list[Row], given: inputs.Score, data: dict[str, Any]
) -> tuple[Outcome, dict[str, Any]]:
    """Writes the score; where it is the third, what follows from all of them. The journal learns none before."""
    mine = views.own_party(row, scores, work.actor)
    party = (mine or Rater.SERVED).value
    fixed = {"id": row["id"], "round": row["round"], "party": party}
    await work.one(q.PUT_SCORE, **fixed, score=given.score, comment=given.comment or None, at=work.now)
    data = data | {"party": party}
    now = await work.all(q.SCORES_OF, ids=[row["id"]])
    if any(one["score"] is None for one in views.of_round(row, now)):
        return Outcome("evaluation", "score", row["step"], row["step"]), data
    found = views.outcome({**dict(row), "step": "settled"}, now)
    flagged = found is not None and found.flagged
    follows = EVALUATION.apply(row["step"], "flag" if flagged else "settle", {Party.CLOCK}, {"all_in"})
    if found is not None:
        data |= {"value": str(found.value), "spread": found.spread}
    return follows, data


async def _reopen(work: Work, row: Row, scores: list[Row], outcome: Outcome, given: BaseModel) -> None:
    why = why_not_reopen(row["round"], row["complete_at"], work.now)
    if why is not None:
        raise NotReopened(why_zh=why.zh, why_en=why.en)
    due_on = max(work.today + REOPENED_FOR, row["due_on"])
    raters = {one["party"]: one["person_id"] for one in views.of_round(row, scores)}
    data = {"year": row["year"], "round": row["round"] + 1}
    text = given.model_dump(include={"reason"})
    entry = Entry("evaluation", "evaluation.reopen", outcome.before, outcome.after, data, text)
    values = {"to_step": outcome.after, "due_on": due_on, "raters": _asked(raters)}
    fixed = {"id": row["id"], "version": row["version"]}
    if await work.write(q.REOPEN, entry, [_lapse(row["id"], due_on)], **fixed, **values) is None:
        raise Conflict


async def lapse(work: Work, evaluation: UUID) -> None:
    """Its last day is over: where somebody has not scored, it has no result, and the scores stay unseen; one that was
    opened again keeps the result that it had.
    """
    row = await work.one(q.BY_ID, id=evaluation)
    if row is None or row["step"] != EVALUATION.first or not has_come(_over(row["due_on"]), work.now):
        return
    await (move(work, evaluation, "lapse", Note()) if row["round"] == 1 else _stand(work, row))


async def _stand(work: Work, row: Row) -> None:
    scores = await work.all(q.SCORES_OF, ids=[row["id"]])
    first = {**dict(row), "step": "settled"}
    found = views.outcome(first, scores)
    follows = EVALUATION.apply(row["step"], "flag" if found and found.flagged else "settle", {Party.CLOCK}, {"all_in"})
    data = {"year": row["year"], "round": views.round_of(first, scores)}
    entry = Entry("evaluation", f"evaluation.{follows.move}", follows.before, follows.after, data)
    values: dict[str, Any] = {"to_step": follows.after, "complete_at": work.now}
    if await work.write(q.MOVE, entry, id=row["id"], version=row["version"], **values) is None:
        raise Conflict


# --- for other slices --------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """The scores that a person gave. For others than themself without those that are blind: not all are in."""
    rows = await work.all(q.OF_PERSON, person_id=person, complete=list(COMPLETE))
    hidden = {} if work.actor.id == str(person) else {"score": None, "comment": None}
    return [{name: value for name, value in row.items() if name != "open"} | ({} if row["open"] else hidden)
            for row in rows]  # fmt: skip


async def forget(work: Work, person: UUID) -> list[UUID]:
    """Erases what a person wrote beside their scores; the numbers stay, for the result. Which evaluations."""
    return [row["evaluation_id"] for row in await work.all(q.FORGET, person_id=person)]


rebase = q.REBASE
