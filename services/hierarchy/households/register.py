"""Writing many members at once: who is new, who is known already, and what stays as it is.

Whoever lives there already is found by name; somebody known by an identity card number or by phone number and name is
joined to the household, not written twice. So the same rows again change nothing. A number that is missing may be
added; one that is kept is changed by its owner alone. Who is one too many for a household is left out too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.hierarchy.households import queries as q
from services.hierarchy.households.inputs import Entered
from services.hierarchy.households.rules import MOST_MEMBERS, stays
from services.hierarchy.households.tagging import tagged, undone
from services.hierarchy.people import entering
from services.hierarchy.people import service as people
from shared.kernel.errors import Conflict
from shared.kernel.paths import ROOT, covers
from shared.kernel.periods import CHINA
from shared.kernel.rights import Permission
from shared.runtime.db import Row
from shared.runtime.ids import new_id
from shared.runtime.privacy import Vault
from shared.runtime.work import Work

Clash = tuple[str, str]  # the column that is to blame, and the reason
MANAGE = Permission.HOUSEHOLDS_MANAGE
_FULL = ("name", "household_full")


@dataclass
class Outcome:
    """What became of the rows, by position; and what was written, for the journal of whoever entered them."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    clashes: dict[int, Clash] = field(default_factory=dict)
    people: dict[int, UUID] = field(default_factory=dict)
    made: set[UUID] = field(default_factory=set)  # people who were nobody here before
    amended: dict[UUID, list[str]] = field(default_factory=dict)  # known people, and which of their columns
    households: set[UUID] = field(default_factory=set)  # new ones, and those with another member or tag

    def count(self, pair: tuple[UUID, UUID], *, there: bool, news: bool) -> None:
        """Counts a row of a household and a person in; `news` of the household."""
        self.households |= {pair[0]} if news else set()
        self.added += not there
        self.changed += there and (news or pair[1] in self.amended)
        self.unchanged += there and not (news or pair[1] in self.amended)


@dataclass(slots=True)
class _Somebody:
    """The person of some rows as they will be; `row` as they stand, if they are known."""

    fields: dict[str, Any]
    row: Row | None
    changed: set[str] = field(default_factory=set)


@dataclass
class _Known:
    """What the database holds about the households and people of some rows."""

    households: dict[str, UUID]
    members: dict[tuple[UUID, UUID], Row]
    belonging: set[tuple[str, UUID]]  # code and person, of those who have not moved out
    rows: dict[UUID, Row]  # of people
    named: dict[tuple[UUID, str], UUID]  # household and name → person
    phones: dict[str, Row]
    numbers: dict[str, Row]
    standing: dict[tuple[UUID, str], Row]  # household and tag
    withdrawn: dict[tuple[UUID, str, str | None], date]  # household, tag and basis → when it was taken back last
    made: dict[tuple[str, str], _Somebody] = field(default_factory=dict)  # number and name → somebody of these rows
    coming: set[tuple[str, UUID]] = field(default_factory=set)  # who comes to which household with these rows
    crowd: Counter[str] = field(default_factory=Counter)  # how many belong to each household, with those

    def remember(self, row: Entered, meant: _Somebody) -> None:
        """Whom a row means, for those after it."""
        self.made |= {(number, row.name): meant for number in (row.phone, row.id_number, row.code) if number}
        person = meant.fields["id"]
        if row.code in self.households:
            self.named[self.households[row.code], row.name] = person
        if not self.belongs(row.code, person):
            self.coming.add((row.code, person))
            self.crowd[row.code] += 1

    def belongs(self, code: str, person: UUID) -> bool:
        """Whether somebody is counted there already."""
        return (code, person) in self.coming or (code, person) in self.belonging


async def clashes(work: Work, vault: Vault, given: Sequence[Entered], coming: Counter[str]) -> dict[int, Clash]:
    """Which rows `enter` would leave out, and why. `coming`: how many the rows before bring to each household."""
    known = await _known(work, vault, given)
    known.crowd.update(coming)
    found = {at: one for at, one in _each(work, vault, given, known, rejoin=False) if isinstance(one, tuple)}
    coming.update(code for code, _ in known.coming)
    return found


async def enter(work: Work, vault: Vault, given: Sequence[Entered], *, rejoin: bool = False) -> Outcome:
    """Writes the rows within the caller's transaction; those with a clash are left out. Conflict.

    The caller keeps the register where a known person is listed, or says nothing new about them. An old book brings
    nobody back who moved out, unless they `rejoin`, and no tag that was withdrawn.
    """
    outcome, known = Outcome(), await _known(work, vault, given, hold=True)
    fresh = {row.code: row.path for row in given if row.code not in known.households}
    if fresh:
        rows = [{"id": new_id(), "code": code, "path": path, "invented": False} for code, path in fresh.items()]
        await work.all(q.PUT, rows=rows)
        known.households |= {row["code"]: row["id"] for row in await work.all(q.BY_CODES, codes=list(fresh))}
        outcome.households = {known.households[code] for code in fresh}
    persons: dict[UUID, _Somebody] = {}
    for at, meant in _each(work, vault, given, known, rejoin=rejoin):
        if isinstance(meant, tuple):
            outcome.clashes[at] = meant
            continue
        outcome.people[at] = person = meant.fields["id"]
        persons[person] = meant
    await _counted(work, known, {code for code, _ in known.coming} - fresh.keys())
    await _moved(work, given, outcome, persons)
    await _written(work, vault, outcome, persons)
    marks = [(at, given[at], known.households[given[at].code], person) for at, person in outcome.people.items()]
    marked = await tagged(work, marks, known.standing)
    joined = await _joined(work, given, outcome, known, rejoin=rejoin)
    for at, person in outcome.people.items():
        pair = known.households[given[at].code], person
        outcome.count(pair, there=pair in known.members, news=pair in joined or at in marked)
    return outcome


async def _counted(work: Work, known: _Known, codes: Iterable[str]) -> None:
    """Keeps households as they are while somebody comes to them. Conflict where others came since they were counted."""
    homes = {known.households[code]: code for code in codes}
    if not homes:
        return
    await work.all(q.HOLD, households=sorted(homes))
    there = await work.all(q.MEMBERS_OF, households=list(homes))
    now = Counter(homes[row["household_id"]] for row in there if stays(row["left_on"], work.today))
    coming = Counter(code for code, _ in known.coming)
    if any(now[code] + coming[code] != known.crowd[code] for code in homes.values()):
        raise Conflict


async def _known(work: Work, vault: Vault, given: Sequence[Entered], *, hold: bool = False) -> _Known:
    codes = list({row.code for row in given})
    households = {row["code"]: row["id"] for row in await work.all(q.BY_CODES, codes=codes)}
    ids = list(households.values())
    members = await work.all(q.MEMBERS_OF, households=ids)
    wanted = {name: [getattr(row, name) for row in given if getattr(row, name)] for name in ("phone", "id_number")}
    phones, numbers = await entering.by_numbers(work, vault, wanted["phone"], wanted["id_number"])
    about = {row["person_id"] for row in members} | {row["id"] for row in (*phones.values(), *numbers.values())}
    rows = await (entering.hold if hold else people.by_ids)(work, about)
    if hold:  # as they are now that nobody else writes them
        phones = {people.phone_of(vault, work.district, row): row for row in rows.values()}
        numbers = {people.id_number_of(vault, work.district, row) or "": row for row in rows.values()}
    named = {
        (row["household_id"], people.name_of(vault, work.district, rows[row["person_id"]])): row["person_id"]
        for row in members
        if row["person_id"] in rows
    }
    by_pair = {(row["household_id"], row["person_id"]): row for row in members}
    tagged = ids if any(row.tags for row in given) else []
    standing = {(row["household_id"], row["tag"]): row for row in await work.all(q.STANDING_TAGS, households=tagged)}
    withdrawn = {
        (row["household_id"], row["tag"], row["basis"]): row["withdrawn_at"].astimezone(CHINA).date()
        for row in await work.all(q.WITHDRAWN_TAGS, households=tagged)
    }
    codes_of = {household: code for code, household in households.items()}
    belonging = {(codes_of[at], who) for (at, who), row in by_pair.items() if stays(row["left_on"], work.today)}
    crowd = Counter(code for code, _ in belonging)
    return _Known(households, by_pair, belonging, rows, named, phones, numbers, standing, withdrawn, crowd=crowd)


def _each(
    work: Work, vault: Vault, given: Sequence[Entered], known: _Known, *, rejoin: bool
) -> Iterator[tuple[int, _Somebody | Clash]]:
    for at, row in enumerate(given):
        meant = _meant(work, vault, row, known, rejoin=rejoin)
        if not isinstance(meant, tuple):
            known.remember(row, meant)
        yield at, meant


def _meant(work: Work, vault: Vault, row: Entered, known: _Known, *, rejoin: bool) -> _Somebody | Clash:
    """The person of a row as they will be, or the column and reason where that cannot be."""
    found = _found(work, vault, row, known)
    if isinstance(found, tuple):
        return found
    household = known.households.get(row.code)
    if household is not None and undone(row, household, known.standing, known.withdrawn):
        return "tags", "withdrawn"
    given = {name: value for name, value in (("id_number", row.id_number), ("phone", row.phone)) if value}
    seen = (known.made.get((number, row.name)) for number in (*given.values(), row.code))
    somebody = next((one for one in seen if one is not None), None)
    if somebody is not None and found is not None and somebody.fields["id"] != found["id"]:  # two rows, two people
        return ("id_number", "id_taken") if row.id_number in known.numbers else ("phone", "phone_taken")
    if somebody is None:
        if found is None:
            full = known.crowd[row.code] >= MOST_MEMBERS
            return _FULL if full else _Somebody(entering.newcomer(row.name, row.path, **given), None)
        somebody = _Somebody(entering.opened(vault, work.district, found), found)
    news = {name for name in given if somebody.fields[name] is None}
    clash = entering.number_kept(somebody.fields, given)
    if somebody.row is not None:
        member = known.members.get((household, somebody.row["id"])) if household else None
        left = None if member is None or rejoin else member["left_on"]
        scopes = [ROOT] if member is not None and not news else work.actor.scopes(MANAGE)
        clash = entering.why_not(vault, work.district, somebody.row, given, scopes) or clash
        clash = ("name", "moved_out") if clash is None and left is not None and left < work.today else clash
    if clash is None and known.crowd[row.code] >= MOST_MEMBERS and not known.belongs(row.code, somebody.fields["id"]):
        clash = _FULL
    if clash is None:
        somebody.fields |= given
        somebody.changed |= news
    return clash or somebody


def _found(work: Work, vault: Vault, row: Entered, known: _Known) -> Row | Clash | None:
    """Whom a row means of those who are known: by name in the household, or by a number and the same name."""
    by_phone = known.phones.get(row.phone) if row.phone else None
    by_number = known.numbers.get(row.id_number) if row.id_number else None
    household = known.households.get(row.code)
    there = known.named.get((household, row.name)) if household else None
    found = (known.rows.get(there) if there else None) or by_number or by_phone
    for other, column, reason in ((by_number, "id_number", "id_taken"), (by_phone, "phone", "phone_taken")):
        if other is None or found is None:
            continue
        if other["id"] != found["id"] or people.name_of(vault, work.district, other) != row.name:
            return column, reason
    return found


async def _moved(work: Work, given: Sequence[Entered], outcome: Outcome, persons: Mapping[UUID, _Somebody]) -> None:
    """A resident is listed where they live: whoever does not live there any more moves to where they are entered."""
    to = {person: given[at].path for at, person in outcome.people.items()}
    away = {
        person: one.fields["path"] or ROOT
        for person, one in persons.items()
        if one.row is not None and one.fields["listed_as"] == entering.RESIDENT
        if not covers(one.fields["path"] or ROOT, to[person]) and work.actor.may(MANAGE, one.fields["path"] or ROOT)
    }
    if not away:
        return
    belonging = await work.all(q.BELONGING, people=list(away), on=work.today + timedelta(days=1))  # who stays
    homes = {
        row["id"]: row["path"] for row in await work.all(q.BY_IDS, households=[r["household_id"] for r in belonging])
    }
    at_home = {row["person_id"] for row in belonging if homes[row["household_id"]] == away[row["person_id"]]}
    for person in away.keys() - at_home:
        persons[person].fields["path"] = to[person]
        persons[person].changed.add("path")


async def _written(work: Work, vault: Vault, outcome: Outcome, persons: Mapping[UUID, _Somebody]) -> None:
    """Writes new people, and those of whom something new is known. Conflict where a number was taken this moment."""
    outcome.made = {person for person, one in persons.items() if one.row is None}
    outcome.amended = {person: sorted(one.changed) for person, one in persons.items() if one.row and one.changed}
    rows = [persons[person].fields for person in (*outcome.made, *outcome.amended)]
    known = {person: one.row for person, one in persons.items() if one.row is not None}
    try:
        await entering.put(work, vault, rows, known)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name not in ("uq_people_phone", "uq_people_id_number"):
            raise
        raise Conflict from error


async def _joined(
    work: Work, given: Sequence[Entered], outcome: Outcome, known: _Known, *, rejoin: bool
) -> set[tuple[UUID, UUID]]:
    """Writes who belongs where; which pairs changed."""
    wanted: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for at, person in outcome.people.items():
        household = known.households[given[at].code]
        member = known.members.get((household, person))
        wanted[household, person] = {
            "id": new_id(),
            "household_id": household,
            "person_id": person,
            "relation": given[at].relation,
            "left_on": None if member is None or rejoin else member["left_on"],
        }
    changed = [
        row
        for pair, row in wanted.items()
        if (now := known.members.get(pair)) is None or any(now[name] != row[name] for name in ("relation", "left_on"))
    ]
    if changed:
        await work.all(q.PUT_MEMBERS, rows=changed)
    return {(row["household_id"], row["person_id"]) for row in changed}
