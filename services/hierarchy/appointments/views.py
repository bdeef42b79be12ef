"""What clients see of posts."""

from pydantic import Field

from shared.kernel.rights import Role
from shared.schemas.base import View


class PostCount(View):
    """How many posts of one kind there are at a place and below, and how many are held today."""

    kind: str = Field(examples=["building_head"])
    label: str = Field(description="What this community calls it (岗位名称).", examples=["楼长"])
    role: Role
    count: int = Field(examples=[1373])
    held: int = Field(description="Posts with a holder today (在任).", examples=[1373])
    households_each: float | None = Field(
        description="Households of the place per holder (每岗户数): by its own figure, or else the sum of the nearest "
        "parts that have one; null where there is none, where nobody holds it, and on a day gone by, of which no "
        "figures are kept.",
        examples=[40.0],
    )
