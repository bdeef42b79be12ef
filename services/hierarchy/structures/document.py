"""A community's data file: its way of organising itself, and compact declarations of who and what is there.

Pure. `read(path)` is the one door; whatever is wrong is said with its place in the file. Every declaration
that stands for many rows says where it applies (`at` every place of a kind, `places` by code, or wherever an
`organisation` is) and how many there are: `each`, a list of `counts` in order, or a total `spread` evenly
within a place. Nothing is random: the same file always expands to the same rows (`expansion.py`).
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator

from services.hierarchy.contact_sheets.rules import SheetRules
from services.hierarchy.organisations.rules import Kind as OrganisationKind
from services.hierarchy.places.inputs import ZoneType
from services.hierarchy.structures.equipment import Equipped, RosterSpec, VisitsSpec
from services.hierarchy.structures.references import BROKEN_REFERENCE, Broken, refuse, repeated, unknown
from services.hierarchy.structures.structure import (
    Count,
    Key,
    Model,
    PlaceCode,
    PlaceKind,
    Structure,
)
from services.hierarchy.venues.inputs import Resident, VenueKind

COMMUNITIES = Path(__file__).parent.parent / "communities"

Figures = Literal["article", "invented"]

Category = Annotated[str, Field(pattern=r"^(\*|(JC|RJ|MD|KN|WY)(\d\d)?)$")]
Attributes = dict[str, str | int | float | bool | tuple[str, ...]]


class DocumentError(ValueError):
    """A data file that cannot be loaded as it stands."""


class PlaceSpec(Model):
    """One place by its full code. The parent follows from the code unless a level lies between."""

    code: PlaceCode
    parent: PlaceCode | None = None
    kind: PlaceKind
    name: str
    invented: bool = False
    zone_type: ZoneType | None = None
    area_km2: float | None = None
    households: Count | None = None
    residents: Count | None = None
    figures: Figures = "article"
    attributes: Attributes = Field(default_factory=dict)

    def parent_code(self) -> str | None:
        lengths = {6: None, 9: self.code[:6], 12: self.code[:9], 15: self.code[:12]}
        implied = self.code.rpartition("-")[0] or lengths[len(self.code)]
        return self.parent or implied


class Placed(Model):
    """Where a declaration applies, and how many it makes there."""

    at: PlaceKind | None = None
    places: tuple[PlaceCode, ...] = ()
    where: Attributes = Field(default_factory=dict)
    each: Count = 1
    counts: tuple[Count, ...] | None = None
    spread: dict[PlaceCode, Count] | None = None

    @model_validator(mode="after")
    def _one_way_to_count(self) -> Self:
        if self.at is not None and self.places:
            raise ValueError("takes either at or places")
        given = {"each", "counts", "spread"} & self.model_fields_set
        if len(given) > 1:
            raise ValueError(f"takes one of each, counts and spread, not {' and '.join(sorted(given))}")
        return self


class Series(Placed):
    """Many places alike. `households`: a pattern that repeats, or "split" the parent's number among them.

    The first ones may bear real `names`; that they stand where they stand is invented all the same.
    """

    kind: PlaceKind
    name: str
    names: tuple[str, ...] = ()
    invented: bool = True
    zone_type: ZoneType | None = None
    households: tuple[Count, ...] | Literal["split"] | None = None
    residents: tuple[Count, ...] | None = None
    attributes: Attributes = Field(default_factory=dict)


class Samples(Model):
    """Sample households of one place; `tags` repeat, an empty one is a household without."""

    place: PlaceCode
    count: Count
    tags: tuple[str, ...] = ("",)


class Answers(Model):
    """What an organisation answers for: its own place, or every place of kind `at` within it."""

    categories: tuple[Category, ...]
    order: int
    at: PlaceKind | None = None


class OrganisationSpec(Placed):
    key: Key
    kind: OrganisationKind
    name: str
    parent: Key | None = None
    invented: bool = True
    answers: Answers | None = None
    attributes: Attributes = Field(default_factory=dict)


class VenueSpec(Placed, Equipped):
    key: Key
    kind: VenueKind
    name: str
    names: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    staffed: Count = 0  # so many of them, the first ones, have someone on the spot,
    residents: tuple[Resident, ...] = ("staff",)  # namely one of these, in turn
    invented: bool = True


class PeopleSpec(Placed):
    """People who hold no post of their own; posts may be filled from them (`drawn_from = key`)."""

    key: Key
    name: str
    party_per_ten: Annotated[int, Field(ge=0, le=10)] = 0


class StaffSpec(Placed):
    """Seats of a post and who sits there: someone new, or in turn the holders of another post nearby.

    `expertise`: they are in the pool of experts, each for one of these fields in turn.
    """

    post: Key
    organisation: Key | None = None
    drawn_from: Key | None = None
    party_per_ten: Annotated[int, Field(ge=0, le=10)] = 0
    sources: tuple[str, ...] = ("任命",)
    expertise: tuple[str, ...] = ()


class Totals(Model):
    """The article's totals. Expansion stops if the rows come to anything else."""

    places: dict[PlaceKind, Count] = Field(default_factory=dict)
    organisations: dict[OrganisationKind, Count] = Field(default_factory=dict)
    posts: dict[Key, Count] = Field(default_factory=dict)
    venues: dict[VenueKind, Count] = Field(default_factory=dict)
    people: dict[Key, Count] = Field(default_factory=dict)
    households: Count | None = None
    residents: Count | None = None


class Community(Model):
    """One data file."""

    name: str
    article: int
    phone_prefix: Annotated[str, Field(pattern=r"^100\d{1,3}$")]
    totals: Totals
    structure: Structure
    places: Annotated[tuple[PlaceSpec, ...], Field(min_length=1)]
    series: tuple[Series, ...] = ()
    samples: tuple[Samples, ...] = ()
    organisations: tuple[OrganisationSpec, ...] = ()
    venues: tuple[VenueSpec, ...] = ()
    visits: tuple[VisitsSpec, ...] = ()
    rosters: tuple[RosterSpec, ...] = ()
    contact_sheet: SheetRules | None = None
    people: tuple[PeopleSpec, ...] = ()
    staff: tuple[StaffSpec, ...] = ()

    @property
    def district(self) -> str:
        return self.places[0].code

    @model_validator(mode="after")
    def _references(self) -> Self:
        refuse([*self._broken_places(), *self._broken_declarations(), *self._broken_staff()])
        return self

    def _broken_places(self) -> Iterator[Broken]:
        yield from repeated("places", [place.code for place in self.places])
        above: set[str] = set()
        for i, place in enumerate(self.places):
            if not place.code.startswith(self.district):
                zh = f"{place.code} 不在区县 {self.district} 之内"
                yield Broken(f"places[{i}].code", zh, f"{place.code} is outside the district {self.district}")
            if i and place.parent_code() not in above:
                en = f"the parent {place.parent_code()} is not declared above {place.code}"
                yield Broken(f"places[{i}]", f"{place.code} 前面没有上级 {place.parent_code()}", en)
            above.add(place.code)
        if self.places[0].kind != "district":
            en = f"the first place is the district, not a {self.places[0].kind}"
            yield Broken("places[0].kind", "第一个地点应为区县", en)
        yield from unknown("structure.place", "地点", self.structure.place, above)

    def _broken_declarations(self) -> Iterator[Broken]:
        keys = [spec.key for spec in self.organisations]
        yield from repeated("organisations", keys)
        yield from repeated("venues", [spec.key for spec in self.venues])
        for i, spec in enumerate(self.organisations):
            yield from unknown(f"organisations[{i}].parent", "组织", spec.parent, keys[:i])
        tables: dict[str, Sequence[Series | OrganisationSpec | VenueSpec | PeopleSpec]] = {
            "series": self.series,
            "organisations": self.organisations,
            "venues": self.venues,
            "people": self.people,
        }
        for table, declarations in tables.items():
            for i, placed in enumerate(declarations):
                yield from _broken_template(f"{table}[{i}].name", placed.name)
                if placed.at is None and not placed.places:
                    yield Broken(f"{table}[{i}]", "须填 at 或 places", "needs at or places")

    def _broken_staff(self) -> Iterator[Broken]:
        posts = [post.key for post in self.structure.posts]
        pools = [spec.key for spec in self.people]
        yield from repeated("people", [*pools, *posts])
        for i, roster in enumerate(self.rosters):
            yield from unknown(f"rosters[{i}].venue", "阵地", roster.venue, [venue.key for venue in self.venues])
            for key in roster.posts:
                yield from unknown(f"rosters[{i}].posts", "岗位", key, posts)
        for key in self.contact_sheet.numbers if self.contact_sheet else ():
            yield from unknown("contact_sheet.numbers", "岗位或组织", key, [*posts, *get_args(OrganisationKind)])
        yield from repeated(
            "people", [*(spec.name for spec in self.people), *(post.name for post in self.structure.posts)]
        )
        for i, spec in enumerate(self.staff):
            where = f"staff[{i}]"
            yield from unknown(f"{where}.post", "岗位", spec.post, posts)
            yield from unknown(f"{where}.organisation", "组织", spec.organisation, [o.key for o in self.organisations])
            earlier = [*pools, *(other.post for other in self.staff[:i])]
            yield from unknown(f"{where}.drawn_from", "人员", spec.drawn_from, earlier)
            if spec.at is None and not spec.places and spec.organisation is None:
                yield Broken(where, "须填 at、places 或 organisation", "needs at, places or organisation")


def _broken_template(where: str, template: str) -> Iterator[Broken]:
    try:
        template.format(place="", n=1, i=1)
    except (KeyError, IndexError, ValueError) as error:
        zh = f"“{template}”只能用 {{place}}、{{n}} 和 {{i}}"
        yield Broken(where, zh, f"{template!r} may use {{place}}, {{n}} and {{i}} only ({error})")


def read(path: Path) -> Community:
    """Read one data file. DocumentError says what is wrong, and where in the file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DocumentError(f"{path}: {error}") from error
    try:
        return Community.model_validate(content)
    except ValidationError as error:
        raise DocumentError("\n".join(f"{path}: {line}" for line in _lines(error))) from error


def _lines(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in item["loc"]).lstrip(".")
        if item["type"] == BROKEN_REFERENCE:  # each line already begins with its place below this one
            yield from (f"{place}.{line}".lstrip(".") for line in item["msg"].splitlines())
        else:
            yield f"{place}: {item['msg'].removeprefix('Value error, ')}".removeprefix(": ")


def shipped() -> list[Path]:
    """The data files that come with the program."""
    return sorted(COMMUNITIES.glob("*.toml"))
