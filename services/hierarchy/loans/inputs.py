"""What lending takes: items, loans and their moves. Pure."""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from shared.kernel.days import Moment
from shared.kernel.errors import Wrong
from shared.schemas.base import Body, Line, Phone

FARTHEST = timedelta(days=92)
Name = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


class NewItem(Body):
    """Something that a venue lends (借用物品)."""

    name: Name = Field(examples=["爱心雨伞"])
    total: int = Field(ge=1, le=10_000, description="How many there are (数量).", examples=[20])
    days: int = Field(7, ge=1, le=92, description="How long one may keep it (借期，天).")


class ItemEdit(Body):
    """What is left out stays as it is."""

    total: int | None = Field(None, ge=0, le=10_000)
    days: int | None = Field(None, ge=1, le=92)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.total is None and self.days is None:
            raise Wrong("请填写 total 或 days，也可都填", "give `total`, `days` or both")
        return self


class NewLoan(Body):
    """借出: to somebody known here by id, or to whoever says their name and number."""

    borrower: UUID | None = Field(None, description="Person id, where the borrower is known here.")
    name: Name | None = Field(None, examples=["虚构居民"])
    phone: Phone | None = None
    due_at: Moment | None = Field(None, description="When it is to be back; left out: by the item's days.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        by_name = self.name is not None and self.phone is not None
        if (self.borrower is None) != by_name or (self.borrower is not None and (self.name or self.phone)):
            raise Wrong("请填写 borrower；或填写 name 和 phone 两项", "give `borrower`, or both `name` and `phone`")
        return self


class NewDue(Body):
    """续借: until when."""

    due_at: Moment
    note: Line | None = None


class Lost(Body):
    """报失: what became of it."""

    reason: Line = Field(examples=["借用人称已遗失，同意赔付"])
