"""Use cases of people. Names and numbers are sealed: whoever wants them in clear opens them here."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.appointments import service as appointments
from services.hierarchy.people import queries as q
from services.hierarchy.people.refusals import UnknownPerson
from services.hierarchy.people.views import MaskedPerson, PeopleCount
from services.hierarchy.places import service as places
from shared.kernel.errors import AlreadyDone, Forbidden, NotFound
from shared.kernel.paths import ROOT, WIDTH, after, covers
from shared.kernel.personal import ProcessingStopped
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.jobs import Job
from shared.runtime.journal import Entry
from shared.runtime.privacy import Vault, bound_to, mask_id_number, mask_name, mask_phone
from shared.runtime.scoping import limits
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.base import Page

CHUNK = 2000
_ALL_ALONG = date(2000, 1, 1)  # a data file does not say since when
Known = Row | Mapping[str, Any]
COMMUNITY = 3 * WIDTH  # how deep an erased person's place is kept
NOBODY = "已注销"
_LAST = UUID(int=2**128 - 1)
_SEALED = b"\x01\x02"  # how a sealed field begins; no name does


def phone_index(vault: Vault, district: str, phone: str) -> str:
    """What a phone number is looked up by, as every service computes it."""
    return vault.blind_index(phone, purpose="phone", district=district).hex()


def phone_indexes(vault: Vault, district: str, phone: str) -> list[str]:
    """As `phone_index`, with those that rows may still hold while indexes are made anew."""
    return _indexes(vault, district, "phone", phone)


def phone_of(vault: Vault, district: str, row: Known) -> str:
    """The number itself, from a row with `id` and `phone`; empty for one who was erased."""
    return _opened(vault, district, "phone", row) or ""


def name_of(vault: Vault, district: str, row: Known) -> str:
    """The name itself, from a row with `id` and `name`."""
    if row["name"] and row["name"][0] not in _SEALED:  # from before names were sealed, until `linli keys reseal`
        name: str = row["name"].decode()
        return name
    return _opened(vault, district, "name", row) or NOBODY


def id_number_of(vault: Vault, district: str, row: Known) -> str | None:
    """The identity card number itself, from a row with `id` and `id_number`."""
    return _opened(vault, district, "id_number", row)


def _opened(vault: Vault, district: str, column: str, row: Known) -> str | None:
    return vault.open(row[column], bound_to=_bound(district, column, row["id"])) if row[column] else None


def _bound(district: str, column: str, person: UUID) -> str:
    return bound_to(district, "people", column, person)


async def by_id(work: Work, person: UUID) -> Row | None:
    """The person's row, or None."""
    return await work.one(q.BY_ID, id=person)


async def known(work: Work, person: UUID) -> Row:
    """A person that a body names, whoever asks. UnknownPerson, also for one who was erased."""
    row = await by_id(work, person)
    if row is None or row["erased_at"] is not None:
        raise UnknownPerson(person=person)
    return row


async def nameable(work: Work, person: UUID, path: str, by: Permission = Permission.PEOPLE_READ) -> Row:
    """Somebody whom the caller may name for something at a place: themself, whomever they may read (who are `by` theirs
    to name), and whoever holds a post there, above or below, which is no secret. UnknownPerson for all others, known or
    not; ProcessingStopped.
    """
    row = await known(work, person)
    mine = work.actor.id == str(person)
    if not (mine or work.actor.may(by, row["path"] or ROOT) or await _posted(work, person, path)):
        raise UnknownPerson(person=person)
    must_be_open(row)
    return row


async def _posted(work: Work, person: UUID, path: str) -> bool:
    posts = [row["path"] or ROOT for row in await appointments.held_by(work, person, work.today)]
    return any(covers(post, path) or covers(path, post) for post in posts)


async def by_ids(work: Work, people: Iterable[UUID]) -> dict[UUID, Row]:
    """Several at once."""
    wanted = list(set(people))
    return {row["id"]: row for row in await work.all(q.BY_IDS, ids=wanted)} if wanted else {}


async def seen(work: Work, person: UUID, permission: Permission) -> Row:
    """The person, if the caller holds the permission at their place, or is that person. NotFound, Forbidden."""
    row = await by_id(work, person)
    if row is None:
        raise NotFound
    path, caller = row["path"] or ROOT, work.actor
    if caller.may(permission, path) or (caller.id == str(person) and permission is Permission.PEOPLE_READ):
        return row
    within = any(covers(grant.place, path) for grant in caller.grants)
    raise Forbidden(permission=permission.value) if within else NotFound


def must_be_open(row: Row) -> None:
    """Raises ProcessingStopped for a person whose data is erased, or only kept."""
    if row["erased_at"] or row["stopped_at"]:
        raise ProcessingStopped


def masked(vault: Vault, district: str, row: Row) -> MaskedPerson:
    """As everybody sees them."""
    name, number = name_of(vault, district, row), id_number_of(vault, district, row)
    phone = phone_of(vault, district, row)
    return MaskedPerson(
        name=NOBODY if row["erased_at"] else mask_name(name),
        phone=mask_phone(phone) if phone else None,
        id_number=mask_id_number(number) if number else None,
        **{field: row[field] for field in ("id", "listed_as", "stopped_at", "erased_at")},
    )


async def by_phone_index(work: Work, index: str, *older: str) -> UUID | None:
    """Whose phone number that is, if anybody's; `older` are its indexes of before, while they are made anew."""
    row = await work.one(q.BY_PHONE, indexes=[index, *older])
    return None if row is None else row["id"]


async def by_phone(work: Work, vault: Vault, phone: str) -> Row | None:
    """Whoever has this number."""
    return await work.one(q.BY_PHONE, indexes=_indexes(vault, work.district, "phone", phone))


async def by_id_number(work: Work, vault: Vault, number: str) -> Row | None:
    """Whoever has this identity card number."""
    return await work.one(q.BY_ID_NUMBER, indexes=_indexes(vault, work.district, "id_number", number))


def _indexes(vault: Vault, district: str, purpose: str, value: str) -> list[str]:
    return [index.hex() for index in vault.blind_indexes(value, purpose=purpose, district=district)]


async def counts(work: Work, path: str) -> list[PeopleCount]:
    """People listed at a place and below, by roll."""
    return [PeopleCount(**row) for row in await work.all(q.COUNTS, path=path, end=after(path))]


async def page(work: Work, vault: Vault, *, cursor: str | None, limit: int, **filters: Any) -> Page[MaskedPerson]:  # noqa: ANN401
    """People where one reads them, masked, the newest first. `filters`: place, roll, party. UnknownPlace, Forbidden."""
    work.actor.demand(Permission.PEOPLE_READ)
    wanted = await places.placed(work, filters)
    key = decode(cursor, UUID)
    scopes = limits("scopes", "scope_ends", work.actor.scopes(Permission.PEOPLE_READ))
    values = {**wanted, **scopes, "before": key[0] if key else _LAST, "limit": limit + 1}
    rows = await work.all(q.listed(frozenset(wanted) - {"end"}), **values)
    items = [masked(vault, work.district, row) for row in rows[:limit]]
    return Page(items=items, next=encode(items[-1].id) if len(rows) > limit else None)


async def party_members(work: Work, people: Iterable[UUID]) -> set[UUID]:
    """Those of these people who are party members (党员)."""
    return {row["id"] for row in await work.all(q.MEMBERS, ids=list(people))}


async def put(work: Work, vault: Vault, rows: list[dict[str, Any]]) -> tuple[dict[str, UUID], int]:
    """Writes people (`code`, `name`, `phone`, perhaps `id_number`, in the clear, …): ids by code, and how many changed.

    What is unchanged stays sealed as it is: sealing it again would change the row for nothing.
    """
    known = {row["code"]: row for row in await work.all(q.IDS)}
    ready = [sealed(vault, work.district, row, known.get(row["code"])) for row in rows]
    for row in ready:
        row["listed_since"] = known[row["code"]]["listed_since"] if row["code"] in known else _ALL_ALONG
    changed = 0
    for start in range(0, len(ready), CHUNK):
        changed += len(await work.all(q.PUT, rows=ready[start : start + CHUNK]))
    return {row["code"]: row["id"] for row in await work.all(q.IDS)}, changed


def sealed(
    vault: Vault, district: str, row: dict[str, Any], known: Row | None, new: UUID | None = None
) -> dict[str, Any]:
    """The row as it is written; what `known` holds already stays sealed as it is. `new` is the id of somebody new."""
    person = new or new_id() if known is None else known["id"]
    given = {"name": row["name"], "phone": row["phone"], "id_number": row.get("id_number")}
    if given["id_number"] is None and known is not None:
        given["id_number"] = id_number_of(vault, district, known)
    fields = {**row, "id": person}
    for column, value in given.items():
        fields[column] = None if value is None else "\\x" + _kept(vault, district, (person, column), value, known).hex()
    for column in ("phone", "id_number"):
        value = given[column]
        fields[f"{column}_index"] = None if value is None else _indexes(vault, district, column, value)[0]
    return fields


def _kept(vault: Vault, district: str, field: tuple[UUID, str], value: str, known: Row | None) -> bytes:
    person, column = field
    before: bytes | None = None if known is None else known[column]
    if before and before[0] in _SEALED and vault.open(before, bound_to=_bound(district, column, person)) == value:
        return before
    return vault.seal(value, bound_to=_bound(district, column, person))


async def set_phone(work: Work, vault: Vault, person: UUID, phone: str) -> bool:
    """Replaces a person's phone number; journaled without it. False where another person has it."""
    other = await by_phone(work, vault, phone)
    if other is not None and other["id"] != person:
        return False
    sealed = vault.seal(phone, bound_to=_bound(work.district, "phone", person))
    index = phone_index(vault, work.district, phone)
    entry = Entry("person", "phone_changed")
    return await work.write(q.SET_PHONE, entry, id=person, phone=sealed, phone_index=index) is not None


async def set_id_number(work: Work, vault: Vault, person: UUID, number: str) -> None:
    """Keeps a person's identity card number. Raises AlreadyDone where another person has it."""
    other = await by_id_number(work, vault, number)
    if other is not None and other["id"] != person:
        raise _numbered()
    index = _indexes(vault, work.district, "id_number", number)[0]
    sealed = vault.seal(number, bound_to=_bound(work.district, "id_number", person))
    entry = Entry("person", "person.id_number")
    try:
        await work.write(q.SET_ID_NUMBER, entry, id=person, id_number=sealed, id_number_index=index)
    except asyncpg.UniqueViolationError as error:  # whoever has it got it this very moment
        if error.constraint_name != "uq_people_id_number":
            raise
        raise _numbered() from error


def _numbered() -> AlreadyDone:
    return AlreadyDone(
        what_zh="这个证件号码已登记在另一人名下，请先核对。",
        what_en="Another person has this number. Check both first.",
    )


async def stop(work: Work, person: UUID, entry: Entry) -> bool:
    """Stops the processing of a person's data other than keeping it; False where it was stopped before."""
    return await work.write(q.STOP, entry, id=person) is not None


async def erase(work: Work, person: UUID, entry: Entry, jobs: list[Job]) -> bool:
    """Leaves nothing of a person but the row; False where it was erased before."""
    return await work.write(q.ERASE, entry, jobs, id=person, depth=COMMUNITY) is not None


rebase = q.REBASE
