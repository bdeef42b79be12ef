"""How registrations are shown."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.events.activities.relations import Activity
from services.events.activities.views import ActivityBrief, brief
from services.events.registrations.relations import Registration, facts, parties
from services.events.registrations.workflow import REGISTRATION
from shared.kernel.rights import Principal
from shared.schemas.base import View


class RegistrationSummary(View):
    """A registration in a list."""

    id: UUID
    version: int
    activity_id: UUID
    person: str = Field(description="Person id.")
    step: str = Field(description="A key of the workflow's table.", examples=["registered"])
    step_label: str = Field(examples=["已报名"])
    place_no: int = Field(description="Number in the order of signing up (序号).")
    position: int | None = Field(description="Position in the waiting list, from 1 (候补第几位); null outside it.")
    note: str | None
    created_at: datetime
    updated_at: datetime


class RegistrationView(RegistrationSummary):
    """A registration, whole."""

    activity: ActivityBrief
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class MyRegistration(RegistrationSummary):
    """One of one's own registrations, with its activity."""

    activity: ActivityBrief


def summary(row: Registration) -> RegistrationSummary:
    """For an activity's list."""
    return RegistrationSummary(**_fields(row))


def own(row: Registration, activity: Activity) -> MyRegistration:
    """For one's own list."""
    return MyRegistration(**_fields(row), activity=brief(activity))


def whole(row: Registration, activity: Activity, caller: Principal, now: datetime) -> RegistrationView:
    """As this caller may see it."""
    moves = REGISTRATION.open_moves(row["step"], parties(row, activity, caller), facts(activity, now))
    return RegistrationView(**_fields(row), activity=brief(activity), moves=moves)


def _fields(row: Registration) -> dict[str, object]:
    own_fields = {name: row[name] for name in RegistrationSummary.model_fields if name != "step_label"}
    return {**own_fields, "step_label": REGISTRATION.steps[row["step"]].label}
