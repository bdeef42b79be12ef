"""How activities are shown."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.events.activities.relations import Activity, may_record, parties
from services.events.activities.rules import LABELS, ActivityType
from services.events.activities.workflow import ACTIVITY
from shared.kernel.rights import Principal
from shared.schemas.base import View


class ActivityBrief(View):
    """An activity beside something else."""

    id: UUID
    title: str
    place_name: str
    starts_at: datetime
    step: str


class ActivitySummary(View):
    """An activity in a list, with its public counts."""

    id: UUID
    version: int = Field(description="Changes with moves and edits; sign-ups change only the counts.")
    title: str = Field(examples=["东湖路社区便民集市"])
    type: ActivityType
    type_label: str = Field(examples=["便民集市"])
    place_code: str = Field(examples=["341702010005"])
    place_name: str = Field(examples=["清风街道东湖路社区"])
    starts_at: datetime
    ends_at: datetime
    signup_from: datetime | None
    signup_until: datetime
    step: str = Field(description="A key of the workflow's table.", examples=["open"])
    step_label: str = Field(examples=["报名中"])
    capacity: int = Field(description="Seats (名额).")
    taken: int = Field(description="Seats that are taken (已占).")
    left: int = Field(description="Seats that are left (剩余).")
    waiting: int = Field(description="People in the waiting list (候补).")
    waiting_limit: int | None


class ActivityView(ActivitySummary):
    """An activity, whole."""

    description: str | None
    organiser: str = Field(description="Person id of who made it.")
    check_in_code: str | None = Field(description="To be shown at the door (签到码); null unless you keep its list.")
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class TypeView(View):
    """An entry of the dictionary of activity types."""

    code: ActivityType
    label: str


_OWN = [name for name in ActivityView.model_fields if name not in ("type_label", "step_label", "left", "moves")]
_SUMMARY = [name for name in _OWN if name in ActivitySummary.model_fields]


def summary(row: Activity) -> ActivitySummary:
    """For lists."""
    return ActivitySummary(**{name: row[name] for name in _SUMMARY}, **_derived(row))


def whole(row: Activity, caller: Principal) -> ActivityView:
    """As this caller may see it."""
    own = {name: row[name] for name in _OWN}
    if not may_record(row, caller):
        own["check_in_code"] = None
    moves = ACTIVITY.open_moves(row["step"], parties(row, caller))
    return ActivityView(**own, **_derived(row), moves=moves)


def brief(row: Activity) -> ActivityBrief:
    """Beside something else."""
    return ActivityBrief(**{name: row[name] for name in ActivityBrief.model_fields})


def _derived(row: Activity) -> dict[str, object]:
    return {
        "type_label": LABELS[ActivityType(row["type"])],
        "step_label": ACTIVITY.steps[row["step"]].label,
        "left": row["capacity"] - row["taken"],
    }
