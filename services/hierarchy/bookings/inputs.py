"""What a booking and each of its moves must be given. Pure."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from services.hierarchy.bookings.rules import LONGEST
from shared.kernel.days import Moment
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Line


class NewBooking(Body):
    """预约: a venue or a room of it, for a while on one day."""

    begins_at: Moment = Field(examples=["2026-12-05T14:00:00+08:00"])
    ends_at: Moment = Field(examples=["2026-12-05T16:00:00+08:00"])
    people: int = Field(ge=1, le=10_000, description="How many will come (人数).", examples=[12])
    purpose: Line = Field(description="What for (用途); the staff read it.", examples=["楼栋议事会"])

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if not timedelta(0) < self.ends_at - self.begins_at <= LONGEST:
            raise Wrong(
                "结束时间须晚于开始时间，且不超过 12 小时", "ends_at must be after begins_at, by twelve hours at most"
            )
        return self
