"""What hierarchy tells the other services about places that changed, and answers in bulk."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.schemas.base import Body, Code, View
from shared.schemas.hierarchy import PlaceRef

PlacePath = Annotated[str, StringConstraints(pattern=r"^([0-9a-z]{4}){1,16}$", max_length=64)]


class PathMove(Body):
    """What lay at a path and below lies at another one now. A path is never given twice."""

    old: PlacePath
    new: PlacePath


class PlaceNow(Body):
    """The place that took over from one that is gone."""

    code: Code = Field(description="Code of the place that is gone.")
    place: PlaceRef


class PlaceChange(Body):
    """One change of the place tree. Changes of a district come in the order of `order`."""

    order: int = Field(ge=1)
    place_id: UUID
    code: Code
    event: Literal["move", "rename", "merge", "split", "close"]
    moves: list[PathMove] = Field(max_length=5000, description="To be applied one after the other.")
    stale: list[PlacePath] = Field(max_length=100, description="At and below these, names are not what they were.")
    now: list[PlaceNow] = Field(max_length=10)


class NotedChange(View):
    """The change was taken down and is being followed."""

    order: int


class OpenCounts(Body):
    """Asks how many appeals are open below places."""

    within: PlacePath = Field(description="All of the paths lie at it or below.")
    paths: list[PlacePath] = Field(min_length=1, max_length=500)


class OpenCounted(View):
    """One number per path, in their order."""

    counts: list[int]
