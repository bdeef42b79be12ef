"""Use cases of 双报到: report in, be confirmed, deregister."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.organisations import service as organisations
from services.hierarchy.organisations.refusals import UnknownOrganisation
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.report_ins import inputs, views
from services.hierarchy.report_ins import queries as q
from services.hierarchy.report_ins.workflow import OVER, REPORT_IN
from shared.kernel.errors import AlreadyDone, Conflict, Forbidden, NotFound, UnknownPlace
from shared.kernel.paths import after
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

CREATE, MANAGE = Permission.REPORT_INS_CREATE, Permission.PARTNERS_MANAGE


async def create(work: Work, given: inputs.NewReportIn) -> UUID:
    """Reports in. UnknownPlace, Forbidden (for others, and for units, without `partners.manage`), UnknownPerson,
    ProcessingStopped, UnknownOrganisation, AlreadyDone.
    """
    await places.lock(work)
    place = await places.by_code(work, given.place)
    if place is None:
        raise UnknownPlace(place=given.place)
    own = not given.whole_unit and (given.person is None or str(given.person) == work.actor.id)
    if not work.actor.may(CREATE) or (not own and not work.actor.may(MANAGE, place["path"])):
        raise Forbidden(permission=(CREATE if own else MANAGE).value)
    person = None if given.whole_unit else (given.person or _own(work))
    if person is not None:
        await people.nameable(work, person, place["path"])
    if given.unit is not None:
        await _unit(work, given.unit)
    if await work.one(q.OPEN, path=place["path"], person_id=person, unit=given.unit) is not None:
        raise AlreadyDone(what_zh="已在该地点报到。", what_en="Reported in at that place already.")
    data = {"place": given.place, "person": str(person) if person else None, "unit": given.unit}
    entry = Entry("report_in", "report_in.report", after=REPORT_IN.first, data=data)
    born: dict[str, Any] = {"id": new_id(), "step": REPORT_IN.first, "path": place["path"], "person_id": person}
    content = given.model_dump(include={"unit", "unit_name", "hours"}) | {"capabilities": list(given.capabilities)}
    row = await work.write(q.CREATE, entry, **born, **content, since=work.today)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _unit(work: Work, code: str) -> None:
    """A unit of the district, wherever: people live elsewhere than they work."""
    row = (await organisations.by_codes(work, [code])).get(code)
    if row is None or row["until"] is not None:
        raise UnknownOrganisation(organisation=code)


async def load(work: Work, report_in: UUID) -> Row:
    """The report-in, for whoever made it and for those who take it. NotFound."""
    row = await work.one(q.BY_ID, id=report_in)
    if row is None or not views.parties(row, work.actor):
        raise NotFound
    return row


async def whole(work: Work, vault: Vault, report_in: UUID) -> views.ReportInView:
    """As its parties see it. NotFound."""
    return (await _views(work, vault, [await load(work, report_in)]))[0]


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[views.ReportInView]:
    known = await people.by_ids(work, (row["person_id"] for row in rows if row["person_id"]))
    found = await places.by_paths(work, {row["path"] for row in rows})
    shown = []
    for row in rows:
        who = known.get(row["person_id"])
        name = people.masked(vault, work.district, who).name if who else None
        shown.append(views.shown(row, name, found.get(row["path"]), work.actor))
    return shown


async def page(
    work: Work, vault: Vault, *, mine: bool, cursor: str | None, limit: int, **filters: Any  # noqa: ANN401
) -> Page[views.ReportInView]:  # fmt: skip
    """A page, the latest first: one's own, or those one takes. `filters`: place (a code), step, unit. Forbidden."""
    if not mine and not work.actor.may(MANAGE):
        raise Forbidden(permission=MANAGE.value)
    wanted = await places.placed(work, filters)
    key = decode(cursor, UUID)
    if key is not None:
        wanted |= {"after": key[0]}
    values = wanted | ({"me": _own(work)} if mine else limits("scopes", "scope_ends", work.actor.scopes(MANAGE)))
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}, mine=mine), **values, limit=limit + 1)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


def _own(work: Work) -> UUID:
    try:
        return UUID(work.actor.id)
    except ValueError as error:  # a system or a service is nobody who reports in
        raise Forbidden(permission=CREATE.value) from error


async def counts(work: Work, place: str) -> views.ReportInCounts:
    """How many are confirmed at a place and below. NotFound, Forbidden."""
    top = await places.seen(work, place)
    row = await work.one(q.COUNTS, place=top["path"], end=after(top["path"]))
    return views.ReportInCounts(**(row or {"members": 0, "units": 0, "hours": 0}))


async def move(work: Work, report_in: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, PreconditionFailed, Conflict, and what `Workflow.apply` raises."""
    row = await load(work, report_in)
    outcome = REPORT_IN.apply(row["step"], name, views.parties(row, work.actor))
    expect(row["version"], expected)
    values: dict[str, Any] = {field: row[field] for field in ("capabilities", "hours", "until")}
    data: dict[str, Any] = {}
    if isinstance(given, inputs.ReportInEdit):
        sent = given.model_dump(exclude_unset=True)
        values["hours"] = sent.get("hours", row["hours"])
        if given.capabilities is not None:
            values["capabilities"] = list(given.capabilities)
        data = {"changed": sorted(sent)}
    if outcome.after in OVER:
        values["until"] = max(work.today, row["since"])
    text = given.model_dump(include={"note", "reason"}, exclude_none=True) or None
    entry = Entry("report_in", f"report_in.{name}", outcome.before, outcome.after, data, text)
    fixed = {"id": report_in, "version": row["version"], "step": outcome.after}
    if await work.write(q.CHANGE, entry, **fixed, **values) is None:
        raise stale(expected)
    return report_in


# --- for other slices --------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every report-in of a person."""
    return await work.all(q.OF_PERSON, person_id=person)


async def forget(work: Work, person: UUID) -> list[UUID]:
    """Ends a person's report-ins and erases where they work and what they can do. Which ones."""
    return [row["id"] for row in await work.all(q.FORGET, person_id=person, today=work.today)]


rebase = q.REBASE
