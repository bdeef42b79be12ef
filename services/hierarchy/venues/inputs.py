"""What venues take: new ones, changes, single days that differ, and how many came. Pure."""

import unicodedata
from datetime import date, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.venues.rules import DayPart, Parts, Week, every_day
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Line

VenueKind = Literal["station", "parlour", "window", "mediation_room", "studio", "informal", "room"]
Resident = Literal["social_worker", "grid_worker", "staff", "volunteer"]
Residing = Annotated[
    Resident | None,
    Field(
        description="Who is always there: a social worker 社工, a grid worker 网格员, staff, a volunteer; null: "
        "whoever the roster names (常驻人员，空为轮值).",
        examples=["social_worker"],
    ),
]
LONGEST = timedelta(days=366)
Labels = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")], ...],
    Field(max_length=40),
]
Number = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9+][0-9 -]{2,19}$"),
    Field(description="A number to be rung: public, nobody's own (对外电话).", examples=["12345"]),
]


def _plain(given: object) -> object:
    return unicodedata.normalize("NFKC", given) if isinstance(given, str) else given


Address = Annotated[
    Line,
    BeforeValidator(_plain),  # figures and brackets are the same from every keyboard
    Field(description="Where to find it, in words (详细地址).", examples=["示例路1号东门一层"]),
]
Capacity = Annotated[
    int | None, Field(ge=1, le=10_000, description="People at a time; null is not booked (可容纳人数).", examples=[30])
]
STATION_HOURS = every_day(DayPart(opens="08:00", closes="21:00"))


class NewVenue(Body):
    """A venue (阵地), or a room of one."""

    kind: VenueKind
    name: Line = Field(examples=["贡院西街驿站"])
    place: PlaceCode | None = Field(None, description="Where it lies; a room lies where its venue does.")
    part_of: UUID | None = Field(None, description="The venue that this room belongs to (所属阵地).")
    functions: Labels = Field((), description="What one can do there (功能).", examples=[["民情恳谈角", "代办"]])
    amenities: Labels = Field((), description="What is there to be used (设施).", examples=[["饮水机", "充电器"]])
    resident: Residing = None
    capacity: Capacity = None
    approval: bool = Field(True, description="Bookings are decided by the community (预约需审核).")
    phone: Number | None = None
    address: Address | None = None
    hours: Week | None = Field(
        None, description="When it is open; left out: every day 08:00–21:00; a room: as its venue."
    )

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        if (self.kind == "room") != (self.part_of is not None) or (self.place is None) != (self.kind == "room"):
            raise Wrong(
                "房间（room）须填写所属场所（part_of），不填 place；其他场所须填写 place，不填 part_of",
                "a room needs part_of and no place; any other venue needs place and no part_of",
            )
        return self


_NEVER_EMPTY = ("name", "functions", "amenities", "approval", "hours")


class VenueEdit(Body):
    """What is left out stays as it is; null empties what may be empty."""

    name: Line | None = None
    functions: Labels | None = None
    amenities: Labels | None = None
    resident: Residing = None
    capacity: Capacity = None
    approval: bool | None = None
    phone: Number | None = None
    address: Address | None = None
    hours: Week | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        for name in _NEVER_EMPTY:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise Wrong(f"{name} 不能为 null；不修改就不要填", f"{name} cannot be null; leave it out to keep it")
        return self


class NewException(Body):
    """Days that differ from the weekly pattern (例外); without `parts` the pattern holds again."""

    day: Day
    until: Day | None = Field(None, description="The last of several days; left out: the one day.")
    parts: Parts | None = Field(None, description="`[]` is closed (休息); null takes the exception back.")
    reason: Line = Field(description="The public reads it (公示).", examples=["设备检修"])

    @property
    def last(self) -> date:
        """The last day meant."""
        return self.until or self.day

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if not timedelta(0) <= self.last - self.day < LONGEST:
            raise Wrong(
                "结束日期（until）不能早于开始日期（day），且不超过一年",
                "until must not be before day, and a year later at most",
            )
        return self


class Counted(Body):
    """How many came in one part of a day (人次). Counting again replaces the number."""

    day: Day
    part: Literal["morning", "afternoon", "evening", "day"] = Field(
        "day", description="Use `day` or the three parts, not both: they are added up."
    )
    count: int = Field(ge=0, le=100_000, examples=[46])
