"""What the pool of experts takes. Pure."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.hierarchy.places.inputs import PlaceCode
from shared.kernel.days import Day
from shared.kernel.texts import Remark
from shared.schemas.base import Body, Line


def _sorted(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


Fields = Annotated[
    tuple[Line, ...],
    Field(min_length=1, max_length=20, description="Fields of expertise (专长).", examples=[["停车位规划", "法律"]]),
]
Weekdays = Annotated[
    tuple[Annotated[int, Field(ge=1, le=7)], ...],
    Field(max_length=7, description="Days on which they can be asked, 1 is Monday (可参与的日子).", examples=[[2, 4]]),
    AfterValidator(_sorted),
]


class NewExpert(Body):
    """入库: somebody joins the pool of a place."""

    person: UUID
    place: PlaceCode
    fields: Fields
    weekdays: Weekdays = (1, 2, 3, 4, 5, 6, 7)
    note: Remark = ""


class ExpertEdit(Body):
    """What is left out stays as it is."""

    fields: Fields | None = None
    weekdays: Weekdays | None = None
    note: Remark | None = None


class Away(Body):
    """暂停: not to be asked for a while."""

    until: Day = Field(description="The last day away (暂停至).")
