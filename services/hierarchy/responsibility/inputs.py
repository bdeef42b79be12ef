"""What responsibilities of organisations take. Pure."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Line

Categories = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^(\*|[A-Z]{2}([0-9]{2})?)$", max_length=4)], ...],
    Field(min_length=1, max_length=40, description="`*`, a top category or a leaf (诉求类别).", examples=[["WY"]]),
]


class NewMandate(Body):
    """An organisation answers for a place (承担职责)."""

    place: PlaceCode
    categories: Categories
    order: int = Field(50, ge=1, le=999, description="Sorts the chain, the nearest first (顺序).")
    since: Day | None = Field(None, description="Today without it; not before today.")
    until: Day | None = Field(None, description="The last day, if it is known.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise Wrong("结束日期（until）不能早于开始日期（since）", "until must not be before since")
        return self


class MandateEnd(Body):
    """It answers for the place no more (解除职责)."""

    last_day: Day | None = Field(None, description="Today without it; yesterday at the earliest.")
    reason: Line = Field(examples=["物业公司更换"])
