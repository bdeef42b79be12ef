"""What clients see of what organisations answer for."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.schemas.base import View


class MandateView(View):
    """An organisation answers for a place."""

    id: UUID
    organisation: str = Field(description="Code of the organisation.")
    place_code: str | None
    categories: list[str] = Field(examples=[["WY"]])
    order: int
    since: date
    until: date | None = Field(description="The last day; null while it lasts.")


class OrganisationFor(View):
    """An organisation that answers for a place, or for one around it."""

    code: str
    name: str = Field(examples=["示例物业公司"])
    kind: str = Field(examples=["property_company"])
    family: str = Field(description="party, self_governance, partner or department.")
    categories: list[str]
    place_code: str | None = Field(description="The place that it answers for; the asked one lies in it.")
    since: date
    until: date | None
