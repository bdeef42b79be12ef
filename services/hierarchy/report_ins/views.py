"""What clients see of report-ins."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.report_ins.workflow import REPORT_IN, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class ReportInView(View):
    """A member or a unit that reported in; names of people are masked."""

    id: UUID
    version: int
    place_code: str | None = Field(description="Where they reported to (报到地点).")
    person_id: UUID | None = Field(description="The member; null for a whole unit.")
    name: str | None = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    unit: str | None = Field(description="Code of the unit, if it is known here.")
    unit_name: str = Field(examples=["示例银行"])
    capabilities: list[str] = Field(examples=[["法律咨询"]])
    hours: int | None = Field(description="Hours a month that they would give (意向时长).")
    since: date
    until: date | None
    step: str = Field(examples=["confirmed"])
    step_label: str = Field(examples=["已报到"])
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class ReportInCounts(View):
    """How many are confirmed at a place and below."""

    members: int = Field(description="Party members at work (在职党员).", examples=[12])
    units: int = Field(description="Whole units (单位).", examples=[3])
    hours: int = Field(description="Hours a month that they would give together.", examples=[40])


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this report-in."""
    related = {
        Party.SELF: row["person_id"] is not None and caller.id == str(row["person_id"]),
        Party.STAFF: caller.may(Permission.PARTNERS_MANAGE, row["path"]),
    }
    return frozenset(party for party, holds in related.items() if holds)


def shown(row: Any, name: str | None, place: Any, caller: Principal) -> ReportInView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    return ReportInView(
        **{field: row[field] for field in ReportInView.model_fields if field in row.keys()},  # noqa: SIM118 - a record
        name=name,
        place_code=place["code"] if place else None,
        step_label=REPORT_IN.steps[row["step"]].label,
        moves=REPORT_IN.open_moves(row["step"], parties(row, caller)),
    )
