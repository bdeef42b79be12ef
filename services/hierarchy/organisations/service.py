"""Use cases of organisations: who sees which, what changes from today on, and what other slices ask."""

import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from services.hierarchy.organisations import past_queries as past
from services.hierarchy.organisations import queries as q
from services.hierarchy.organisations.inputs import NewOrganisation, OrganisationEdit
from services.hierarchy.organisations.refusals import OrganisationClosed, UnknownOrganisation, WrongParent
from services.hierarchy.organisations.rules import FAMILY_OF, why_not_below
from services.hierarchy.organisations.views import OrganisationCount
from services.hierarchy.places import service as places
from shared.kernel.errors import Conflict, Forbidden, NotFound
from shared.kernel.paths import ROOT, after, chain, covers
from shared.kernel.refusals import expect, stale
from shared.kernel.rights import Permission, Principal
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.work import Work

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
MOST_CHILDREN = 500
_FIRST = "2000-01-01"
READ, MANAGE = Permission.ORGANISATIONS_READ, Permission.ORGANISATIONS_MANAGE


class Located(NamedTuple):
    id: UUID
    path: str | None


def family(kind: str) -> str:
    """The family of a kind: party, self_governance, partner or department."""
    return FAMILY_OF.get(kind, "partner")


# --- who sees what -----------------------------------------------------------------------------------------------


def touches(caller: Principal, path: str | None, permission: Permission = READ) -> bool:
    """Whether it lies within the caller's places, or above one of them: what serves where somebody is, they may see."""
    at = path or ROOT
    return any(covers(scope, at) or covers(at, scope) for scope in caller.scopes(permission))


def scoped(caller: Principal, permission: Permission = READ) -> dict[str, Any]:
    """The same as values for a statement: `scopes`, `scope_ends` and the `lines` above them."""
    scopes = caller.scopes(permission)
    return limits("scopes", "scope_ends", scopes) | {"lines": sorted({p for scope in scopes for p in chain(scope)})}


def demand(work: Work, permission: Permission, path: str | None, reading: Permission = READ) -> None:
    """Raises Forbidden without the permission just there; NotFound for those who may not even see it, unless one of
    their grants covers it.
    """
    at = path or ROOT
    visible = touches(work.actor, path, reading)
    if not visible and not any(covers(grant.place, at) for grant in work.actor.grants):
        raise NotFound
    if not (visible if permission is reading else work.actor.may(permission, at)):
        raise Forbidden(permission=permission.value)


def demand_inside(work: Work, permission: Permission, path: str) -> None:
    """NotFound outside every place the caller's grants cover, Forbidden inside without the permission."""
    if not any(covers(grant.place, path) for grant in work.actor.grants):
        raise NotFound
    work.actor.demand(permission, path)


async def seen(work: Work, code: str, permission: Permission = READ) -> Row:
    """The organisation as it is today, if the caller holds the permission there. NotFound, Forbidden."""
    row = await work.one(q.BY_CODE, code=code)
    if row is None:
        raise NotFound
    demand(work, permission, row["path"])
    return row


async def meant(work: Work, code: str, permission: Permission = READ) -> Row:
    """An organisation that a body names: one in force that the caller may see. UnknownOrganisation."""
    row = await work.one(q.BY_CODE, code=code)
    if row is None or row["until"] is not None or not touches(work.actor, row["path"], permission):
        raise UnknownOrganisation(organisation=code)
    return row


async def by_codes(work: Work, codes: Iterable[str]) -> dict[str, Row]:
    """Several at once, whoever asks."""
    wanted = list(set(codes))
    return {row["code"]: row for row in await work.all(q.BY_CODES, codes=wanted)} if wanted else {}


async def by_ids(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Several at once, whoever asks."""
    wanted = list(set(ids))
    return {row["id"]: row for row in await work.all(q.BY_IDS, ids=wanted)} if wanted else {}


# --- changing ----------------------------------------------------------------------------------------------------


async def create(work: Work, given: NewOrganisation) -> UUID:
    """Makes an organisation, from today on. UnknownPlace, Forbidden, UnknownOrganisation, WrongParent."""
    await places.lock(work)
    place = await places.meant(work, given.place, MANAGE)
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    code = f"{given.place}-{given.kind}-{suffix}"
    await _check_parent(work, given.kind, (code, given.name), given.parent)
    data = {"code": code, "kind": given.kind, "parent": given.parent, "place": given.place}
    values: dict[str, Any] = given.model_dump(include={"kind", "name", "parent", "attributes"})
    entry = Entry("organisation", "organisation.create", data=data)
    born = {"id": new_id(), "code": code, "path": place["path"], "since": work.today, "today": work.today}
    row = await work.write(q.CREATE, entry, **born, **values)
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _check_parent(work: Work, kind: str, own: tuple[str, str], parent: str | None) -> None:
    if parent is None:
        return
    above = await meant(work, parent)
    line = [row["code"] for row in await work.all(past.LINE, code=parent)]
    why = why_not_below(kind, own[0], above["kind"], line)
    if why is not None:
        raise WrongParent(organisation=own[1], parent=above["name"], why_zh=why.zh, why_en=why.en)


async def edit(work: Work, code: str, given: OrganisationEdit, expected: int | None) -> UUID:
    """Changes one from today on. NotFound, Forbidden, PreconditionFailed, UnknownOrganisation, WrongParent, …"""
    await places.lock(work)
    row = await seen(work, code, MANAGE)
    must_be_open(row)
    expect(row["version"], expected)
    sent = given.changed
    path = (await places.meant(work, sent["place"], MANAGE))["path"] if "place" in sent else row["path"]
    if sent.get("parent") is not None:
        await _check_parent(work, row["kind"], (code, row["name"]), sent["parent"])
    values = {name: sent.get(name, row[name]) for name in ("name", "parent", "attributes")}
    text = {"note": given.note} if given.note else None
    data = {"code": code, "changed": sorted(sent)} | {name: sent[name] for name in ("parent", "place") if name in sent}
    entry = Entry("organisation", "organisation.edit", data=data, text=text)
    changed = await work.write(
        q.EDIT, entry, id=row["id"], version=row["version"], path=path, today=work.today, **values
    )
    if changed is None:
        raise stale(expected)
    made: UUID = changed["id"]
    return made


def must_be_open(row: Row) -> None:
    """Raises OrganisationClosed."""
    if row["until"] is not None:
        raise OrganisationClosed(organisation=row["name"], until=row["until"].isoformat())


async def close(work: Work, row: Row, entry: Entry) -> bool:
    """Ends an organisation with today; its members leave. What else hangs on it is settled by whoever calls. False
    where somebody changed it meanwhile.
    """
    await work.all(q.ALL_LEAVE, organisation_id=row["id"], today=work.today)
    values = {"id": row["id"], "version": row["version"], "today": work.today}
    return await work.write(q.CLOSE, entry, **values) is not None


async def children(work: Work, code: str) -> list[Row]:
    """Those in force that stand directly below it: `id`, `code`, `name`, `version`; 500 at most."""
    return await work.all(q.CHILDREN, code=code, limit=MOST_CHILDREN)


# --- for other slices --------------------------------------------------------------------------------------------


async def counts(work: Work, path: str) -> list[OrganisationCount]:
    """Organisations in force at a place and below, by kind."""
    return [OrganisationCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def facts(work: Work, path: str) -> list[Row]:
    """Organisations at a place and below, as the rules of a structure count them: `code`, `kind`, `path`."""
    return await work.all(q.FACTS, path=path, end=after(path))


async def put(work: Work, rows: list[dict[str, Any]], *, later: bool = False) -> tuple[dict[str, Located], int]:
    """Writes organisations (`code`, `path`, `parent`, `since`, …); all of the district by code, and how many changed.

    One that was not there held from its `since`, if this is not a `later` file; what differs from before holds from
    today.
    """
    today = work.today.isoformat() if later else _FIRST
    ready = [{**row, "id": new_id(), "since": max(str(row.get("since") or _FIRST), today)} for row in rows]
    changed = [row["id"] for row in await work.all(q.PUT, rows=ready)]
    if changed:
        await work.all(q.ENDED, ids=changed, today=work.today)
        await work.all(q.LOADED, ids=changed, today=work.today)
    return {row["code"]: Located(row["id"], row["path"]) for row in await work.all(q.IDS)}, len(changed)


async def of_person(work: Work, person: UUID) -> list[Row]:
    """Every membership of a person: `organisation_id`, `capacity`, `since`, `until`."""
    return await work.all(q.OF_PERSON, person_id=person)


rebase = q.REBASE


async def join(work: Work, old: str, new: str) -> None:
    """A place became part of another: those in force there are at home in the other one from today on."""
    await work.one(q.GO_ON, old=old, new=new, today=work.today)
