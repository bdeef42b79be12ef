"""What rosters take: new ones, members, shifts and their moves. Pure."""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.places.inputs import PlaceCode
from services.hierarchy.venues.inputs import Number
from services.hierarchy.venues.rules import Parts
from shared.kernel.days import Day, Moment
from shared.kernel.errors import Wrong
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Code, Line

LONGEST_SHIFT = timedelta(hours=24)
LONGEST_PLAN = timedelta(days=31)
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$", max_length=64)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
Needed = Annotated[int, Field(ge=1, le=20, description="People at a time (每班人数).")]


class NewRoster(Body):
    """值班表: of a venue, or of a group of posts at a place (such as the grid workers of a community)."""

    name: Line = Field(examples=["贡院西街驿站值班表"])
    venue: UUID | None = Field(None, description="The venue that is to be kept (阵地).")
    place: PlaceCode | None = Field(None, description="Without a venue: the place that the group answers for.")
    post_kind: Key | None = Field(
        None, description="Without a venue: whose turn it is (岗位).", examples=["grid_worker"]
    )
    cover: Parts | None = Field(
        None, description="What of every day is to be covered; null: whenever the venue is open, else 08:00–21:00."
    )
    needed: Needed = 1
    phone: Number | None = None
    swaps_need_approval: bool = Field(
        False, description="A swap that two have agreed on waits for those who plan here (换班须批准)."
    )

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if (self.venue is None) == (self.place is None):
            raise Wrong("venue 与 place 须填且只填一项", "give `venue`, or `place`")
        if self.cover == ():
            raise Wrong("cover 不能是空列表", "cover cannot be empty")
        return self


class RosterEdit(Body):
    """What is left out stays as it is."""

    name: Line | None = None
    cover: Parts | None = None
    needed: Needed | None = None
    phone: Number | None = None
    swaps_need_approval: bool | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        for name in ("name", "needed", "swaps_need_approval"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise Wrong(f"{name} 不能为 null；不修改就不要填", f"{name} cannot be null; leave it out to keep it")
        if self.cover == ():
            raise Wrong("cover 不能是空列表", "cover cannot be empty")
        return self


class NewRosterMember(Body):
    """Somebody who takes turns."""

    person: UUID
    label: Label = Field(description="As what (身份).", examples=["社区工作者"])
    post: Code | None = Field(None, description="Code of the post by which they do (岗位编号).")


class LeavingRoster(Body):
    """Somebody who takes no turns any more."""

    person: UUID


class NewShift(Body):
    """One shift of one person (班次); a draft until it is published."""

    person: UUID
    begins_at: Moment = Field(examples=["2026-11-23T08:00:00+08:00"])
    ends_at: Moment = Field(examples=["2026-11-23T14:30:00+08:00"])

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if not timedelta(0) < self.ends_at - self.begins_at <= LONGEST_SHIFT:
            raise Wrong("结束时间须晚于开始时间，且不超过 24 小时", "ends_at must be after begins_at, by a day at most")
        return self


class Days(Body):
    """From a day to a day, both included."""

    since: Day
    until: Day

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if not timedelta(0) <= self.until - self.since < LONGEST_PLAN:
            raise Wrong(
                "结束日期不能早于开始日期，一次最多排 31 天",
                "until must not be before since, and 31 days make a plan at most",
            )
        return self


class ShiftRotation(Days):
    """轮班: shifts in turns, for days that have none yet."""

    parts: Parts | None = Field(
        None,
        description="How each day is cut into shifts; left out: one shift per stretch that is to be covered.",
        examples=[[{"opens": "08:00", "closes": "14:30"}, {"opens": "14:30", "closes": "21:00"}]],
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.parts == ():
            raise Wrong("parts 不能是空列表", "parts cannot be empty")
        return self


class Publication(Days):
    """公布: what was a draft on these days is what holds."""

    accept_gaps: Line | None = Field(None, description="Why gaps may stay (空档说明).", examples=["春节前一周停开晚班"])


class NewHolder(Body):
    """换人: who has the shift from now on."""

    person: UUID
    note: Line | None = None


class ShiftHandOver(Body):
    """移交: all shifts of somebody from a day on, and their place in the turns."""

    person: UUID
    successor: UUID
    since: Day

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.person == self.successor:
            raise Wrong("接替的人不能是本人", "successor must be somebody else")
        return self
