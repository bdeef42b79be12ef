"""What clients see of experts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.experts.workflow import EXPERT, Party
from services.hierarchy.places.views import place_facts
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class ExpertView(View):
    """Somebody in the pool; the name is masked."""

    id: UUID
    version: int
    person_id: UUID
    name: str = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    place_code: str | None
    fields: list[str] = Field(examples=[["停车位规划"]])
    weekdays: list[int] = Field(description="1 is Monday (可参与的日子).")
    away_until: date | None
    note: str
    step: str = Field(examples=["listed"])
    step_label: str = Field(examples=["在库"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this expert."""
    related = {
        Party.STAFF: caller.may(Permission.ORGANISATIONS_MANAGE, row["path"]),
        Party.SELF: caller.id == str(row["person_id"]),
    }
    return frozenset(party for party, holds in related.items() if holds)


def shown(row: Any, name: str, place: Any, caller: Principal) -> ExpertView:  # noqa: ANN401 - rows
    """As this caller sees them."""
    return ExpertView(
        **{field: row[field] for field in ExpertView.model_fields if field in row.keys()},  # noqa: SIM118 - a record
        name=name,
        place_code=place["code"] if place else None,
        step_label=EXPERT.steps[row["step"]].label,
        moves=EXPERT.open_moves(row["step"], parties(row, caller), place_facts(place)),
    )
