"""What clients see of places."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef


class DistrictView(View):
    """A district that this server serves."""

    code: str = Field(description="Six-digit GB/T 2260 code (区县代码).", examples=["141021"])
    name: str = Field(examples=["曲沃县"])


class PlaceView(PlaceRef):
    """A place with what is known about it. Figures are null where nobody has given any."""

    zone_type: str | None = Field(description="Such as `old_estate` 老旧小区.", examples=["old_estate"])
    area_km2: float | None = Field(description="Area in square kilometres (面积).", examples=[3.5])
    households: int | None = Field(description="Households (户数), as reported for this place itself.", examples=[8274])
    residents: int | None = Field(description="Residents (人数), as reported for this place itself.", examples=[22335])
    invented: bool = Field(description="True for what the sources do not name and the demonstration made up (虚构).")
    attributes: dict[str, Any] = Field(description="What this community records besides.")
    version: int


class PastPlace(PlaceRef):
    """A place as it was at the end of a past day."""

    on: date
    zone_type: str | None
    parent: str | None = Field(description="Code of the place that it lay in.", examples=["141021100002"])


class Episode(View):
    """What a place was for a while."""

    since: datetime
    until: datetime | None = Field(description="Null while it lasts.")
    kind: str
    name: str
    zone_type: str | None
    parent: str | None = Field(description="Code of the place that it lay in.")


class PlaceHistory(View):
    """What a place was, from its beginning on."""

    code: str
    gone_at: datetime | None
    how: Literal["merge", "split", "close"] | None
    successors: list[str] = Field(description="Codes of the places that took over, as they were then.")
    episodes: list[Episode]


class GoneRef(View):
    """A place that is gone, and what lies there now."""

    code: str
    how: Literal["merge", "split", "close"]
    on: date
    successors: list[str]


class FoundPlaces(View):
    """What was found of the codes that were asked for."""

    places: list[PlaceRef]
    gone: list[GoneRef]
    unknown: list[str] = Field(
        description="The codes that are of no place, or of one outside the caller's scope: nobody is told which."
    )


class ShareView(View):
    """How many residents belong to a group (人口构成)."""

    group: str = Field(examples=["working_away"])
    label: str = Field(examples=["外出务工"])
    count: int = Field(examples=[1357])
    percent: float | None = Field(
        description="Of all residents, worked out; null without their number.", examples=[20.02]
    )


class KindCount(View):
    """How many places of one kind lie below, and the sums of their own figures."""

    kind: str = Field(examples=["compound"])
    count: int = Field(examples=[14])
    invented: int = Field(description="How many of them are invented.", examples=[9])
    households: int | None = Field(description="Sum over those that have a figure; null if none has.", examples=[8274])
    residents: int | None = Field(examples=[22335])


def place_facts(place: Any) -> frozenset[str]:  # noqa: ANN401 - a row
    """`place_there` for the workflow of whatever lies at a place: nothing comes back to one that was closed."""
    return frozenset({"place_there"} if place else ())
