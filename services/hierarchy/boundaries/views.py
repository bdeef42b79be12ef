"""What clients see of boundaries: GeoJSON (RFC 7946), and what lies at a point."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from services.hierarchy.boundaries.inputs import Crs
from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef, ResponsibilityChain


class Outline(View):
    """What is known about an outline."""

    code: str = Field(examples=["141021100002001"])
    name: str
    full_name: str
    kind: str = Field(examples=["grid"])
    area_m2: float = Field(description="Area in square metres, to about a thousandth (面积).", examples=[120000.0])
    vertices: int
    given_as: Crs
    crs: Crs = Field(description="What the coordinates of this answer are.")
    since: datetime
    until: datetime | None = Field(description="Null while it holds.")


class Boundary(View):
    """The outline of a place, as a GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    id: str = Field(description="Code of the place.")
    geometry: dict[str, Any]
    properties: Outline


class BoundaryFault(View):
    """An outline that contradicts another."""

    kind: Literal["outside", "overlap"] = Field(
        description="`outside`: it leaves the nearest outline above; `overlap`: with a neighbour of its kind."
    )
    code: str = Field(examples=["141021100002001"])
    name: str
    other: str = Field(description="Code of the place above, or of the neighbour.", examples=["141021100002"])
    area_m2: int = Field(description="How much of it, in square metres.", examples=[34300])
    zh: str
    en: str


class BoundaryFaults(View):
    """What outlines at a place and below say against each other."""

    code: str
    outlines: int = Field(description="How many were looked at.")
    count: int = Field(description="How many faults there are; 500 are shown.")
    items: list[BoundaryFault]


class PostHolders(View):
    """How many people hold posts of one kind."""

    post: str = Field(examples=["网格员"])
    held: int = Field(examples=[1])
    vacant: int = Field(examples=[0])


class Live(View):
    """A place on the map with what there is at this moment."""

    code: str
    name: str
    full_name: str
    kind: str
    path: str
    premises: str | None = Field(description="Of an exclusive grid (专属网格): of what.")
    area_m2: float | None
    households: int | None = Field(description="As reported, or else counted below.")
    residents: int | None
    posts: list[PostHolders]
    open_tickets: int | None = Field(description="Appeals that are not closed; null while tickets cannot be asked.")


class Mark(View):
    """One place as a GeoJSON feature; without a boundary its geometry is null."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any] | None
    properties: Live


class PlaceMap(View):
    """A page of the map, as a GeoJSON feature collection."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Mark]
    crs_name: Crs
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one.")


class FoundPoint(View):
    """What lies at a point. The smallest place whose outline holds it, and the grid: an exclusive one goes first."""

    lon: float
    lat: float
    place: PlaceRef | None
    grid: PlaceRef | None


class FoundPoints(View):
    """One answer per point, in their order."""

    points: list[FoundPoint]


class AtPoint(FoundPoint):
    """What lies at a point, and who answers for it."""

    within: list[PlaceRef] = Field(description="All whose outlines hold the point, the smallest first.")
    responsible: ResponsibilityChain | None = Field(
        description="Null for callers who may not ask who answers (`responsibility.read`), or where nothing was found."
    )
