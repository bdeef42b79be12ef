"""What clients see of candidacies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.candidacies.rules import is_scored, means, overall
from services.hierarchy.candidacies.workflow import CANDIDACY, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class CandidacyView(View):
    """A candidacy, for the candidate, whoever named them, and the staff."""

    id: UUID
    version: int
    post_code: str = Field(examples=["430304004001-P01-Z01-L01-neighbour_head"])
    post_name: str
    person: UUID | None = Field(description="Null for whoever only named them: they know a name and no more.")
    person_name: str | None = Field(description="Masked until appointed (脱敏); null for one who was erased.")
    origin: str = Field(examples=["recommended"])
    recommender: UUID | None
    employer: str | None = Field(description="Code of the organisation that a bought service comes from.")
    statement: str | None
    criteria: list[str] = Field(examples=[["奉献精神", "热心公益", "积极影响"]])
    means: dict[str, float] = Field(
        description="Mean points per criterion; how many scored says `scorers`. Empty for whoever only named them."
    )
    overall: float | None = Field(
        description="Mean over the criteria, once all have points; null for whoever only named them.", examples=[87.7]
    )
    scorers: int
    step: str = Field(examples=["nominated"])
    step_label: str = Field(examples=["评议"])
    appointment: UUID | None = Field(description="What came of it.")
    created_at: datetime
    closed_at: datetime | None
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """The caller's relations to this candidacy; whoever stands for a post does not weigh themself."""
    if str(row["person_id"]) == caller.id:
        return frozenset({Party.CANDIDATE})
    return frozenset({Party.STAFF} if caller.may(Permission.APPOINTMENTS_MANAGE, row["path"]) else ())


def may_see(row: Any, caller: Principal) -> bool:  # noqa: ANN401 - a row
    """Whether it is there for this caller at all."""
    return bool(parties(row, caller)) or str(row["recommender_id"]) == caller.id


def facts(row: Any) -> frozenset[str]:  # noqa: ANN401 - a row
    """What opens or shuts moves now."""
    return frozenset({"scored"} if is_scored(row["criteria"], row["scores"]) else ())


def shown(row: Any, post: Any, name: str | None, caller: Principal) -> CandidacyView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    kept = ("id", "version", "origin", "employer", "step", "created_at", "closed_at")
    criteria, scores, own = row["criteria"], row["scores"], parties(row, caller)
    return CandidacyView(
        **{field: row[field] for field in kept},
        post_code=post["code"],
        post_name=post["name"],
        person=row["person_id"] if own else None,
        person_name=name,
        recommender=row["recommender_id"],
        statement=row["in_favour"],
        criteria=list(criteria),
        means=means(criteria, scores) if own else {},
        overall=overall(criteria, scores) if own else None,
        scorers=len(scores),
        step_label=CANDIDACY.steps[row["step"]].label,
        appointment=row["appointment_id"],
        moves=CANDIDACY.open_moves(row["step"], own, facts(row)),
    )
