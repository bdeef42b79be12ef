"""What clients see of appointments and seats."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.succession.rules import may_fill
from services.hierarchy.succession.workflow import APPOINTMENT, Party
from shared.kernel.rights import Principal, Role
from shared.schemas.base import View


class PostView(View):
    """One seat and who sits there today."""

    id: UUID
    code: str = Field(examples=["370704003900001-X01-B01-building_head"])
    kind: str = Field(examples=["building_head"])
    label: str = Field(examples=["楼长"])
    name: str = Field(examples=["龙泉小区1号楼·楼长"])
    role: Role
    held: bool = Field(description="Whether somebody holds it today (在任).")


class AppointmentView(View):
    """任职: who holds a post, from a day to a day."""

    id: UUID
    version: int
    post_code: str = Field(examples=["370704003900001-X01-B01-building_head"])
    post_kind: str = Field(examples=["building_head"])
    post_label: str = Field(examples=["楼长"])
    post_name: str
    role: Role
    person: UUID
    person_name: str | None = Field(description="Holders of posts are named (公示); null for one who was erased.")
    since: date
    until: date | None = Field(description="Last day in office; null while it lasts.")
    term_ends: date | None = Field(description="Last day of the term (届满); who is needed goes on serving.")
    source: str = Field(description="How the holder was found.", examples=["群众推荐"])
    successor: UUID | None = Field(description="Who takes over what hangs on it.")
    step: str = Field(examples=["serving"])
    step_label: str = Field(examples=["在任"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def step_on(row: Any, today: date) -> str:  # noqa: ANN401 - a row
    """Where it is in its life; one that came from a data file with its last day has no job that ends it."""
    over = row["until"] is not None and row["until"] < today
    return "ended" if over and row["step"] == "serving" else str(row["step"])


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this appointment. One's own is somebody else's to end."""
    if caller.kind == "job":
        return frozenset({Party.CLOCK})
    mine = str(row["person_id"]) == caller.id
    fills = not mine and row["path"] is not None and may_fill(caller, row["role"], row["path"])
    return frozenset({Party.MANAGER} if fills else ())


def facts(row: Any, today: date, *, needed: bool = False) -> frozenset[str]:  # noqa: ANN401 - a row
    """What opens or shuts moves now."""
    held = {
        "over": row["until"] is not None and row["until"] < today,
        "term_over": row["term_ends"] is not None and row["term_ends"] < today,
        "needed": needed,
    }
    return frozenset(name for name, holds in held.items() if holds)


def shown(row: Any, name: str | None, caller: Principal, today: date) -> AppointmentView:  # noqa: ANN401 - a row
    """As this caller sees it."""
    step = step_on(row, today)
    kept = ("id", "version", "post_code", "post_kind", "post_label", "post_name", "since", "until", "term_ends",
            "source", "created_at")  # fmt: skip
    return AppointmentView(
        **{field: row[field] for field in kept},
        role=Role(row["role"]),
        person=row["person_id"],
        person_name=name,
        successor=row["successor_id"],
        step=step,
        step_label=APPOINTMENT.steps[step].label,
        moves=APPOINTMENT.open_moves(step, parties(row, caller), facts(row, today)),
    )
