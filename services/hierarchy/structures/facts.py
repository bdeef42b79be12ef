"""What is really there, as the rules see it: places, organisations, and seats with who sits in them.

Pure. The facts come from the database (`linting.py`), from a data file (`facts_of`) or from a what-if.
"""

from dataclasses import dataclass
from datetime import date

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


def facts_of(expansion: Expansion, on: date | None = None) -> Facts:
    """The facts as a data file has them."""
    members = {person.code for person in expansion.people if person.party_member}
    holders = {appointment.post_code: appointment for appointment in expansion.appointments}
    return Facts(
        tuple(PlaceFact(p.code, p.parent_code, p.kind, p.households, p.residents) for p in expansion.places),
        tuple(OrganisationFact(body.code, body.kind) for body in expansion.organisations),
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
    )
