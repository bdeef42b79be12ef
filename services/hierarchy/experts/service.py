"""Use cases of the pool of experts."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.hierarchy.experts import inputs, views
from services.hierarchy.experts import queries as q
from services.hierarchy.experts.workflow import EXPERT
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from services.hierarchy.places.views import place_facts
from shared.kernel.errors import AlreadyDone, Conflict, Forbidden, NotFound
from shared.kernel.paths import covers
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

READ, MANAGE = Permission.PARTNERS_READ, Permission.ORGANISATIONS_MANAGE
_NOBODY = UUID(int=0)


async def create(work: Work, given: inputs.NewExpert) -> UUID:
    """Somebody joins the pool of a place. UnknownPlace, Forbidden, UnknownPerson, ProcessingStopped, AlreadyDone."""
    await places.lock(work)
    place = await places.meant(work, given.place, MANAGE)
    await people.nameable(work, given.person, place["path"])
    if await work.one(q.THERE, person_id=given.person, path=place["path"]) is not None:
        raise AlreadyDone(what_zh="此人已在该地点的智囊团名单中。", what_en="This person is in that pool.")
    data = {"person": str(given.person), "place": given.place, "fields": list(given.fields)}
    values: dict[str, Any] = {"fields": list(given.fields), "weekdays": list(given.weekdays), "note": given.note}
    entry = Entry("expert", "expert.list", after=EXPERT.first, data=data)
    born = {"id": new_id(), "step": EXPERT.first, "person_id": given.person, "path": place["path"]}
    row = await work.write(q.CREATE, entry, **born, **values)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def load(work: Work, expert: UUID) -> Row:
    """The expert, for themself and those who read there. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=expert)
    if row is None:
        raise NotFound
    mine = work.actor.id == str(row["person_id"])
    if not mine and not any(covers(grant.place, row["path"]) for grant in work.actor.grants):
        raise NotFound
    if not mine and not work.actor.may(READ, row["path"]):
        raise Forbidden(permission=READ.value)
    return row


async def whole(work: Work, vault: Vault, expert: UUID) -> views.ExpertView:
    """As this caller sees them. NotFound, Forbidden."""
    return (await _views(work, vault, [await load(work, expert)]))[0]


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[views.ExpertView]:
    known = await people.by_ids(work, (row["person_id"] for row in rows))
    found = await places.by_paths(work, {row["path"] for row in rows})
    return [
        views.shown(
            row, people.masked(vault, work.district, known[row["person_id"]]).name, found.get(row["path"]), work.actor
        )
        for row in rows
    ]


async def page(
    work: Work, vault: Vault, *, on: date | None, cursor: str | None, limit: int, **filters: Any  # noqa: ANN401
) -> Page[views.ExpertView]:  # fmt: skip
    """A page by id. `filters`: place (a code), field. UnknownPlace, Forbidden."""
    work.actor.demand(READ)
    wanted = await places.placed(work, filters)
    if on is not None:
        wanted |= {"on": on, "weekday": on.isoweekday()}
    key = decode(cursor, UUID)
    values = wanted | limits("scopes", "scope_ends", work.actor.scopes(READ))
    statement = q.listed(frozenset(wanted) - {"end", "weekday"})
    rows = await work.all(statement, **values, after=key[0] if key else _NOBODY, limit=limit + 1)
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def move(work: Work, expert: UUID, name: str, given: BaseModel, expected: int | None = None) -> UUID:
    """Makes a move. NotFound, Forbidden, PreconditionFailed, Conflict, and what `Workflow.apply` raises."""
    if name == "relist":
        await places.lock(work)  # the place does not close meanwhile
    row = await load(work, expert)
    there = await places.at(work, row["path"])
    outcome = EXPERT.apply(row["step"], name, views.parties(row, work.actor), place_facts(there))
    expect(row["version"], expected)
    values: dict[str, Any] = {field: row[field] for field in ("fields", "weekdays", "away_until", "note")}
    data: dict[str, Any] = {}
    if isinstance(given, inputs.ExpertEdit):
        sent = given.model_dump(exclude_unset=True, exclude_none=True)
        values |= {field: list(value) if isinstance(value, tuple) else value for field, value in sent.items()}
        data = {"changed": sorted(sent)}
    elif isinstance(given, inputs.Away):
        values["away_until"] = given.until
        data = {"until": given.until.isoformat()}
    elif name == "resume":
        values["away_until"] = None
    text = given.model_dump(include={"note"}, exclude_none=True) or None
    entry = Entry("expert", f"expert.{name}", outcome.before, outcome.after, data, text)
    fixed = {"id": expert, "version": row["version"], "step": outcome.after}
    if await work.write(q.CHANGE, entry, **fixed, **values) is None:
        raise stale(expected)
    return expert


# --- for other slices --------------------------------------------------------------------------------------------


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every entry of a person in a pool."""
    return await work.all(q.OF_PERSON, person_id=person)


async def forget(work: Work, person: UUID) -> list[UUID]:
    """Takes a person out of every pool, with what was noted. Which entries."""
    return [row["id"] for row in await work.all(q.FORGET, person_id=person)]


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Enters those of a data file (`person_id`, `path`, `fields`) who never were in that pool; how many."""
    fixed = {"step": EXPERT.first, "weekdays": list(range(1, 8)), "note": ""}
    entered = 0
    for row in rows:
        if await work.one(q.THERE, person_id=row["person_id"], path=row["path"]) is None:
            await work.all(q.ENTER, id=new_id(), **fixed, **row)
            entered += 1
    return entered


rebase = q.REBASE
