"""What linking takes. Pure."""

from typing import Annotated

from pydantic import Field

from services.hierarchy.households.inputs import Day
from shared.schemas.base import Body, Code


class NewLinks(Body):
    """联户: households that the post looks after from a day on."""

    households: Annotated[
        list[Code], Field(min_length=1, max_length=200, description="Codes of their places (户编码).")
    ]
    since: Day | None = Field(None, description="The first day; left out: today.")


class LinkEnding(Body):
    """解除联户."""

    until: Day | None = Field(None, description="The last day; left out: today.")
