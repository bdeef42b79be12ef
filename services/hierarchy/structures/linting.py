"""Use cases of the linter: what is there, held against a structure; as it is, or as it would be."""

from dataclasses import asdict
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.hierarchy.appointments import service as appointments
from services.hierarchy.organisations import reading as then
from services.hierarchy.organisations import service as organisations
from services.hierarchy.people import service as people
from services.hierarchy.places import reading
from services.hierarchy.places import service as places
from services.hierarchy.structures.facts import Facts, OrganisationFact, PlaceFact, PostFact, VenueFact
from services.hierarchy.structures.ladder import ladder
from services.hierarchy.structures.rules import Violation, violations
from services.hierarchy.structures.structure import Structure
from services.hierarchy.structures.summing import spans, tally
from services.hierarchy.structures.views import LevelView, Linted, PostSpan, Side, Tried, breaches
from services.hierarchy.structures.what_if import Alteration, changed
from services.hierarchy.venues import service as venues
from shared.runtime.db import Row
from shared.runtime.web.pages import decode, encode
from shared.runtime.work import Work
from shared.schemas.hierarchy import PlaceRef

SHOWN = 500


class Found(NamedTuple):
    """A structure, the facts, and what the one says about the other."""

    structure: Structure
    facts: Facts
    violations: list[Violation]

    @property
    def hard(self) -> int:
        return sum(one.hard for one in self.violations)


async def facts_at(work: Work, path: str, on: date) -> Facts:
    """What is at a place and below it on a day; households as figures, not one by one."""
    if on < work.today:
        return await _facts_then(work, path, on)
    rows = await places.facts(work, path)
    codes = {row["path"]: row["code"] for row in rows}
    seats = await appointments.seats(work, path, on)
    members = await people.party_members(work, {row["person_id"] for row in seats if row["person_id"]})
    return Facts(
        tuple(
            PlaceFact(row["code"], codes.get(row["parent"] or ""), row["kind"], row["households"], row["residents"])
            for row in rows
        ),
        tuple(
            OrganisationFact(row["code"], row["kind"], codes.get(row["path"]))
            for row in await organisations.facts(work, path)
        ),
        tuple(_seat(row, codes, members) for row in seats),
        on,
        tuple(VenueFact(row["code"], row["kind"], codes[row["path"]])
              for row in await venues.facts(work, path) if row["path"] in codes),
    )  # fmt: skip


async def _facts_then(work: Work, path: str, on: date) -> Facts:
    """The same of a day gone by. Of figures nothing is known then; venues and who is a party member are as today."""
    within = await reading.within_path(work, path, on)
    rows = await reading.facts(work, within, on)
    codes = {row["path"]: row["code"] for row in rows}
    seats = [row for row in await appointments.seats(work, path, on, within) if row["path"] in codes]
    members = await people.party_members(work, {row["person_id"] for row in seats if row["person_id"]})
    bodies = await then.facts(work, within, on)
    return Facts(
        tuple(PlaceFact(row["code"], codes.get(row["parent"]), row["kind"]) for row in rows),
        tuple(OrganisationFact(row["code"], row["kind"], codes.get(row["path"])) for row in bodies),
        tuple(_seat(row, codes, members) for row in seats),
        on,
        tuple(VenueFact(row["code"], row["kind"], codes[row["path"]])
              for row in await venues.facts(work, path) if row["path"] in codes),
    )  # fmt: skip


def _seat(row: Row, codes: dict[str, str], members: set[UUID]) -> PostFact:
    person = row["person_id"]
    return PostFact(
        row["code"], row["kind"], codes.get(row["path"] or "", ""), row["organisation"],
        None if person is None else str(person), person in members, row["since"], row["term_ends"],
    )  # fmt: skip


async def check(work: Work, structure: Structure, path: str, on: date) -> Found:
    """A structure held against what is at a place and below it."""
    facts = await facts_at(work, path, on)
    return Found(structure, facts, violations(structure, facts))


def page(found: Found, place: Row, rule: str | None, cursor: str | None, limit: int) -> Linted:
    """The figures, and a page of the breaches (of one rule, if one is named)."""
    key = decode(cursor, int, str, str)
    listed = [one for one in found.violations if rule in (None, one.rule) and (key is None or one.key > tuple(key))]
    shown = listed[:limit]
    return Linted(
        place=PlaceRef(**{name: place[name] for name in PlaceRef.model_fields}),
        name=found.structure.name,
        on=found.facts.on or date.min,
        **_side(found).model_dump(exclude={"spans"}),
        levels=[LevelView(**asdict(rung)) for rung in ladder(found.structure, found.facts)],
        spans=_spans(found),
        items=breaches(shown),
        next=encode(*shown[-1].key) if len(listed) > limit else None,
    )


def tried(before: Found, structure: Structure, alterations: tuple[Alteration, ...], place: Row) -> Tried:
    """What another structure, other facts or both would make of it. UnknownInChange."""
    facts = changed(before.facts, alterations)
    after = Found(structure, facts, violations(structure, facts))
    earlier, later = set(before.violations), set(after.violations)
    return Tried(
        place=PlaceRef(**{name: place[name] for name in PlaceRef.model_fields}),
        on=facts.on or date.min,
        before=_side(before),
        after=_side(after),
        added=breaches([one for one in after.violations if one not in earlier][:SHOWN]),
        gone=breaches([one for one in before.violations if one not in later][:SHOWN]),
    )


def _side(found: Found) -> Side:
    return Side(
        number=found.structure.version,
        hard=found.hard,
        soft=len(found.violations) - found.hard,
        counts=tally(found.violations),
        spans=_spans(found),
    )


def _spans(found: Found) -> list[PostSpan]:
    return [PostSpan(**figures._asdict()) for figures in spans(found.structure, found.facts)]
