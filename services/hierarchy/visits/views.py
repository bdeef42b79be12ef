"""What clients see of visits."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from shared.schemas.base import Page, View


class NeedView(View):
    """A need that was found, and the appeal it became."""

    id: UUID
    title: str
    content: str
    category: str = Field(examples=["KN01"])
    category_label: str = Field(examples=["独居/失能老人"])
    appeal_id: UUID | None = Field(description="Null until tickets has taken it (待转诉求).")
    appeal_number: str | None = Field(description="Number of the appeal (诉求编号).", examples=["20261122-7K3F9Q"])


class PointView(View):
    """One point of the quarter's list, as it was found."""

    point: str = Field(examples=["隐患排查"])
    good: bool


class VisitView(View):
    """A visit."""

    id: UUID
    place: str = Field(description="Code of the place (地点编码).")
    place_name: str | None = Field(
        description="Names from the street down; null once it is gone.", examples=["示例街道甲社区1号楼1室"]
    )
    household_id: UUID | None = Field(description="The registered household that was seen.")
    visitor_id: UUID
    cause: str = Field(examples=["routine"])
    cause_label: str = Field(examples=["日常走访"])
    form: str = Field(examples=["home"])
    form_label: str = Field(examples=["入户"])
    result: str = Field(examples=["need"])
    result_label: str = Field(examples=["发现需求"])
    counts: bool = Field(description="Whether it counts towards the monthly floor (计入底数).")
    note: str | None
    visited_at: datetime
    next_on: date | None
    checked: list[PointView] = Field(description="The quarter's list, point by point (分区清单).")
    needs: list[NeedView]


class MemberMonth(View):
    """One member's month."""

    person_id: UUID
    name: str = Field(description="Masked (姓名，已脱敏).", examples=["张*"])
    place: str | None = Field(description="Where the roll lists them.")
    done: int = Field(description="Different households seen (已走访户数).", examples=[1])
    missing: int = Field(description="How many are missing (还差).", examples=[2])
    last_visit_on: date | None


class UnseenView(View):
    """A household that waits: by its place, never by name."""

    household_id: UUID
    place: str = Field(description="Code of its place (户编码).")
    place_name: str | None = Field(
        description="Names from the street down; null once it is gone.", examples=["示例街道甲社区1号楼1室"]
    )
    last_seen_on: date | None = Field(description="When somebody was last met there; null: never (上次走访).")
    next_on: date | None = Field(description="When somebody was to come again (约定走访日期).")
    overdue: bool = Field(description="That day is gone by, and nobody came (逾期未访).")


class UnseenList(Page[UnseenView]):
    """久未走访: who waits longest comes first."""

    households: int = Field(description="How many there are in all (户数).", examples=[24])
    never: int = Field(description="Where nobody was ever met (从未走访).", examples=[20])
    overdue: int = Field(description="Where somebody should have come again (逾期).", examples=[1])


class DueList(Page[MemberMonth]):
    """走访底数完成情况: the indicator with the rows that make it, the furthest behind first."""

    month: str = Field(examples=["2026-11"])
    roll: str = Field(description="Whose floor it is.", examples=["member"])
    floor: int = Field(description="Different households a month and member (每人每月户数).", examples=[3])
    members: int = Field(description="Denominator (应走访人数).", examples=[187])
    met: int = Field(description="Numerator: who has met the floor (已达标).", examples=[150])
    visits_due: int = Field(description="Members × floor (应走访户次).", examples=[561])
    visits_done: int = Field(description="Counted towards it (已完成户次).", examples=[498])
