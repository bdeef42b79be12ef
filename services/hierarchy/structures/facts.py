"""What is really there, as the rules see it: places, organisations, and seats with who sits in them.

Pure. The facts come from the database (`linting.py`), from a data file (`facts_of`) or from a what-if.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.hierarchy.structures.rows import Expansion


@dataclass(frozen=True, slots=True)
class PlaceFact:
    code: str
    parent: str | None
    kind: str
    households: int | None = None
    residents: int | None = None


@dataclass(frozen=True, slots=True)
class OrganisationFact:
    code: str
    kind: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class VenueFact:
    code: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class PostFact:
    """One seat and who sits there, if anyone. `since` is when, `term_ends` the last day of the term if it is known."""

    code: str
    kind: str
    place: str
    organisation: str | None = None
    holder: str | None = None
    party_member: bool = False
    since: date | None = None
    term_ends: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`on` is the day of the facts; without one no term is over."""

    places: tuple[PlaceFact, ...]
    organisations: tuple[OrganisationFact, ...]
    posts: tuple[PostFact, ...]
    on: date | None = None
    venues: tuple[VenueFact, ...] = ()


def facts_of(expansion: Expansion, on: date | None = None) -> Facts:
    """The facts as a data file has them."""
    members = {person.code for person in expansion.people if person.party_member}
    holders = {appointment.post_code: appointment for appointment in expansion.appointments}
    return Facts(
        tuple(PlaceFact(p.code, p.parent_code, p.kind, p.households, p.residents) for p in expansion.places),
        tuple(OrganisationFact(body.code, body.kind, body.place_code) for body in expansion.organisations),
        tuple(
            PostFact(
                post.code,
                post.kind,
                post.place_code or "",
                post.organisation_code,
                appointment.person_code if (appointment := holders.get(post.code)) else None,
                appointment is not None and appointment.person_code in members,
                appointment.since if appointment else None,
            )
            for post in expansion.posts
        ),
        on,
        tuple(VenueFact(venue.code, venue.kind, venue.place_code) for venue in expansion.venues),
    )


# --- figures -------------------------------------------------------------------------------------------------------


def below(places: Iterable[PlaceFact], figure: Literal["households", "residents"]) -> dict[str, int]:
    """What the places below each one come to by their own figures; through those in between that have none."""
    known = {place.code: place for place in places}
    sums: Counter[str] = Counter()
    for place in known.values():
        number: int | None = getattr(place, figure)
        step = place.parent if number is not None else None
        while step is not None:
            sums[step] += number or 0
            above = known.get(step)
            step = above.parent if above is not None and getattr(above, figure) is None else None
    return dict(sums)


def loads(places: Iterable[PlaceFact], unit: str) -> dict[str, int]:
    """Per place, its households (its own figure, or else what those below come to), or how many places of kind `unit`
    lie in it; nothing is said of a place that nothing is known of.
    """
    known = {place.code: place for place in places}
    if unit == "household":
        own = {place.code: place.households for place in known.values() if place.households is not None}
        return below(known.values(), "households") | own
    load: Counter[str] = Counter(dict.fromkeys(known, 0))
    for place in known.values():
        step = place.parent if place.kind == unit else None
        while step is not None:
            load[step] += 1
            step = known[step].parent if step in known else None
    return dict(load)
