"""What closing an organisation takes. Pure."""

from pydantic import Field

from services.hierarchy.organisations.inputs import OrganisationCode
from shared.schemas.base import Body, Line


class OrganisationClosing(Body):
    """撤销组织, with today as its last day."""

    reason: Line = Field(examples=["小区合并"])
    successor: OrganisationCode | None = Field(
        None, description="Who takes over what it answers for and what stands below it (接替组织)."
    )
