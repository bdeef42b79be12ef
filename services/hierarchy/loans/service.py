"""Use cases of lending: what there is, who has it, what should be back; and who it is, with a reason."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from services.hierarchy.loans import due, inputs
from services.hierarchy.loans import queries as q
from services.hierarchy.loans.refusals import NothingLeft, StillLent
from services.hierarchy.loans.views import Borrower, ItemView, LoanView, item, overdue_days, parties
from services.hierarchy.loans.workflow import LOAN
from services.hierarchy.people import service as people
from services.hierarchy.people.refusals import UnknownPerson
from services.hierarchy.places import service as places
from services.hierarchy.schema import REVEALS
from services.hierarchy.venues import service as venues
from shared.kernel.errors import AlreadyDone, Conflict, NotFound
from shared.kernel.paths import ROOT
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.kernel.workflow import Outcome
from shared.runtime import personal
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to, mask_name, mask_phone
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page
from shared.schemas.personal import RevealReason

MOST_ITEMS = 100
KEPT = timedelta(days=30)  # how long we know who had it, once it is back or said to be lost


# --- items -------------------------------------------------------------------------------------------------------


async def items(work: Work, venue: UUID) -> list[ItemView]:
    """What a venue lends. NotFound, Forbidden."""
    await venues.seen(work, venue)
    rows = await work.all(q.ITEMS_OF, venue_id=venue, limit=MOST_ITEMS)
    return [item(row, row["overdue"]) for row in rows]


async def add_item(work: Work, venue: UUID, given: inputs.NewItem) -> ItemView:
    """Puts something on the shelf. NotFound, Forbidden, VenueClosed, AlreadyDone."""
    await venues.seen(work, venue, Permission.VENUES_MANAGE)
    await venues.hold(work, venue)
    if len(await work.all(q.ITEMS_OF, venue_id=venue, limit=MOST_ITEMS)) == MOST_ITEMS:
        raise AlreadyDone(
            what_zh=f"一个阵地最多登记 {MOST_ITEMS} 种物品。",
            what_en=f"A venue lends {MOST_ITEMS} kinds of things at most.",
        )
    entry = Entry("loan_item", "loan_item.add", data={"venue": str(venue), "total": given.total})
    try:
        row = await work.write(q.NEW_ITEM, entry, id=new_id(), venue_id=venue, **given.model_dump())
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_loan_items_name":
            raise
        raise AlreadyDone(
            what_zh=f"这里已登记“{given.name}”。", what_en=f"{given.name!r} is lent here already."
        ) from error
    if row is None:
        raise Conflict
    return item(row, 0)


async def item_of(work: Work, thing: UUID) -> ItemView:
    """One item as it is now. NotFound, Forbidden."""
    row = await _item(work, thing, Permission.VENUES_READ)
    found = await work.all(q.ITEMS_OF, venue_id=row["venue_id"], limit=MOST_ITEMS)
    return next(item(one, one["overdue"]) for one in found if one["id"] == thing)


async def edit_item(work: Work, thing: UUID, given: inputs.ItemEdit, expected: int | None) -> ItemView:
    """Changes how many there are, or for how long. NotFound, Forbidden, PreconditionFailed, StillLent, Conflict."""
    row = await _item(work, thing, Permission.VENUES_MANAGE)
    expect(row["version"], expected)
    values: dict[str, Any] = {
        "total": given.total if given.total is not None else row["total"],
        "days": given.days or row["days"],
    }
    entry = Entry("loan_item", "loan_item.edit", data={"venue": str(row["venue_id"])} | values)
    if await work.write(q.EDIT_ITEM, entry, id=thing, version=row["version"], **values) is None:
        now = await _item(work, thing, Permission.VENUES_MANAGE)
        if now["version"] == row["version"]:
            raise StillLent(item=now["name"], lent=now["lent"], total=values["total"])
        raise stale(expected)
    return await item_of(work, thing)


async def _item(work: Work, thing: UUID, permission: Permission) -> Row:
    venues.admit(work.actor)
    row = await work.one(q.ITEM, id=thing)
    if row is None:
        raise NotFound
    await venues.seen(work, row["venue_id"], permission)
    return row


# --- loans -------------------------------------------------------------------------------------------------------


async def lend(work: Work, vault: Vault, thing: UUID, given: inputs.NewLoan) -> LoanView:
    """Lends one. NotFound, Forbidden, VenueClosed, NothingLeft, UnknownPerson, ProcessingStopped, Invalid (the day)."""
    of = await _item(work, thing, Permission.VENUES_SERVE)
    until = given.due_at or work.now + timedelta(days=of["days"])
    _soon(work, until)
    if given.borrower is not None:
        await _in_reach(work, given.borrower)
    venue = await venues.hold(work, of["venue_id"])
    made = new_id()
    values: dict[str, Any] = {
        "borrower_id": given.borrower,
        "name": _seal(vault, work, made, "name", given.name),
        "phone": _seal(vault, work, made, "phone", given.phone),
    }
    entry = Entry("loan", "loan.lend", after=LOAN.first, data={"item": str(thing), "due_at": until.isoformat()})
    row = await work.write(q.LEND, entry, id=made, item_id=thing, path=venue["path"], due_at=until, **values)
    if row is None:
        raise NothingLeft(item=of["name"], total=of["total"])
    return _shown(work, vault, row, of["name"])


async def _in_reach(work: Work, person: UUID) -> None:
    """A borrower who is known here; whoever lives elsewhere is written down by name and number like anybody else."""
    known = await people.known(work, person)
    if not work.actor.may(Permission.VENUES_SERVE, known["path"] or ROOT):
        raise UnknownPerson(person=person)
    people.must_be_open(known)


def _soon(work: Work, until: datetime) -> None:
    if not work.now < until <= work.now + inputs.FARTHEST:
        most = inputs.FARTHEST.days
        raise invalid("due_at", f"应在今后 {most} 天之内", f"due_at must be within the next {most} days")


def _bound(work: Work, loan: UUID, column: str) -> str:
    return bound_to(work.district, "loans", column, loan)


def _seal(vault: Vault, work: Work, loan: UUID, column: str, value: str | None) -> bytes | None:
    return None if value is None else vault.seal(value, bound_to=_bound(work, loan, column))


def _opened(vault: Vault, work: Work, row: Row, column: str) -> str | None:
    return vault.open(row[column], bound_to=_bound(work, row["id"], column)) if row[column] else None


async def load(work: Work, loan: UUID) -> Row:
    """The loan, for those who keep that shelf. NotFound."""
    row = await work.one(q.BY_ID, id=loan)
    if row is None or not parties(row, work.actor):
        raise NotFound
    return row


async def whole(work: Work, vault: Vault, loan: UUID) -> LoanView:
    """A loan as its keepers see it. NotFound."""
    row = await load(work, loan)
    return _shown(work, vault, row, (await _names(work, [row]))[row["item_id"]])


async def _names(work: Work, rows: list[Row]) -> dict[UUID, str]:
    found = await work.all(q.ITEMS_BY_IDS, ids=list({row["item_id"] for row in rows}))
    return {row["id"]: row["name"] for row in found}


def _shown(work: Work, vault: Vault, row: Row, name: str) -> LoanView:
    who, phone = _opened(vault, work, row, "name"), _opened(vault, work, row, "phone")
    own = {field: row[field] for field in LoanView.model_fields if field in row.keys()}  # noqa: SIM118 - a record
    return LoanView(
        **own,
        item_name=name,
        borrower_name=mask_name(who) if who else None,
        borrower_phone=mask_phone(phone) if phone else None,
        step_label=LOAN.steps[row["step"]].label,
        overdue_days=overdue_days(row, work.now),
        moves=LOAN.open_moves(row["step"], parties(row, work.actor)),
    )


async def page(
    work: Work,
    vault: Vault,
    *,
    cursor: str | None,
    limit: int,
    **filters: Any,  # noqa: ANN401
) -> Page[LoanView]:
    """A page, what is due first at the top. `filters`: place (a code), venue, step, overdue. UnknownPlace."""
    work.actor.demand(Permission.VENUES_SERVE)
    wanted = await places.placed(work, {name: value for name, value in filters.items() if value})
    key = decode(cursor, datetime, UUID)
    if key is not None:
        wanted |= {"after": key[0], "after_id": key[1]}
    statement = q.listed(frozenset(wanted) - {"end", "after_id"})
    scopes = limits("scopes", "scope_ends", work.actor.scopes(Permission.VENUES_SERVE))
    rows = await work.all(statement, **wanted, **scopes, limit=limit + 1)
    names = await _names(work, rows[:limit])
    items_ = [_shown(work, vault, row, names[row["item_id"]]) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items_, next=encode(last["due_at"].isoformat(), last["id"]) if last else None)


async def move(work: Work, loan: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, Invalid (the day), and what `Workflow.apply` raises."""
    row = await load(work, loan)
    outcome = LOAN.apply(row["step"], name, parties(row, work.actor))
    expect(row["version"], expected)
    values: dict[str, Any] = {"id": loan, "version": row["version"], "to_step": outcome.after}
    data = {"item": str(row["item_id"])}
    if isinstance(given, inputs.NewDue):
        _soon(work, given.due_at)
        values["due_at"] = given.due_at
        data["due_at"] = given.due_at.isoformat()
    jobs = []
    if outcome.after != LOAN.first:
        jobs = [due.FORGET.of(due_at=work.now + KEPT, loan_id=str(loan), step=outcome.after)]
    text = given.model_dump(include={"note", "reason"}, exclude_none=True) or None
    entry = Entry("loan", f"loan.{name}", before=outcome.before, after=outcome.after, data=data, text=text)
    if await work.write(_change(outcome), entry, jobs, **values) is None:
        raise stale(expected)
    return loan


def _change(outcome: Outcome) -> Change:
    return {"extend": q.EXTEND, "lose": q.LOSE, "give_back": q.GIVE_BACK}[outcome.move]


# --- who it is ---------------------------------------------------------------------------------------------------


async def reveal(work: Work, vault: Vault, loan: UUID, given: RevealReason, per_day: int) -> Borrower:
    """Shows who has it, and journals that. NotFound, Forbidden, RevealsUsedUp, ProcessingStopped."""
    row = await load(work, loan)
    shown = await _borrower(work, vault, row)
    role = personal.role_of(work.actor, Permission.VENUES_SERVE, row["path"])
    entry = personal.because("loan", personal.REVEALED, given, fields=["name", "phone"], role=role)
    await REVEALS.record(work, entry, loan, per_day)
    return shown


async def revealed(work: Work, vault: Vault, loan: UUID) -> Borrower:
    """The same again for a repeated request, for a few minutes. NotFound, Forbidden, AlreadyDone."""
    row = await load(work, loan)
    await personal.shown_lately(work, loan)
    return await _borrower(work, vault, row)


async def _borrower(work: Work, vault: Vault, row: Row) -> Borrower:
    if row["borrower_id"] is None:
        return Borrower(id=row["id"], name=_opened(vault, work, row, "name"), phone=_opened(vault, work, row, "phone"))
    known = await people.seen(work, row["borrower_id"], Permission.PERSONAL_REVEAL)  # as if they were asked for
    people.must_be_open(known)
    name, phone = (of(vault, work.district, known) for of in (people.name_of, people.phone_of))
    return Borrower(id=row["id"], name=name, phone=phone or None)


async def forget(work: Work, loan: UUID, step: str) -> None:
    """It has been back, or lost, for a while: nobody needs to know any more who had it. What was lost and has come back
    meanwhile is forgotten by the days since then.
    """
    await work.write(q.FORGET, Entry("loan", "loan.forget"), id=loan, step=step)


# --- for other slices --------------------------------------------------------------------------------------------


async def out_of(work: Work, path: str, venue_ids: list[UUID]) -> list[Row]:
    """What these venues at this place have lent and not got back yet: `id`."""
    return await work.all(q.OUT_OF, path=path, venues=venue_ids)


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every loan of a person that is still known to be theirs."""
    return await work.all(q.OF_PERSON, borrower=person)


async def forget_person(work: Work, person: UUID) -> list[UUID]:
    """Erases that a person had something; the loans stay, for the figures. Which ones."""
    return [row["id"] for row in await work.all(q.FORGET_PERSON, borrower=person)]


rebase = q.REBASE
