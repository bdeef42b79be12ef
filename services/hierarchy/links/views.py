"""What clients see of links."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.schemas.base import Page, View


class LinkView(View):
    """One household that a post looks after."""

    id: UUID
    household_id: UUID
    household: str = Field(description="Code of its place (户编码).")
    post_code: str
    post_label: str = Field(examples=["邻长"])
    since: date
    until: date | None


class HouseholdSpan(View):
    """How many households a post looks after today, and how many it is meant to."""

    count: int = Field(examples=[12])
    min: int | None = Field(description="From the structure in force; null where it names no span.", examples=[5])
    max: int | None = Field(examples=[15])
    state: str = Field(description="`below`, `within`, `above`, or `none` without a span.", examples=["within"])


class LinkPage(Page[LinkView]):
    """A page of links, with the post's span."""

    span: HouseholdSpan
