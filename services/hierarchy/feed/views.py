"""What subscribers see of what changed."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from shared.schemas.base import View

Kind = Literal["place", "organisation", "structure", "post", "appointment", "responsibility", "household", "venue"]


class ChangeView(View):
    """Something that changed. It holds ids, codes and numbers; whoever may see more asks for the thing itself."""

    position: int = Field(description="Grows by one with everything that happens; not everything is shown here.")
    at: datetime
    kind: Kind | Literal["district"]
    event: str = Field(examples=["move"])
    subject: UUID
    before: str | None
    after: str | None
    data: dict[str, Any]


class Changes(View):
    """What changed after a position, in order and without a gap."""

    items: list[ChangeView]
    position: int = Field(description="Pass as `after` next time, also where `items` is empty.")
    hash: str | None = Field(
        description="Of the sealed chain at that position: pass it along as proof of what you saw."
    )
    more: bool = Field(description="Whether there is more already.")
