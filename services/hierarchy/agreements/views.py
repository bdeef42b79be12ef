"""What clients see of agreements."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.agreements.rules import ActivityState, Clause, Delivered, kept
from services.hierarchy.agreements.workflow import AGREEMENT, Party
from services.hierarchy.places.views import place_facts
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class AgreementSummary(View):
    """An agreement in a list."""

    id: UUID
    version: int
    organisation: str = Field(description="Code of the partner (共建单位).")
    organisation_name: str = Field(examples=["示例医院"])
    place_code: str | None = Field(description="The place it is made for.")
    title: str = Field(examples=["党建共建协议（示例医院）"])
    starts_on: date
    ends_on: date
    days_left: int = Field(description="Days to its end, both counted; 0 when it is over (剩余天数).", examples=[30])
    step: str = Field(examples=["running"])
    step_label: str = Field(examples=["履行中"])
    renews: UUID | None = Field(description="The agreement before (续签自).")
    renewed_by: UUID | None = Field(description="The agreement after.")
    reminders: int = Field(description="How often its end was announced (已提醒次数).")
    created_at: datetime


class KeptView(View):
    """A clause in one period."""

    period: str = Field(examples=["2026-12"])
    first: date
    last: date
    done: int = Field(examples=[1])
    due: int = Field(examples=[1])
    state: str = Field(description="`met`, `open` (still time) or `missed`.", examples=["met"])


class ClauseView(Clause):
    """A clause and how far it is kept."""

    number: int = Field(examples=[1])
    done: int = Field(description="All in all (累计).")
    periods: list[KeptView]


class DeliveryView(View):
    """Something that was done of a clause."""

    id: UUID
    clause: int
    day: date
    count: int
    activity: UUID | None
    activity_state: ActivityState | None = Field(
        description="`unverified` until events was asked; `verified`; `refuted`: no such activity that day. Null where "
        "none was named. Of activities only verified ones count (活动核实情况)."
    )
    note: str


class AgreementView(AgreementSummary):
    """An agreement, whole."""

    remind_days: int
    clauses: list[ClauseView]
    deliveries: list[DeliveryView] = Field(description="The latest 200 (履约记录).")
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(path: str, caller: Principal) -> frozenset[Party]:
    """The caller's relations to this agreement."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    return frozenset({Party.STAFF} if caller.may(Permission.PARTNERS_MANAGE, path) else ())


def facts(row: Any, place: Any, today: date) -> frozenset[str]:  # noqa: ANN401 - rows
    """What opens or shuts moves now."""
    known = {"begun": row["starts_on"] <= today, "over": row["ends_on"] < today, "renewed": row["renewed_by"]}
    return place_facts(place) | {name for name, holds in known.items() if holds}


def fields(row: Any, organisation: Any, place: Any, today: date) -> dict[str, Any]:  # noqa: ANN401 - rows
    """What a summary shows."""
    own = ("id", "version", "organisation", "title", "starts_on", "ends_on", "step", "renews", "renewed_by",
           "reminders", "created_at")  # fmt: skip
    return {name: row[name] for name in own} | {
        "organisation_name": organisation["name"] if organisation else row["organisation"],
        "place_code": place["code"] if place else None,
        "days_left": max((row["ends_on"] - today).days + 1, 0),
        "step_label": AGREEMENT.steps[row["step"]].label,
    }


def clauses(row: Any, delivered: list[Any], today: date) -> list[ClauseView]:  # noqa: ANN401 - rows
    """The clauses with what was done of each."""
    found = []
    for number, content in enumerate(row["clauses"], 1):
        clause = Clause.model_validate(content)
        done = [
            Delivered(one["day"], one["count"])
            for one in delivered
            if one["clause"] == number and one["activity_state"] in (None, "verified")
        ]
        periods = kept(clause, done, row["starts_on"], row["ends_on"], today)
        shown = [KeptView(**one._asdict()) for one in periods]
        found.append(
            ClauseView(**clause.model_dump(), number=number, done=sum(one.times for one in done), periods=shown)
        )
    return found
