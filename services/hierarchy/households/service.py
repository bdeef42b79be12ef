"""Use cases of households: the register, who belongs to one, and what is known of it under which basis."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.households import inputs, register
from services.hierarchy.households import queries as q
from services.hierarchy.households.refusals import NotAHousehold, NumberKept, NumberTaken, RegisteredElsewhere
from services.hierarchy.households.rules import HONOURS, INVENTED, MOST_MEMBERS, SAMPLE, Tag, stays
from services.hierarchy.places import service as places
from services.hierarchy.places.rules import HOUSEHOLD
from shared.kernel.errors import AlreadyDone, Conflict, NotFound
from shared.kernel.paths import after
from shared.kernel.personal import ProcessingStopped
from shared.kernel.refusals import expect, invalid, stale
from shared.kernel.rights import Permission
from shared.runtime.changes import Change
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault
from shared.runtime.scoping import limits
from shared.runtime.work import Work

READ, MANAGE = Permission.HOUSEHOLDS_READ, Permission.HOUSEHOLDS_MANAGE
CHUNK = 2000
_CLASHES = {
    "processing_stopped": ProcessingStopped,
    "number_kept": NumberKept,
    "registered_elsewhere": RegisteredElsewhere,
}


# --- reading ---------------------------------------------------------------------------------------------------------


async def seen(work: Work, household: UUID, permission: Permission = READ) -> Row:
    """The household, if the caller holds the permission at its place. NotFound, Forbidden."""
    row = await work.one(q.BY_ID, id=household)
    if row is None or not work.actor.may(READ, row["path"]):
        raise NotFound
    work.actor.demand(permission, row["path"])
    return row


# --- writing ---------------------------------------------------------------------------------------------------------


async def create(work: Work, given: inputs.NewHousehold) -> UUID:
    """Registers a household. UnknownPlace (also outside scope), Forbidden, NotAHousehold, AlreadyDone."""
    await places.lock(work)
    place = await places.meant(work, given.place, MANAGE)
    if place["kind"] != HOUSEHOLD:
        raise NotAHousehold(place=given.place)
    entry = Entry("household", "household.create", data={"place": given.place})
    try:
        row = await work.write(q.CREATE, entry, id=new_id(), code=given.place, path=place["path"])
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "uq_households_code":
            raise
        raise AlreadyDone(what_zh="这一户已经登记。", what_en="This household is registered.") from error
    if row is None:
        raise Conflict
    made: UUID = row["id"]
    return made


async def _change(
    work: Work,
    row: Row,
    expected: int | None,
    change: Change,
    entry: Entry,
    **values: Any,  # noqa: ANN401
) -> None:
    expect(row["version"], expected)
    if await work.write(change, entry, id=row["id"], version=row["version"], **values) is None:
        raise stale(expected)


async def add_member(
    work: Work, vault: Vault, household: UUID, given: inputs.NewHouseholdMember, expected: int | None
) -> UUID:
    """Somebody belongs to it from now on. NotFound, Forbidden, PreconditionFailed, NumberTaken, NumberKept,
    RegisteredElsewhere, ProcessingStopped, AlreadyDone, Conflict.
    """
    await places.lock(work)  # the home keeps its path until it is written down with the person
    row = await seen(work, household, MANAGE)
    entry = Entry("household", "household.add_member", data={"relation": given.relation.value})
    await _change(work, row, expected, q.TOUCH, entry)
    new = inputs.Entered(
        row["code"], row["path"], given.name, given.relation.value, phone=given.phone, id_number=given.id_number
    )
    outcome = await register.enter(work, vault, [new], rejoin=True)
    if outcome.clashes:
        reason = outcome.clashes[0][1]
        if reason == "household_full":
            raise AlreadyDone(
                what_zh=f"一户最多 {MOST_MEMBERS} 人。", what_en=f"At most {MOST_MEMBERS} to a household."
            )
        raise _CLASHES.get(reason, NumberTaken)
    for person, columns in outcome.amended.items():
        data = {"household": row["code"], "changed": columns}
        await work.record(Entry("person", "person.amend", data=data), person)
    return household


async def leave(
    work: Work, household: UUID, member: UUID, given: inputs.LeavingHousehold, expected: int | None
) -> UUID:
    """Somebody moved out. NotFound, Forbidden, PreconditionFailed, AlreadyDone."""
    row = await seen(work, household, MANAGE)
    found = await work.all(q.MEMBERS_OF, households=[household])
    who = next((one for one in found if one["id"] == member), None)
    if who is None:
        raise NotFound
    if who["left_on"] is not None and who["left_on"] < work.today:  # a day that is still to come may be corrected
        raise AlreadyDone(what_zh="已登记迁出。", what_en="They moved out before.")
    entry = Entry("household", "household.leave", data={"member": str(member)})
    await _change(work, row, expected, q.LEAVE, entry, member=member, on=given.on or work.today)
    return household


async def tag(work: Work, household: UUID, given: inputs.NewTag, expected: int | None) -> UUID:
    """Marks a household, under a basis. NotFound, Forbidden, Invalid (consent), PreconditionFailed, AlreadyDone."""
    row = await seen(work, household, MANAGE)
    members = await work.all(q.MEMBERS_OF, households=[household])
    at_home = {one["person_id"] for one in members if stays(one["left_on"], work.today)}
    if given.given_by is not None and given.given_by not in at_home:
        raise invalid("given_by", "不是本户现有成员", "does not live there, or no more")
    await work.begin()
    basis = given.basis.value
    await _change(
        work, row, expected, q.TOUCH, Entry("household", "household.tag", data={"tag": given.tag.value, "basis": basis})
    )
    values = given.model_dump(exclude={"since"}) | {"since": given.since or work.today}
    values |= {"id": new_id(), "household_id": household, "recorded_by": work.actor.id}
    try:
        await work.one(q.NEW_TAG, **values)
    except asyncpg.UniqueViolationError as error:
        raise AlreadyDone(
            what_zh="这个标签已经登记，依据有变请先撤回。", what_en="The tag is there; withdraw it before a new basis."
        ) from error
    return household


async def withdraw(work: Work, household: UUID, name: Tag, expected: int | None) -> UUID:
    """Consent is taken back, or the basis is gone: nobody reads the tag any more. NotFound, Forbidden."""
    row = await seen(work, household, MANAGE)
    if not any(one["tag"] == name for one in await work.all(q.STANDING_TAGS, households=[household])):
        raise NotFound
    entry = Entry("household", "household.withdraw_tag", data={"tag": name.value})
    await _change(work, row, expected, q.WITHDRAW, entry, tag=name.value)
    return household


# --- for other slices ------------------------------------------------------------------------------------------------


async def by_codes(work: Work, codes: Iterable[str]) -> dict[str, Row]:
    """Households by the code of their place, whoever asks."""
    return {row["code"]: row for row in await work.all(q.BY_CODES, codes=list(set(codes)))}


async def by_ids(work: Work, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Several at once, whoever asks."""
    return {row["id"]: row for row in await work.all(q.BY_IDS, households=list(set(ids)))}


async def in_place(work: Work, path: str, tag: str | None, most: int) -> list[Row]:
    """Households at a place and below, perhaps only those with a tag, whoever asks; by code."""
    filters = {"tag": tag, "on": work.today} if tag else {}
    statement = q.listed(frozenset(filters) - {"on"})
    return await work.all(statement, **filters, **limits("scopes", "scope_ends", [path]), limit=most)


async def honours(work: Work, paths: Iterable[str]) -> list[tuple[str, Tag]]:
    """What households at these places and below show at their doors, whoever asks: path and honour, by path."""
    scopes = sorted(set(paths))
    rows = await work.all(q.HONOURS, on=work.today, **limits("scopes", "scope_ends", scopes)) if scopes else []
    return [(row["path"], Tag(row["tag"])) for row in rows]


async def below(work: Work, path: str, limit: int) -> list[tuple[Row, list[Row], list[Row]]]:
    """Households at a place and below, each with its members and tags of today; for an export."""
    rows = await work.all(q.BELOW, path=path, end=after(path), limit=limit)
    members: defaultdict[UUID, list[Row]] = defaultdict(list)
    tags: defaultdict[UUID, list[Row]] = defaultdict(list)
    for start in range(0, len(rows), CHUNK):
        ids = [row["id"] for row in rows[start : start + CHUNK]]
        for member in await work.all(q.MEMBERS_OF, households=ids):
            if member["left_on"] is None or member["left_on"] >= work.today:
                members[member["household_id"]].append(member)
        for one in await work.all(q.TAGS_OF, households=ids, on=work.today):
            tags[one["household_id"]].append(one)
    return [(row, members[row["id"]], tags[row["id"]]) for row in rows]


async def bump(work: Work, ids: Iterable[UUID]) -> None:
    """Households that were changed by many rows at once have another version from now on."""
    if wanted := list(ids):
        await work.all(q.BUMP, households=wanted)


async def lived_in(work: Work, person: UUID) -> list[dict[str, Any]]:
    """Where a person lives or lived, for their copy."""
    rows = await work.all(q.OF_PERSON, person=person)
    return [{name: row[name] for name in ("code", "relation", "left_on")} for row in rows]


async def homes(work: Work, person: UUID, on: date | None = None) -> list[str]:
    """The paths of the households that a person belongs to today, or had not left by another day."""
    rows = await work.all(q.OF_PERSON, person=person)
    return [row["path"] for row in rows if row["left_on"] is None or row["left_on"] >= (on or work.today)]


async def forget_person(work: Work, person: UUID) -> None:
    """An erased person belongs to no household, and what rested on their consent is not read any more."""
    await work.all(q.FORGET_MEMBER, person=person)
    await work.all(q.WITHDRAW_ALL, person=person)


async def samples(work: Work, path: str) -> int:
    """How many households of the register lie at a place and below."""
    row = await work.one(q.COUNT, path=path, end=after(path))
    return 0 if row is None else row["count"]


async def put(work: Work, rows: list[dict[str, Any]]) -> int:
    """Writes sample households (`code`, `path`, `tags`), invented as they are; how many changed."""
    ready = [{"id": new_id(), "code": row["code"], "path": row["path"], "invented": True} for row in rows]
    changed = len(await work.all(q.PUT, rows=ready))
    ids = await by_codes(work, (row["code"] for row in rows))
    standing = await work.all(q.STANDING_TAGS, households=[row["id"] for row in ids.values()])
    there = {(row["household_id"], row["tag"]) for row in standing}
    tags = [
        {"id": new_id(), "household_id": ids[row["code"]]["id"], "tag": name, "basis": SAMPLE, "legal_basis": INVENTED,
         "given_by": None, "public": name in HONOURS, "recorded_by": work.actor.id, "since": work.today, "until": None}
        for row in rows
        for name in row["tags"]
        if (ids[row["code"]]["id"], name) not in there
    ]  # fmt: skip
    if tags:
        await work.all(q.PUT_TAGS, rows=tags)
    return changed


rebase = q.REBASE
