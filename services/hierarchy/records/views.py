"""What clients see of records."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.records.inputs import KINDS, Content
from services.hierarchy.records.workflow import RECORD, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class RecordView(View):
    """One record."""

    id: UUID
    version: int
    kind_label: str = Field(examples=["装备"])
    person: UUID | None
    post_code: str | None
    post_name: str | None
    since: date
    until: date | None
    content: Content
    step: str = Field(examples=["open"])
    step_label: str = Field(examples=["有效"])
    created_at: datetime
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


def parties(row: Any, caller: Principal) -> frozenset[Party]:  # noqa: ANN401 - a row
    """Whether the caller keeps the records of this place."""
    return frozenset({Party.KEEPER} if caller.may(Permission.RECORDS_MANAGE, row["path"]) else ())


def facts(row: Any) -> frozenset[str]:  # noqa: ANN401 - a row
    """An honour stays what it was, and a pen is used up."""
    lasting = row["kind"] == "award" or bool(row["content"].get("consumable"))
    return frozenset() if lasting else frozenset({"given_back"})


def shown(row: Any, post: Any, caller: Principal) -> RecordView:  # noqa: ANN401 - rows
    """As this caller sees it."""
    kept = ("id", "version", "since", "until", "content", "step", "created_at")
    return RecordView(
        **{name: row[name] for name in kept},
        kind_label=KINDS[row["kind"]],
        person=row["person_id"],
        post_code=post["code"] if post else None,
        post_name=post["name"] if post else None,
        step_label=RECORD.steps[row["step"]].label,
        moves=RECORD.open_moves(row["step"], parties(row, caller), facts(row)),
    )
