"""Use cases of membership: who belongs to an organisation, from when to when. A day that is over stays as it was."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg

from services.hierarchy.organisations import queries as q
from services.hierarchy.organisations.inputs import LeavingOrganisation, NewOrganisationMember
from services.hierarchy.organisations.service import MANAGE, by_ids, must_be_open, seen
from services.hierarchy.organisations.views import OrganisationMemberView
from services.hierarchy.people import service as people
from services.hierarchy.places import service as places
from shared.kernel.errors import AlreadyDone, Conflict, NotFound
from shared.kernel.paths import ROOT
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

_LONG_AGO = date(1900, 1, 1)
_NOBODY = UUID(int=0)
_DAY = timedelta(days=1)


async def join(work: Work, code: str, given: NewOrganisationMember) -> UUID:
    """Somebody joins. NotFound, Forbidden, OrganisationClosed, UnknownPerson, ProcessingStopped, AlreadyDone,
    Invalid (the day).
    """
    await places.lock(work)
    body = await seen(work, code, MANAGE)
    must_be_open(body)
    await people.nameable(work, given.person, body["path"] or ROOT)
    since = given.since or work.today
    if since < work.today:
        raise invalid("since", "不能早于今天", "since must not be before today")
    ids = {"organisation_id": body["id"], "person_id": given.person}
    if await work.one(q.STILL_MEMBER, **ids, since=since) is not None:
        raise _member_already()
    data = {"organisation": code, "person": str(given.person), "since": since.isoformat()}
    entry = Entry("organisation_member", "organisation_member.join", data=data)
    born = {"id": new_id(), "path": body["path"], "since": since}
    try:
        row = await work.write(q.JOIN, entry, **ids, **born, capacity=given.capacity)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_organisation_members_person":
            raise
        raise _member_already() from error
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


def _member_already() -> AlreadyDone:
    return AlreadyDone(what_zh="此人在该日已是成员。", what_en="This person is a member at that time already.")


async def leave(work: Work, member: UUID, given: LeavingOrganisation, expected: int | None) -> UUID:
    """Somebody leaves. NotFound, Forbidden, PreconditionFailed, AlreadyDone, Invalid (the day)."""
    row = await _seen(work, member, MANAGE)
    expect(row["version"], expected)
    if row["until"] is not None:
        raise AlreadyDone(what_zh="此人已退出。", what_en="This person has left already.")
    last = given.last_day or max(work.today, row["since"])
    if last < max(work.today - _DAY, row["since"]):
        raise invalid(
            "last_day", "不能早于昨天和加入之日", "last_day must not be before yesterday or the day of joining"
        )
    data = {"person": str(row["person_id"]), "last_day": last.isoformat()}
    entry = Entry("organisation_member", "organisation_member.leave", data=data, text={"reason": given.reason})
    if await work.write(q.LEAVE, entry, id=member, version=row["version"], until=last) is None:
        raise stale(expected)
    return member


async def _seen(work: Work, member: UUID, permission: Permission) -> Row:
    row = await work.one(q.MEMBER, id=member)
    if row is None:
        raise NotFound
    body = (await by_ids(work, [row["organisation_id"]]))[row["organisation_id"]]
    await seen(work, body["code"], permission)
    return row


async def shown(work: Work, vault: Vault, member: UUID) -> OrganisationMemberView:
    """One member. NotFound, Forbidden."""
    row = await _seen(work, member, MANAGE)
    return (await _views(work, vault, [row]))[0]


async def page(
    work: Work, vault: Vault, code: str, on: date | None, cursor: str | None, limit: int
) -> Page[OrganisationMemberView]:
    """Members on a day, the longest first. NotFound; Forbidden without `people.read` there."""
    body = await seen(work, code)
    work.actor.demand(Permission.PEOPLE_READ, body["path"])
    key = decode(cursor, date, UUID) or [_LONG_AGO, _NOBODY]
    rows = await work.all(
        q.MEMBERS_OF,
        organisation_id=body["id"], on=on or work.today, after=key[0], after_id=key[1], limit=limit + 1,
    )  # fmt: skip
    last = rows[limit - 1] if len(rows) > limit else None
    items = await _views(work, vault, rows[:limit])
    return Page(items=items, next=encode(last["since"].isoformat(), last["id"]) if last else None)


async def _views(work: Work, vault: Vault, rows: list[Row]) -> list[OrganisationMemberView]:
    found = await people.by_ids(work, (row["person_id"] for row in rows))
    bodies = await by_ids(work, (row["organisation_id"] for row in rows))
    own = ("id", "version", "person_id", "capacity", "since", "until")
    return [
        OrganisationMemberView(
            **{name: row[name] for name in own},
            organisation=bodies[row["organisation_id"]]["code"],
            name=people.masked(vault, work.district, found[row["person_id"]]).name,
        )
        for row in rows
    ]
