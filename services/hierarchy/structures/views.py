"""What clients see of structures, of what breaches them, and the figures of a place in one answer."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.appointments.views import PostCount
from services.hierarchy.organisations.views import OrganisationCount
from services.hierarchy.people.views import PeopleCount
from services.hierarchy.places.views import KindCount, PlaceView, ShareView
from services.hierarchy.structures.rules import Violation
from services.hierarchy.venues.views import VenueCount
from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef


class StructureView(View):
    """A community's way of organising itself, as data: levels, posts with their spans, quotas."""

    place: PlaceRef = Field(description="The place it belongs to; it holds for all below.")
    version: int
    in_force: date
    document: dict[str, Any] = Field(description="Levels, posts and quotas as the community's data file has them.")


class StructureSummary(View):
    """One version in the list of a place's."""

    id: UUID
    number: int = Field(description="The document's own version (第几版).", examples=[2])
    version: int = Field(description="Goes up with every change of state; for If-Match.")
    name: str = Field(examples=["三长制"])
    step: str = Field(examples=["draft"])
    step_label: str = Field(
        description="The step as it stands today (今天的状态).", examples=["现行（至 11月30日）", "待生效（12月1日起）"]
    )
    in_force: date = Field(description="From this day on; of a draft, the day that its document wishes for.")
    until: date | None = Field(description="Its last day, where a newer version takes over.")
    created_at: datetime


class StructureVersion(StructureSummary):
    """One version with its document."""

    place: PlaceRef
    document: dict[str, Any]
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class Breach(View):
    """One breach of a structure: what was expected, what is there, and where that is written."""

    rule: str = Field(examples=["span"])
    hard: bool = Field(description="Whether it stands in the way of activating a structure (须整改).")
    about: str = Field(description="What `subject` is: post, place, organisation or person.", examples=["post"])
    subject: str = Field(
        description="Its code, or the person's id.", examples=["370704003900001-X01-B01-building_head"]
    )
    expected: str = Field(examples=["30–50"])
    found: int = Field(examples=[51])
    zh: str = Field(examples=["楼长应负责30–50户，现为51户"])
    en: str
    source: str | None = Field(description="Where the rule is written (依据).")


class ChecklistView(View):
    """What is looked at in a quarter of this kind (分区清单)."""

    zone: PlaceRef = Field(description="The quarter: this place, or the nearest above that has a zone type.")
    zone_type: str = Field(examples=["rental_housing"])
    checklist: list[str] = Field(examples=[["人房联动", "隐患排查"]])
    source: str | None = Field(description="Where it is written (依据).")


class PostSpan(View):
    """管理幅度 of one post: what its holders answer for, each and together."""

    post: str = Field(examples=["neighbour_head"])
    name: str = Field(examples=["邻长"])
    unit: str = Field(examples=["household"])
    min: int = Field(examples=[5])
    max: int = Field(examples=[15])
    holders: int = Field(examples=[1112])
    smallest: int | None = Field(examples=[5])
    largest: int | None = Field(examples=[15])
    total: int = Field(examples=[11123])
    average: float | None = Field(examples=[10.0])
    reach_min: int = Field(description="Holders × min: what they reach at least by the rule.", examples=[5560])
    reach_max: int = Field(description="Holders × max.", examples=[16680])
    source: str | None


class LevelView(View):
    """One level of the ladder as it really is."""

    key: str = Field(examples=["group"])
    name: str = Field(examples=["组"])
    aliases: list[str] = Field(description="Other names of the level (别称).", examples=[["居民组", "小区"]])
    kind: str = Field(description="`place`, or `role` where the level is a post (级是角色).", examples=["place"])
    of: str = Field(description="Which places or whose holders.", examples=["group"])
    counted: bool = Field(description="Whether the community counts it as a level (五级 may have six names).")
    count: int | None = Field(description="How many there are here: places, households, holders.", examples=[217])
    smallest: int | None = Field(description="Per place of the level above; null for the first one, and for roles.")
    largest: int | None
    average: float | None = Field(description="To one decimal (每片平均组数).", examples=[4.3])


class Linted(View):
    """What a structure says about what is there. `counts` are complete; `items` are a page."""

    place: PlaceRef
    number: int = Field(description="The structure's version (第几版).")
    name: str
    on: date
    hard: int
    soft: int
    counts: dict[str, int] = Field(description="Violations by rule.", examples=[{"span": 3, "vacancy": 1}])
    levels: list[LevelView] = Field(description="The ladder, the top first (层级).")
    spans: list[PostSpan]
    items: list[Breach]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one.")


class Side(View):
    """One side of a what-if, in figures."""

    number: int
    hard: int
    soft: int
    counts: dict[str, int]
    spans: list[PostSpan]


class Tried(View):
    """Before and after. `added` and `gone` hold the first 500 breaches of each; the figures are complete."""

    place: PlaceRef
    on: date
    before: Side
    after: Side
    added: list[Breach] = Field(description="Breaches that the change brings (新增).")
    gone: list[Breach] = Field(description="Breaches that the change mends (消除).")


class PlaceSummary(View):
    """The figures of a place, counted from the rows now."""

    place: PlaceView
    on: date = Field(description="The day on which posts are counted as held.")
    demographics: list[ShareView] = Field(description="Groups of residents of the place itself (人口构成).")
    places: list[KindCount] = Field(description="Places below, by kind (下级地点).")
    organisations: list[OrganisationCount] = Field(description="Organisations here and below (组织).")
    posts: list[PostCount] = Field(description="Posts here and below, and how many are held (岗位与在任).")
    people: list[PeopleCount] = Field(description="People listed here and below, by roll (人员).")
    venues: list[VenueCount] = Field(description="Venues here and below (阵地).")
    sample_households: int = Field(
        description="Household rows there are; how many households, say `place` and `places`."
    )


def breaches(found: Iterable[Violation]) -> list[Breach]:
    """As clients see them."""
    return [
        Breach(
            rule=one.rule, hard=one.hard, about=one.about, subject=one.subject, expected=one.expected,
            found=one.found, zh=one.zh, en=one.en, source=one.source,
        )
        for one in found
    ]  # fmt: skip
