"""What moving, merging, splitting and closing a place take. Pure."""

from pydantic import Field

from services.hierarchy.places.inputs import Name, PlaceCode, Why
from shared.schemas.base import Body


class NewParent(Body):
    """Where it is to lie."""

    parent: PlaceCode = Field(
        description="Code of the place that it will lie in (新上级编码).", examples=["141021100003"]
    )
    reason: Why | None = None


class MergePlace(Body):
    """What it becomes a part of."""

    into: PlaceCode = Field(
        description="Code of the place that takes it in, of the same kind (并入的地点编码).",
        examples=["141021100002001"],
    )
    reason: Why | None = None


class SplitPart(Body):
    """One of the places that come of a split."""

    name: Name = Field(examples=["第五网格（东）"])
    code: PlaceCode | None = Field(None, description="Left out, the next free code is given (编码).")
    children: list[PlaceCode] = Field(
        [], max_length=1000, description="Codes of the places directly below that lie in this part (划入的下级)."
    )


class SplitPlace(Body):
    """The parts. What is not named under `children`, and what hangs on the place itself, goes to the first."""

    parts: list[SplitPart] = Field(min_length=2, max_length=20)
    reason: Why | None = None


class ClosePlace(Body):
    """撤销."""

    reason: Why | None = None
