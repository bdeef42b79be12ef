"""What clients see of swaps."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.hierarchy.rosters.views import ShiftView
from shared.schemas.base import View


class SwapView(View):
    """One asks another to take a shift."""

    id: UUID
    version: int
    roster_id: UUID
    gives: ShiftView = Field(description="The shift that is asked for to be taken (让出的班次).")
    takes: ShiftView | None = Field(description="The shift in return (换回的班次); null: a plain favour.")
    asker: UUID
    asker_name: str
    asked: UUID
    asked_name: str
    step: str = Field(examples=["asked"])
    step_label: str = Field(examples=["待对方同意"])
    lapses_at: datetime = Field(
        description="When the question is void, answered and approved or not: the earlier shift begins (有效至)."
    )
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")
