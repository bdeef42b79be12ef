"""What clients see of organisations."""

from pydantic import Field

from shared.schemas.base import View


class OrganisationCount(View):
    """How many organisations of one kind there are at a place and below."""

    kind: str = Field(examples=["party_branch"])
    count: int = Field(examples=[172])
    invented: int = Field(description="How many of them are invented (虚构).")
