"""What clients see of structures, and the figures of a place in one answer."""

from datetime import date
from typing import Any

from pydantic import Field

from services.hierarchy.appointments.views import PostCount
from services.hierarchy.organisations.views import OrganisationCount
from services.hierarchy.people.views import PeopleCount
from services.hierarchy.places.views import KindCount, PlaceView
from services.hierarchy.venues.views import VenueCount
from shared.schemas.base import View
from shared.schemas.hierarchy import PlaceRef


class StructureView(View):
    """A community's way of organising itself, as data: levels, posts with their spans, quotas."""

    place: PlaceRef = Field(description="The place it belongs to; it holds for all below.")
    version: int
    in_force: date
    document: dict[str, Any] = Field(description="Levels, posts and quotas as the community's data file has them.")


class PlaceSummary(View):
    """The figures of a place, counted from the rows now."""

    place: PlaceView
    on: date = Field(description="The day on which posts are counted as held.")
    places: list[KindCount] = Field(description="Places below, by kind (下级地点).")
    organisations: list[OrganisationCount] = Field(description="Organisations here and below (组织).")
    posts: list[PostCount] = Field(description="Posts here and below, and how many are held (岗位与在任).")
    people: list[PeopleCount] = Field(description="People listed here and below, by roll (人员).")
    venues: list[VenueCount] = Field(description="Venues here and below (阵地).")
    sample_households: int = Field(
        description="Household rows there are; how many households, say `place` and `places`."
    )
