"""The rows that a community's data file expands to, as plain values; the loader writes them as they are.

Pure. Every row names its district and refers to others by code, which is a stable natural key: official
digits for districts, streets, communities and grids; below them the parent's code, a dash and a short token
(`141021100002012-X01-M03-B01-H0001`); organisations, venues and posts add their key to the code of where they
are.
"""

from datetime import date
from typing import NamedTuple

Attributes = dict[str, object]


class PlaceRow(NamedTuple):
    district: str
    code: str
    parent_code: str | None
    kind: str
    name: str
    invented: bool
    zone_type: str | None
    area_km2: float | None
    households: int | None
    residents: int | None
    attributes: Attributes


class OrganisationRow(NamedTuple):
    district: str
    code: str
    kind: str
    name: str
    parent_code: str | None
    place_code: str | None
    invented: bool
    attributes: Attributes


class VenueRow(NamedTuple):
    district: str
    code: str
    place_code: str
    kind: str
    name: str
    functions: list[str]
    resident: str | None
    invented: bool
    amenities: list[str] = []
    capacity: int | None = None
    phone: str | None = None
    hours: Attributes = {}
    address: str | None = None


class VisitRow(NamedTuple):
    """How many came to a venue in one part of a day."""

    district: str
    venue_code: str
    day: date
    part: str
    number: int
    invented: bool


class RosterRow(NamedTuple):
    """Who keeps a venue; without a `cover` whenever it is open. `parts`: how a day is cut into shifts."""

    district: str
    code: str
    place_code: str
    venue_code: str
    name: str
    cover: list[Attributes] | None
    needed: int
    parts: list[Attributes] | None = None


class MemberRow(NamedTuple):
    """Somebody who takes turns in a roster."""

    roster_code: str
    person_code: str
    label: str
    post_code: str
    position: int
    since: date


class SheetRow(NamedTuple):
    """What a community's contact sheets say and show."""

    district: str
    place_code: str
    rules: Attributes


class PersonRow(NamedTuple):
    district: str
    code: str
    name: str
    phone: str
    party_member: bool
    invented: bool
    attributes: Attributes


class PostRow(NamedTuple):
    """One seat. `kind` is the key of the structure's post, `role` the rights role it gives over the place."""

    district: str
    code: str
    kind: str
    name: str
    place_code: str | None
    organisation_code: str | None
    role: str


class AppointmentRow(NamedTuple):
    district: str
    post_code: str
    person_code: str
    since: date
    until: date | None
    source: str


class ExpertRow(NamedTuple):
    """Somebody in the pool of experts of a place."""

    person_code: str
    place_code: str
    fields: list[str]


class ResponsibilityRow(NamedTuple):
    """A post or an organisation answers for a place; `order` sorts a chain, the nearest first."""

    district: str
    post_code: str | None
    organisation_code: str | None
    place_code: str
    categories: list[str]
    order: int
    since: date
    until: date | None


class HouseholdRow(NamedTuple):
    """A sample household; `code` is its place's."""

    district: str
    code: str
    building_code: str
    tags: list[str]


class StructureRow(NamedTuple):
    district: str
    place_code: str
    document: dict[str, object]
    version: int


class Expansion(NamedTuple):
    """Everything of one data file, in an order in which it can be inserted."""

    structure: StructureRow
    places: list[PlaceRow]
    households: list[HouseholdRow]
    organisations: list[OrganisationRow]
    venues: list[VenueRow]
    people: list[PersonRow]
    posts: list[PostRow]
    appointments: list[AppointmentRow]
    responsibilities: list[ResponsibilityRow]
    visits: list[VisitRow] = []
    rosters: list[RosterRow] = []
    members: list[MemberRow] = []
    sheets: list[SheetRow] = []
    experts: list[ExpertRow] = []
