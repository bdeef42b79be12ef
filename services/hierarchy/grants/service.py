"""Use cases of grants: who is operator, auditor, a department's hand, without a post that says so.

They take effect in the next token: at once where a session is refreshed or opened, else within the token's life.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.grants import queries as q
from services.hierarchy.grants.inputs import GrantEnding, NewGrant
from services.hierarchy.grants.rules import NotToYourself, must_stay_apart
from services.hierarchy.grants.views import GivenGrant
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.errors import AlreadyDone, Forbidden, NotFound, UnknownPlace
from shared.kernel.paths import covers
from shared.kernel.rights import Grant, Permission, Role
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_DAY = timedelta(days=1)


async def give(work: Work, given: NewGrant) -> GivenGrant:
    """Gives a role. Forbidden, NotToYourself, UnknownPlace and UnknownPerson (also for what is not the caller's),
    ProcessingStopped, AlreadyDone, RolesApart.
    """
    scopes = _scopes(work)
    if str(given.person) == work.actor.id:
        raise NotToYourself
    await places.lock(work)  # the place keeps its path, and nobody else gives this person a role meanwhile
    place = await places.by_code(work, given.place)
    if place is None or not any(covers(scope, place["path"]) for scope in scopes):
        raise UnknownPlace(place=given.place)
    await people.nameable(work, given.person, place["path"], Permission.GRANTS_MANAGE)
    since = given.since or work.today
    await check(work, given.person, given.role, place["path"], since, given.until)
    data = {"person": str(given.person), "role": given.role, "place": given.place, "path": place["path"],
            "since": since.isoformat(), "until": given.until.isoformat() if given.until else None}  # fmt: skip
    values: dict[str, Any] = {"person_id": given.person, "role": given.role, "path": place["path"]}
    row = await work.write(
        q.GIVE, Entry("grant", "granted", data=data), id=new_id(), since=since, until=given.until, **values
    )
    if row is None:
        raise NotFound
    return await shown(work, row["id"])


async def check(work: Work, person: UUID, role: Role, path: str, since: date, until: date | None = None) -> None:
    """Raises RolesApart or AlreadyDone for a grant that must not be given. Holds until the district's lock is free."""
    held = await work.all(q.DURING, person_id=person, since=since, until=until)
    if any(row["role"] == role and row["path"] == path for row in held):
        raise AlreadyDone(what_zh="此人在该期间已有这一授权。", what_en="This person has that grant then.")
    await stay_apart(work, person, role, since, until)


async def stay_apart(work: Work, person: UUID, role: Role, since: date, until: date | None = None) -> None:
    """Raises RolesApart where the person would be two of the three administrators, by grants or by posts."""
    held = await work.all(q.DURING, person_id=person, since=since, until=until)
    by_post = [grant.role for day in {since, work.today} for grant in await appointments.grants(work, person, day)]
    must_stay_apart(role, [*(Role(row["role"]) for row in held), *by_post])


async def end(work: Work, grant: UUID, given: GrantEnding) -> GivenGrant:
    """Ends a grant at once, or on a day to come; never later than it would have. NotFound, Forbidden, AlreadyDone."""
    row = await _seen(work, grant)
    yesterday = work.today - _DAY
    last_day = max(given.last_day or yesterday, yesterday)  # what was done with it yesterday was done with it
    data = {"person": str(row["person_id"]), "role": row["role"], "path": row["path"], "last_day": last_day.isoformat()}
    if await work.write(q.END, Entry("grant", "ended", data=data), id=grant, last_day=last_day) is None:
        raise AlreadyDone(what_zh="该授权在此之前已经结束。", what_en="This grant ends before that already.")
    return await shown(work, grant)


async def page(
    work: Work, *, person: UUID | None, role: Role | None, ended: bool, cursor: str | None, limit: int
) -> Page[GivenGrant]:
    """Grants at places that are the caller's to give, oldest first. Forbidden."""
    key = decode(cursor, UUID)
    wanted = {name: value for name, value in (("person_id", person), ("role", role)) if value is not None}
    rows = await work.all(
        q.listed(frozenset(wanted)),
        **wanted,
        **limits("scopes", "ends", _scopes(work)),
        all=ended,
        on=work.today,
        after=key[0] if key else UUID(int=0),
        limit=limit + 1,
    )
    items = await _views(work, rows[:limit])
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def shown(work: Work, grant: UUID) -> GivenGrant:
    """As it is now. NotFound, Forbidden."""
    return (await _views(work, [await _seen(work, grant)]))[0]


async def _seen(work: Work, grant: UUID) -> Row:
    row = await work.one(q.BY_ID, id=grant)
    if row is None or not any(covers(held.place, row["path"]) for held in work.actor.grants):
        raise NotFound
    work.actor.demand(Permission.GRANTS_MANAGE, row["path"])
    return row


async def _views(work: Work, rows: list[Row]) -> list[GivenGrant]:
    found = await places.by_paths(work, {row["path"] for row in rows})
    return [
        GivenGrant(
            id=row["id"],
            person=row["person_id"],
            role=Role(row["role"]),
            place=found[row["path"]]["code"] if row["path"] in found else None,
            path=row["path"],
            since=row["since"],
            until=row["until"],
            created_at=row["created_at"],
        )
        for row in rows
    ]


def _scopes(work: Work) -> list[str]:
    scopes = work.actor.scopes(Permission.GRANTS_MANAGE)
    if not scopes:
        raise Forbidden(permission=Permission.GRANTS_MANAGE.value)
    return scopes


# --- for other slices ----------------------------------------------------------------------------------------------


async def on(work: Work, person: UUID, day: date) -> list[Grant]:
    """What a person may do that day by explicit grants."""
    return [Grant(Role(row["role"]), row["path"]) for row in await work.all(q.ON, person_id=person, on=day)]


async def put(work: Work, rows: Iterable[tuple[UUID, Role, str]], since: date | str) -> int:
    """Writes explicit grants (person, role, path) that last until further notice; how many are new."""
    ready = [
        {"id": new_id(), "person_id": person, "role": role, "path": path, "since": since, "until": None}
        for person, role, path in rows
    ]
    return len(await work.all(q.PUT, rows=ready))


async def forget(work: Work, person: UUID) -> None:
    """Takes a person's grants away, for good. Inside a transaction, whose reason is journaled."""
    await work.one(q.FORGET, person_id=person)


rebase = q.REBASE


async def join(work: Work, old: str, new: str) -> None:
    """A place became part of another: its explicit grants hold there, each once and for as long as at either."""
    await work.all(q.JOIN_TWINS, old=old, new=new)
    await rebase(work, old, new)
