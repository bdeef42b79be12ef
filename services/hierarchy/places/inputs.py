"""What questions about places and changes of places take. Pure."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.hierarchy.places.rules import Group
from shared.schemas.base import Body, Line

PlaceCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Field(
        description="Code of the place: official digits, then `-` and a short token per level (地点编码).",
        examples=["141021100002"],
    ),
]
PlaceKind = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^[a-z_]+$"),
    Field(description="Only this kind (地点类别).", examples=["grid"]),
]
NewKind = Literal[
    "street", "community", "area", "compound", "grid", "micro_grid", "group", "neighbour_group", "building",
    "staircase", "household", "shop", "office_building",
]  # fmt: skip
ZoneType = Annotated[
    Literal["rental_housing", "resettlement", "commodity_housing", "old_estate", "business"],
    Field(description="What kind of quarter it is (片区类型)."),
]
Premises = Annotated[
    Literal["office", "shop", "market", "park", "school", "hospital", "site"],
    Field(
        description="Makes the grid an exclusive one (专属网格) of such premises: an office building, shops, a market. "
        "It may lie inside an ordinary grid, and goes before it where a point lies in both."
    ),
]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=100)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Area = Annotated[float, Field(gt=0, le=100_000, description="Area in square kilometres (面积).")]
Built = Annotated[
    int, Field(ge=1900, le=2100, description="The year in which it was built (建成年份), as for old estates.")
]
Demographics = Annotated[
    dict[Group, Count],
    Field(
        description="Residents of a group (人口构成); what is not named stays. The percentages are worked out.",
        examples=[{"elderly": 1220, "living_alone": 339, "working_away": 1357}],
    ),
]
Why = Annotated[
    Line,
    StringConstraints(max_length=200),
    Field(
        description="Document or reason, with its own date if that is another; journaled (依据).",
        examples=["示例街道〔2026〕11 号：自 11 月 1 日起合并"],
    ),
]


class NewPlace(Body):
    """A place that is to be made."""

    parent: PlaceCode = Field(description="Code of the place that it lies in (上级编码).", examples=["141021100002"])
    kind: NewKind
    name: Name = Field(examples=["第二十七网格"])
    code: PlaceCode | None = Field(
        None,
        description="Left out, the next free one is given: 12 digits to a community, 15 to a grid (its community's 12 "
        "and 3 more), the parent's code with a letter and a number to everything else. Streets must bring theirs.",
    )
    zone_type: ZoneType | None = None
    premises: Premises | None = None
    built: Built | None = None
    area_km2: Area | None = None
    households: Count | None = Field(None, description="Households (户数).")
    residents: Count | None = Field(None, description="Residents (人数).")


class EditPlace(Body):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    zone_type: ZoneType | None = None
    premises: Premises | None = None
    built: Built | None = None
    area_km2: Area | None = None
    households: Count | None = Field(None, description="Households (户数).")
    residents: Count | None = Field(None, description="Residents (人数).")
    demographics: Demographics | None = None
    reason: Why | None = None


class LookUp(Body):
    """Codes that another service wants to know about."""

    codes: list[PlaceCode] = Field(min_length=1, max_length=500)
