"""What moving a place takes. Pure."""

from pydantic import Field

from services.hierarchy.places.inputs import PlaceCode
from shared.schemas.base import Body


class MovePlace(Body):
    """Where it is to lie."""

    parent: PlaceCode = Field(
        description="Code of the place that it will lie in (新上级编码).", examples=["141021100003"]
    )
