"""Writing many members at once: who is new, who is known already, and what stays as it is.

Whoever lives there already is found by name; somebody known by an identity card number or by phone number and name is
joined to the household, not written twice. So the same rows again change nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.hierarchy.households import queries as q
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Entered:
    """One member of one household as given: `code` and `path` are its place's."""

    code: str
    path: str
    name: str
    relation: str
    phone: str | None = None
    id_number: str | None = None
    tags: tuple[str, ...] = ()
    basis: str | None = None
    legal_basis: str = ""
    since: date | None = None
    until: date | None = None


@dataclass
class Outcome:
    """What became of the rows: by position, and what cannot be, with the column that is to blame."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    clashes: dict[int, tuple[str, str]] = field(default_factory=dict)  # position → (column, reason)
    people: dict[int, UUID] = field(default_factory=dict)


@dataclass
class _Known:
    """What the database holds about the households and people of some rows."""

    households: dict[str, UUID]
    members: dict[tuple[UUID, UUID], Row]
    rows: dict[UUID, Row]  # of people
    named: dict[tuple[UUID, str], UUID]  # household and name → person
    phones: dict[str, Row]
    numbers: dict[str, Row]
    made: dict[tuple[str, str], dict[str, Any]] = field(
        default_factory=dict
    )  # number and name → somebody of these rows


async def clashes(work: Work, vault: Vault, given: Sequence[Entered]) -> dict[int, tuple[str, str]]:
    """Which rows name a number that is somebody else's; nothing is written."""
    known = await _known(work, vault, given)
    found = {}
    for at, row in enumerate(given):
        _, clash = _person(work, vault, row, known)
        if clash is not None:
            found[at] = clash
    return found


async def enter(work: Work, vault: Vault, given: Sequence[Entered]) -> Outcome:
    """Writes the rows within the caller's transaction; those with a clash are left out."""
    outcome, known = Outcome(), await _known(work, vault, given)
    codes = {row.code: row.path for row in given}
    fresh = {code for code in codes if code not in known.households}
    if fresh:
        rows = [{"id": new_id(), "code": code, "path": codes[code], "invented": False} for code in fresh]
        await work.all(q.PUT, rows=rows)
        known.households |= {row["code"]: row["id"] for row in await work.all(q.BY_CODES, codes=list(fresh))}
    persons: dict[UUID, dict[str, Any]] = {}
    for at, row in enumerate(given):
        person, clash = _person(work, vault, row, known)
        if clash is not None:
            outcome.clashes[at] = clash
            continue
        persons[person["id"]] = persons.get(person["id"], {}) | person
        known.made |= {(number, row.name): person for number in (row.phone, row.id_number, row.code) if number}
        outcome.people[at] = person["id"]
        known.named[known.households[row.code], row.name] = person["id"]
    touched = await entering.put(work, vault, list(persons.values()), known.rows)
    marked = await _tagged(work, given, outcome, known)
    joined = await _joined(work, given, outcome, known)
    for at, person_id in outcome.people.items():
        household = known.households[given[at].code]
        if (household, person_id) not in known.members:
            outcome.added += 1
        elif person_id in touched or (household, person_id) in joined or at in marked:
            outcome.changed += 1
        else:
            outcome.unchanged += 1
    return outcome


async def _known(work: Work, vault: Vault, given: Sequence[Entered]) -> _Known:
    codes = list({row.code for row in given})
    households = {row["code"]: row["id"] for row in await work.all(q.BY_CODES, codes=codes)}
    members = await work.all(q.MEMBERS_OF, households=list(households.values()))
    phones, numbers = await entering.by_numbers(
        work, vault, (row.phone for row in given if row.phone), (row.id_number for row in given if row.id_number)
    )
    rows = await people.by_ids(work, (row["person_id"] for row in members))
    rows |= {row["id"]: row for row in (*phones.values(), *numbers.values())}
    named = {
        (row["household_id"], people.name_of(vault, work.district, rows[row["person_id"]])): row["person_id"]
        for row in members
        if row["person_id"] in rows
    }
    by_pair = {(row["household_id"], row["person_id"]): row for row in members}
    return _Known(households, by_pair, rows, named, phones, numbers)


def _person(work: Work, vault: Vault, row: Entered, known: _Known) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """The person of a row as they will be, and the column and reason where that cannot be."""
    by_phone = known.phones.get(row.phone or "")
    by_number = known.numbers.get(row.id_number or "")
    household = known.households.get(row.code)
    there = known.named.get((household, row.name)) if household else None
    mine = known.rows.get(there) if there else None
    found = mine or by_number or by_phone
    for other, column, reason in ((by_number, "id_number", "id_taken"), (by_phone, "phone", "phone_taken")):
        if other is None or found is None:
            continue
        if other["id"] != found["id"] or people.name_of(vault, work.district, other) != row.name:
            return {}, (column, reason)
    numbers = {name: value for name, value in (("phone", row.phone), ("id_number", row.id_number)) if value}
    again = next(
        (
            known.made[n or "", row.name]
            for n in (row.id_number, row.phone, row.code)
            if n and (n, row.name) in known.made
        ),
        None,
    )
    if again is not None:
        return again | numbers, None
    if found is None:
        return entering.newcomer(row.name, row.path, **numbers), None
    if found["stopped_at"] or found["erased_at"]:
        return {}, ("name", "processing_stopped")
    return entering.opened(vault, work.district, found) | numbers, None


async def _joined(work: Work, given: Sequence[Entered], outcome: Outcome, known: _Known) -> set[tuple[UUID, UUID]]:
    """Writes who belongs where; which pairs changed."""
    wanted: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for at, person in outcome.people.items():
        household = known.households[given[at].code]
        wanted[household, person] = {
            "id": new_id(),
            "household_id": household,
            "person_id": person,
            "relation": given[at].relation,
            "left_on": None,
        }
    changed = [
        row
        for pair, row in wanted.items()
        if pair not in known.members
        or known.members[pair]["relation"] != row["relation"]
        or known.members[pair]["left_on"] is not None
    ]
    if changed:
        await work.all(q.PUT_MEMBERS, rows=changed)
    return {(row["household_id"], row["person_id"]) for row in changed}


async def _tagged(work: Work, given: Sequence[Entered], outcome: Outcome, known: _Known) -> set[int]:
    """Writes tags with their basis; which rows changed one."""
    tagged = [at for at in outcome.people if given[at].tags]
    if not tagged:
        return set()
    standing = await work.all(q.STANDING_TAGS, households=list({known.households[given[at].code] for at in tagged}))
    before = {(row["household_id"], row["tag"]): row for row in standing}
    ready: dict[tuple[UUID, str], dict[str, Any]] = {}
    marked: set[int] = set()
    for at in tagged:
        row, household = given[at], known.households[given[at].code]
        for tag in row.tags:
            made = _tag(work, row, household, tag, outcome.people[at], before.get((household, tag)))
            if made is not None:
                ready[household, tag] = made
                marked.add(at)
    if ready:
        await work.all(q.PUT_TAGS, rows=list(ready.values()))
    return marked


def _tag(
    work: Work, row: Entered, household: UUID, tag: str, person: UUID, before: Row | Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The tag as it will stand; None where it stands so already. Whoever wrote it first stays who wrote it."""
    wanted = {
        "basis": row.basis,
        "legal_basis": row.legal_basis,
        "given_by": person if row.basis == "consent" else None,
        "since": row.since or (before["since"] if before else work.today),
        "until": row.until,
    }
    if before is not None and all(before[name] == value for name, value in wanted.items()):
        return None
    public = before is not None and before["public"] and row.basis == "consent"
    fixed = {"household_id": household, "tag": tag, "public": public, "recorded_by": work.actor.id}
    return wanted | fixed | {"id": new_id() if before is None else before["id"]}
