"""What clients see of calendar links."""

from datetime import datetime

from pydantic import Field

from shared.schemas.base import View


class CalendarLink(View):
    """Where a calendar program reads one's shifts (日历订阅)."""

    url: str | None = Field(
        description="Whoever has it sees when and where you are on duty, and nothing else; null: there is none.",
        examples=["https://linli.example/api/hierarchy/v1/calendars/141021-AZ9k….ics"],
    )
    created_at: datetime | None = Field(description="Since when it holds (生成时间).")
