"""What an activity is made of, and what each of its moves must be given: request body, form and 422 in one."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.events.activities.rules import ActivityType
from shared.kernel.days import Moment
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Code, Line, Prose

LONGEST = timedelta(days=7)
_MOST = 100_000
_START = "2026-12-05T09:00:00+08:00"

Capacity = Annotated[int, Field(ge=1, le=_MOST, strict=True, description="Seats (名额).", examples=[50])]
WaitingLimit = Annotated[
    int | None,
    Field(ge=0, le=_MOST, description="Longest waiting list (候补上限): null for no limit, 0 for none at all."),
]


def check_times(starts_at: datetime, ends_at: datetime, signup_from: datetime | None, signup_until: datetime) -> None:
    """Sign-up ends when the activity starts at the latest: who comes later is entered at the door (现场参加)."""
    if not timedelta(0) < ends_at - starts_at <= LONGEST:
        raise Wrong("结束时间须晚于开始时间，且不超过 7 天", "ends_at must be after starts_at, by seven days at most")
    if signup_until > starts_at:
        raise Wrong("报名截止时间（signup_until）不能晚于活动开始时间", "signup_until must not be after starts_at")
    if signup_from is not None and signup_from >= signup_until:
        raise Wrong(
            "报名开始时间（signup_from）须早于报名截止时间（signup_until）", "signup_from must be before signup_until"
        )


class NewActivity(Body):
    """A new activity (活动), a draft until it is opened for sign-up."""

    title: Line = Field(examples=["东湖路社区便民集市"])
    type: ActivityType = Field(examples=["fair"])
    description: Prose | None = Field(None, examples=["磨刀、理发、量血压，需要志愿者 50 名。"])
    place: Code = Field(description="Code of the place it happens at (地点编码).", examples=["341702010005"])
    starts_at: Moment = Field(examples=[_START])
    ends_at: Moment = Field(examples=["2026-12-05T11:30:00+08:00"])
    signup_from: Moment | None = Field(None, description="When sign-up begins; left out: once it is opened.")
    signup_until: Moment | None = Field(None, description="When sign-up ends; left out: when it starts.")
    capacity: Capacity
    waiting_limit: WaitingLimit = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_times(self.starts_at, self.ends_at, self.signup_from, self.signup_until or self.starts_at)
        return self


_NEVER_EMPTY = ("title", "starts_at", "ends_at", "signup_until", "capacity")


class ActivityEdit(Body):
    """What may be changed before it starts; what is left out stays as it is, null empties what may be empty."""

    title: Line | None = None
    description: Prose | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    signup_from: Moment | None = None
    signup_until: Moment | None = None
    capacity: Capacity | None = None
    waiting_limit: WaitingLimit = None
    note: Line | None = None

    @model_validator(mode="after")
    def _keeps_what_it_needs(self) -> Self:
        for name in _NEVER_EMPTY:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise Wrong(f"{name} 不能为 null；不修改就不要填", f"{name} cannot be null; leave it out to keep it")
        return self


class CallingOff(Body):
    """取消活动: everybody who signed up is told why."""

    reason: Line = Field(examples=["因暴雨预警取消"])
