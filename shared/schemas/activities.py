"""What events tells the other services about activities."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.schemas.base import View


class ActivityStanding(View):
    """An activity that there is, and how far it has got."""

    id: UUID
    step: str = Field(description="A key of the activities' workflow.", examples=["finished"])
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class ActivityStandings(View):
    """Those of the activities that were asked for that there are."""

    items: list[ActivityStanding]
