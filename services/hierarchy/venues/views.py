"""What clients see of venues."""

from pydantic import Field

from shared.schemas.base import View


class VenueCount(View):
    """How many venues of one kind there are at a place and below, and how many have someone on the spot."""

    kind: str = Field(examples=["station"])
    count: int = Field(examples=[12])
    staffed: int = Field(description="With a resident social worker or grid worker (有人常驻).", examples=[6])
    invented: int = Field(description="How many of them are invented (虚构).")
