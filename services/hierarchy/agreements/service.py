"""Use cases of agreements: draft, sign, deliver, renew, end; and what the clock does to them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.agreements import due, inputs, views
from services.hierarchy.agreements import queries as q
from services.hierarchy.agreements.refusals import NoPartner, NotInForceThen, UnknownClause
from services.hierarchy.agreements.rules import PARTNERS, ActivityState, morning, reminders
from services.hierarchy.agreements.workflow import AGREEMENT, Party
from services.hierarchy.organisations import service as organisations
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.periods import midnight
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Note, Outcome
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job, has_come
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

READ, MANAGE = Permission.PARTNERS_READ, Permission.PARTNERS_MANAGE
MOST_DELIVERIES = 2000
SHOWN_DELIVERIES = 200
_CALLED_OFF = frozenset({"withdrawn", "terminated"})
IN_THE_WAY = ("draft", "signed", "running")
_DAY = timedelta(days=1)


async def create(work: Work, given: inputs.NewAgreement) -> UUID:
    """Drafts one. UnknownPlace, Forbidden, UnknownOrganisation, NoPartner."""
    await places.lock(work)
    place = await places.meant(work, given.place, MANAGE)
    partner = await organisations.meant(work, given.organisation)
    if partner["kind"] not in PARTNERS:
        raise NoPartner(organisation=partner["name"])
    return await _draft(work, given.organisation, place["path"], _content(given), None)


def _content(given: inputs.NewAgreement) -> dict[str, Any]:
    return given.model_dump(include={"title", "starts_on", "ends_on", "remind_days"}) | {
        "clauses": [clause.model_dump() for clause in given.clauses]
    }


async def _draft(work: Work, partner: str, path: str, content: dict[str, Any], renews: UUID | None) -> UUID:
    data = {"organisation": partner, "starts_on": str(content["starts_on"]), "ends_on": str(content["ends_on"]),
            "clauses": len(content["clauses"]), "renews": str(renews) if renews else None}  # fmt: skip
    entry = Entry("agreement", "agreement.draft", after=AGREEMENT.first, data=data)
    born: dict[str, Any] = {
        "id": new_id(),
        "step": AGREEMENT.first,
        "organisation": partner,
        "path": path,
        "renews": renews,
    }
    row = await work.write(q.CREATE, entry, **born, **content)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def load(work: Work, agreement: UUID, permission: Permission = READ) -> Row:
    """The agreement, for those who may read there, and for our own jobs. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=agreement)
    if row is None:
        raise NotFound
    if work.actor.kind != "job":
        organisations.demand_inside(work, permission, row["path"])
    return row


async def whole(work: Work, agreement: UUID) -> views.AgreementView:
    """An agreement with its clauses and what was done of them. NotFound, Forbidden."""
    row = await load(work, agreement)
    done = await work.all(q.DELIVERED, agreement_id=agreement, limit=MOST_DELIVERIES)
    partner = (await organisations.by_codes(work, [row["organisation"]])).get(row["organisation"])
    place = await places.at(work, row["path"])
    day = work.today
    return views.AgreementView(
        **views.fields(row, partner, place, day),
        remind_days=row["remind_days"],
        clauses=views.clauses(row, done, day),
        deliveries=[views.DeliveryView(**one) for one in done[:SHOWN_DELIVERIES]],
        moves=AGREEMENT.open_moves(row["step"], views.parties(row["path"], work.actor), views.facts(row, place, day)),
    )


async def page(
    work: Work,
    *,
    within: int | None,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[views.AgreementSummary]:
    """A page, what ends first at the top. `filters`: place (a code), organisation, step. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    day = work.today
    wanted = await places.placed(work, filters)
    if within is not None:
        wanted |= {"ends_before": day + timedelta(days=within)}
    key = decode(cursor, date, UUID)
    if key is not None:
        wanted |= {"after": key[0], "after_id": key[1]}
    statement = q.listed(frozenset(wanted) - {"end", "after_id"})
    scopes = limits("scopes", "scope_ends", work.actor.scopes(READ))
    rows = await work.all(statement, **wanted, **scopes, limit=limit + 1)
    partners = await organisations.by_codes(work, (row["organisation"] for row in rows[:limit]))
    found = await places.by_paths(work, {row["path"] for row in rows[:limit]})
    items = [
        views.AgreementSummary(**views.fields(row, partners.get(row["organisation"]), found.get(row["path"]), day))
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode(last["ends_on"].isoformat(), last["id"]) if last else None)


# --- moves -------------------------------------------------------------------------------------------------------


async def move(work: Work, agreement: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move; which agreement to show. NotFound, Forbidden, PreconditionFailed, Conflict, UnknownClause,
    NotInForceThen, and what `Workflow.apply` raises.
    """
    if name == "renew":
        await places.lock(work)  # its place neither closes nor moves meanwhile
    row = await load(work, agreement)
    expect(row["version"], expected)
    day = work.today
    facts = views.facts(row, await places.at(work, row["path"]), day)
    outcome = AGREEMENT.apply(row["step"], name, views.parties(row["path"], work.actor), facts)
    if isinstance(given, inputs.AgreementRenewal):
        return await _renew(work, row, outcome, given)
    change, values, data = _written(row, outcome, given, day)
    text = given.model_dump(include={"reason", "note"}, exclude_none=True) or None
    entry = Entry("agreement", f"agreement.{name}", outcome.before, outcome.after, data, text)
    fixed = {"id": agreement, "version": row["version"], "to_step": outcome.after}
    jobs = [*_jobs(row, outcome, day), *_verifying(values)]
    await work.begin()
    if await work.write(change, entry, jobs, **fixed, **values) is None:
        raise stale(expected)
    if outcome.after in _CALLED_OFF and row["renews"] is not None:
        await _resume(work, row, outcome)
    return agreement


def _written(row: Row, outcome: Outcome, given: BaseModel, day: date) -> tuple[Change, dict[str, Any], dict[str, Any]]:
    data: dict[str, Any] = {"organisation": row["organisation"]}
    if isinstance(given, inputs.Delivery):
        if given.clause > len(row["clauses"]):
            raise UnknownClause(clause=given.clause)
        last = min(row["ends_on"], day)
        if not row["starts_on"] <= given.day <= last:
            days = {name: row[name].isoformat() for name in ("starts_on", "ends_on")}
            raise NotInForceThen(day=given.day.isoformat(), **days)
        done = {f"d_{name}": value for name, value in given.model_dump().items()}
        done |= {"d_activity_state": "unverified" if given.activity else None, "delivery": new_id()}
        counted = given.model_dump(mode="json", exclude={"note"})
        return q.DELIVER, done, data | counted
    if isinstance(given, inputs.AgreementEdit):
        sent = given.model_dump(exclude_unset=True, exclude_none=True)
        values = {name: sent.get(name, row[name]) for name in inputs.AgreementEdit.model_fields}
        if values["ends_on"] < values["starts_on"]:
            raise invalid("ends_on", "到期日不能早于起始日", "ends_on must not be before starts_on")
        values["clauses"] = list(values["clauses"])
        return q.EDIT, values, data | {"changed": sorted(sent)}
    if outcome.move == "remind":
        return q.REMIND, {}, data | {"days_left": (row["ends_on"] - day).days + 1}
    return q.MOVE, {}, data


def _jobs(row: Row, outcome: Outcome, day: date) -> Sequence[Job]:
    """What is due from here on: its first day, its end, and the announcements before."""
    about: dict[str, Any] = {"agreement_id": str(row["id"])}
    if outcome.move == "sign":
        return [due.BEGIN.of(due_at=midnight(row["starts_on"]), **about)]
    if outcome.move == "begin":
        days = reminders(row["ends_on"], row["remind_days"], day)
        told = [due.REMIND.of(due_at=morning(one), **about) for one in days]
        return [*told, due.EXPIRE.of(due_at=midnight(row["ends_on"] + _DAY), **about)]
    return []


def _verifying(values: dict[str, Any]) -> Sequence[Job]:
    return [due.VERIFY.of(delivery_id=str(values["delivery"]))] if values.get("d_activity") else []


async def unverified(work: Work, delivery: UUID) -> Row | None:
    """What was delivered by an activity of which events was not asked yet; for our own job."""
    row = await work.one(q.DELIVERY, delivery=delivery)
    return row if row is not None and row["activity_state"] == "unverified" else None


async def verified(work: Work, row: Row, state: ActivityState) -> None:
    """What events says of the activity."""
    data = {"delivery": str(row["id"]), "activity": str(row["activity"]), "state": state}
    await work.write(q.VERIFIED, Entry("agreement", "agreement.verify", data=data), delivery=row["id"], state=state)


async def _renew(work: Work, row: Row, outcome: Outcome, given: inputs.AgreementRenewal) -> UUID:
    terms = given.model_dump(include={"starts_on", "ends_on"})
    clauses = [one.model_dump() for one in given.clauses] if given.clauses else row["clauses"]
    content = terms | {"clauses": clauses, "title": row["title"], "remind_days": row["remind_days"]}
    made = await _draft(work, row["organisation"], row["path"], content, row["id"])
    entry = Entry("agreement", "agreement.renew", outcome.before, outcome.after, {"renewed_by": str(made)})
    fixed = {"id": row["id"], "version": row["version"], "to_step": outcome.after, "renewed_by": made}
    if await work.write(q.RENEW, entry, **fixed) is None:
        raise Conflict
    return made


async def _resume(work: Work, row: Row, outcome: Outcome) -> None:
    """The one before runs on to its own last day, and may be renewed again: what was to follow it will not."""
    before = await work.one(q.BY_ID, id=row["renews"])
    if before is None or before["step"] != "renewed" or before["renewed_by"] != row["id"]:
        return
    over = before["ends_on"] < work.today
    if over and outcome.before == "running":  # it did follow
        return
    back = AGREEMENT.apply(before["step"], "resume", {Party.SUCCESSOR})
    about: dict[str, Any] = {"agreement_id": str(before["id"])}
    near = work.today > before["ends_on"] - timedelta(days=before["remind_days"])
    # Its clock found it renewed and left it alone: what it missed is due now.
    jobs = [due.EXPIRE.of(**about)] if over else [due.REMIND.of(**about)] if near else []
    entry = Entry("agreement", "agreement.resume", back.before, back.after, {"renewed_by": str(row["id"])})
    values = {"id": before["id"], "renewed_by": row["id"], "step": back.before, "to_step": back.after}
    if await work.write(q.RESUME, entry, jobs, **values) is None:
        raise Conflict


async def tick(work: Work, agreement: UUID, name: str) -> None:
    """The clock makes a move, where it is still open: an agreement that was ended meanwhile is left alone."""
    row = await work.one(q.BY_ID, id=agreement)
    if row is None or name not in AGREEMENT.steps[row["step"]].moves:
        return
    due_at = {"begin": midnight(row["starts_on"]), "expire": midnight(row["ends_on"] + _DAY)}.get(name, work.now)
    if has_come(due_at, work.now):
        await move(work, agreement, name, Note())


# --- for other slices --------------------------------------------------------------------------------------------


async def open_with(work: Work, organisation: str) -> list[Row]:
    """Agreements with an organisation that are not over: `id`, `title`; 20 at most."""
    return await work.all(q.OPEN_WITH, organisation=organisation, steps=list(IN_THE_WAY), limit=20)


rebase = q.REBASE
