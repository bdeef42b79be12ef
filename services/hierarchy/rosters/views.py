"""What clients see of rosters and shifts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.rosters.rules import EARLY
from services.hierarchy.rosters.workflow import SHIFT, Party
from services.hierarchy.venues.rules import DayPart
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class RosterMemberView(View):
    """Somebody who takes turns."""

    person_id: UUID
    name: str = Field(examples=["虚构社区工作者0001"])
    label: str = Field(description="As what (身份).", examples=["社区工作者"])
    post_code: str | None
    position: int = Field(description="Whose turn it is after whom (轮值次序).")
    since: date


class RosterSummary(View):
    """A roster in a list."""

    id: UUID
    code: str
    version: int
    name: str = Field(examples=["贡院西街驿站值班表"])
    place_code: str | None = Field(examples=["141021100002-P01"])
    place_name: str | None
    venue_id: UUID | None
    post_kind: str | None = Field(description="Whose turn it is, where it is of a group of posts (岗位).")
    cover: list[DayPart] | None = Field(
        description="What of every day is to be covered; null: whenever the venue is open."
    )
    needed: int = Field(description="People at a time (每班人数).", examples=[1])
    phone: str | None = Field(description="Rings wherever the person on duty is (值班电话).")
    swaps_need_approval: bool = Field(description="A swap waits for those who plan here (换班须批准).")
    step: str = Field(examples=["active"])


class RosterView(RosterSummary):
    """A roster, with those who take turns."""

    members: list[RosterMemberView]
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class ShiftView(View):
    """One person's shift."""

    id: UUID
    version: int
    roster_id: UUID
    roster_name: str = Field(examples=["贡院西街驿站值班表"])
    person_id: UUID
    person_name: str
    label: str = Field(examples=["社区工作者"])
    begins_at: datetime
    ends_at: datetime
    step: str = Field(examples=["published"])
    step_label: str = Field(examples=["已公布"])
    came_at: datetime | None = Field(description="When they reported (到岗时间).")
    left_at: datetime | None = Field(description="When they left (离岗时间).")
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class GapView(View):
    """Time that should be covered and is not (空档)."""

    begins_at: datetime
    ends_at: datetime
    missing: int = Field(description="How many people are missing.", examples=[1])


class ClashView(View):
    """Somebody would have to be in two places (冲突)."""

    person_id: UUID
    begins_at: datetime
    ends_at: datetime


class CheckView(View):
    """Whether a roster holds on these days."""

    since: date
    until: date
    needed_hours: float = Field(description="Person-hours that are to be covered.", examples=[91.0])
    covered_hours: float = Field(description="How many of them are.", examples=[91.0])
    drafts: int = Field(description="Shifts that are not published yet (草稿).")
    gaps: list[GapView]
    clashes: list[ClashView] = Field(description="With shifts of any roster.")


class CoverView(View):
    """One roster's cover on some days."""

    roster_id: UUID
    roster_name: str
    venue_id: UUID | None
    needed_hours: float = Field(examples=[13.0])
    covered_hours: float = Field(
        description="By published shifts, also those that nobody came to (已公布，含缺岗).", examples=[13.0]
    )
    attended_hours: float = Field(description="By people who reported for them (到岗).", examples=[6.5])
    gaps: int = Field(examples=[0])


class CoverSum(View):
    """What is to be covered at a place and below, and what is."""

    since: date
    until: date
    rosters: int = Field(examples=[12])
    needed_hours: float = Field(examples=[156.0])
    covered_hours: float
    attended_hours: float
    items: list[CoverView]


class OnDuty(View):
    """Somebody who is to be there at this moment."""

    shift_id: UUID
    roster_id: UUID
    roster_name: str
    venue_id: UUID | None
    place_code: str | None
    place_name: str | None
    person_id: UUID
    person_name: str
    label: str = Field(examples=["社区工作者"])
    phone: str | None = Field(description="A public number of the roster or the venue; nobody's own (值班电话).")
    begins_at: datetime
    ends_at: datetime
    there: bool = Field(description="They have reported (已到岗).")


def parties(path: str, caller: Principal) -> frozenset[Party]:
    """Who the caller is to a roster at this place."""
    return frozenset({Party.STAFF} if caller.may(Permission.ROSTERS_MANAGE, path) else ())


def shift_parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """Who the caller is to this shift."""
    related = {
        Party.STAFF: caller.may(Permission.ROSTERS_MANAGE, row["path"]),
        Party.HOLDER: str(row["person_id"]) == caller.id,
    }
    return frozenset(party for party, holds in related.items() if holds)


def shift_facts(row: Any, now: datetime) -> frozenset[str]:  # noqa: ANN401 - a row
    """What opens or shuts moves of a shift now."""
    found = {"begun": row["begins_at"] <= now, "open": row["begins_at"] - EARLY <= now < row["ends_at"]}
    return frozenset(name for name, holds in found.items() if holds)


def shift(row: Any, name: str, caller: Principal, now: datetime) -> ShiftView:  # noqa: ANN401 - a row
    """A shift as this caller sees it."""
    own = {field: row[field] for field in ShiftView.model_fields if field in row.keys()}  # noqa: SIM118 - a record
    return ShiftView(
        **own,
        person_name=name,
        step_label=SHIFT.steps[row["step"]].label,
        moves=[
            move
            for move in SHIFT.open_moves(row["step"], shift_parties(row, caller), shift_facts(row, now))
            if move != "publish"
        ],
    )
