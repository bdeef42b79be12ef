"""组织架构: the part of a community's data file that says how it organises itself, stored as a document.

Pure. The ladder of levels (each a place kind or a post), the posts with their spans, and the quotas that
`rules.py` checks. How many places and people there are is not said here but beside it (`document.py`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from services.hierarchy.organisations.rules import Kind as OrganisationKind
from services.hierarchy.places.inputs import ZoneType
from services.hierarchy.structures.references import broken_references, refuse
from services.hierarchy.venues.inputs import VenueKind
from shared.kernel.errors import Wrong

PlaceKind = Literal[
    "district",
    "street",
    "community",
    "area",
    "compound",
    "grid",
    "micro_grid",
    "group",
    "neighbour_group",
    "building",
    "staircase",
    "household",
    "shop",
    "office_building",
]
PostRole = Literal[
    "building_head",
    "post_holder",
    "grid_worker",
    "community_staff",
    "department",
    "partner",
    "mediator",
    "operator",
]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
PlaceCode = Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12}|\d{15})(-[A-Z]\d+)*$")]
TopCategory = Literal["*", "JC", "RJ", "MD", "KN", "WY"]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Origin = Literal["self", "recommended", "recruited", "service_purchase"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(Model):
    """One step of the community's ladder, the top first. `of`: a place kind, or the post that is it.

    A level that is there but that the community does not count (五级 with six names) is not `counted`.
    """

    key: Key
    name: Name
    aliases: tuple[Name, ...] = ()
    kind: Literal["place", "role"]
    of: Name
    counted: bool = True


def _in_order(low: int, high: int) -> None:
    if low > high:
        raise Wrong(f"最少 {low} 多于最多 {high}", f"min {low} is more than max {high}")


class Span(Model):
    """管理幅度: how many `unit`s one holder of the post answers for. `source`: where it is written (依据)."""

    min: Count
    max: Count
    unit: PlaceKind = "household"
    source: Words | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.min, self.max)
        return self


class PostKind(Model):
    """岗位. A post without `categories` answers for no place; `order` sorts a chain, the nearest first.

    `criteria` are what a candidate is scored by, `origins` how one may be found (any way, without them).
    """

    key: Key
    name: Name
    level: Key
    role: PostRole
    categories: tuple[TopCategory, ...] = ()
    order: Annotated[int, Field(ge=0, le=1000)] = 0
    appointed_by: Name
    span: Span | None = None
    term_years: Annotated[int, Field(ge=1, le=30)] | None = None
    full_time: bool = False
    duties: tuple[Words, ...] = ()
    criteria: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    origins: tuple[Origin, ...] = ()


class SeatsQuota(Model):
    """How many holders of a post each place of a kind, or each organisation of a kind, has."""

    kind: Literal["seats"]
    post: Key
    place: PlaceKind | None = None
    organisation: OrganisationKind | None = None
    min: Count
    max: Count
    source: Words | None = None

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if (self.place is None) == (self.organisation is None):
            raise Wrong("place 与 organisation 须填且只填一项", "needs either place or organisation")
        _in_order(self.min, self.max)
        return self


class PartyShareQuota(Model):
    """The least share of party members among the holders of `post` in each organisation of a kind."""

    kind: Literal["party_share"]
    post: Key
    organisation: OrganisationKind
    min_percent: Annotated[int, Field(ge=0, le=100)]
    source: Words | None = None


class HoldsQuota(Model):
    """Whoever holds `post` must hold `other` as well."""

    kind: Literal["holds"]
    post: Key
    other: Key
    source: Words | None = None


class LimitQuota(Model):
    """Nobody holds more than `max` of these posts together."""

    kind: Literal["limit"]
    posts: Annotated[tuple[Key, ...], Field(min_length=1)]
    max: Annotated[int, Field(ge=1, le=1000)]
    source: Words | None = None


class PresentQuota(Model):
    """How many organisations or venues of a kind each place of a kind has (一小区一支部、一支部一客厅).

    `name` is what the community calls them.
    """

    kind: Literal["present"]
    place: PlaceKind
    organisation: OrganisationKind | None = None
    venue: VenueKind | None = None
    name: Name
    min: Count
    max: Count
    source: Words | None = None

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if (self.organisation is None) == (self.venue is None):
            raise Wrong("organisation 与 venue 须填且只填一项", "needs either organisation or venue")
        _in_order(self.min, self.max)
        return self


class SizeQuota(Model):
    """How large each place of a kind is, in `unit`s: one beyond it is to be split or joined to another (拆分标准)."""

    kind: Literal["size"]
    place: PlaceKind
    unit: PlaceKind = "household"
    min: Count = 0
    max: Count
    source: Words | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.min, self.max)
        return self


Quota = Annotated[
    SeatsQuota | PartyShareQuota | HoldsQuota | LimitQuota | PresentQuota | SizeQuota, Field(discriminator="kind")
]


class VisitFloor(Model):
    """走访底数: how many different households everybody on a roll visits a month at least (每名党员每月≥3户)."""

    roll: Key
    households: Annotated[int, Field(ge=1, le=1000)]
    source: Words | None = None


class Zone(Model):
    """分区清单: what is looked at in quarters of this kind (出租屋区：人房联动、隐患排查)."""

    zone_type: ZoneType
    checklist: Annotated[tuple[Words, ...], Field(min_length=1, max_length=30)]
    source: Words | None = None


class Structure(Model):
    """组织架构: the ladder, its posts and its quotas. This part is stored as a document."""

    name: Name
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    in_force: date
    place: PlaceCode
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=30)]
    posts: Annotated[tuple[PostKind, ...], Field(max_length=200)]
    quotas: Annotated[tuple[Quota, ...], Field(max_length=300)] = ()
    visits: Annotated[tuple[VisitFloor, ...], Field(max_length=20)] = ()
    zones: Annotated[tuple[Zone, ...], Field(max_length=20)] = ()

    def post(self, key: str) -> PostKind | None:
        """The post of that key."""
        return next((post for post in self.posts if post.key == key), None)

    @model_validator(mode="wrap")
    @classmethod
    def _references(cls, content: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - whatever stands there
        structure = handler(content)
        if isinstance(content, Mapping):
            refuse(broken_references(content, get_args(PlaceKind)))
        return structure
