"""What happened to an appeal, in order, as the caller may see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.tickets.appeals import queries as q
from services.tickets.appeals.moves import load
from services.tickets.appeals.relations import Appeal, may_see_inside
from services.tickets.appeals.workflow import APPEAL
from shared.kernel.rights import Principal
from shared.runtime.db import Row
from shared.runtime.personal import PREFIX
from shared.runtime.work import Work
from shared.schemas.base import View


class TimelineItem(View):
    """One thing that happened: step, who, when, and what was given."""

    at: datetime
    event: str = Field(examples=["sign"])
    label: str = Field(examples=["签收"])
    step: str | None
    step_label: str | None
    actor_kind: str = Field(description="user, hotline, service, or job (Linli itself).")
    actor: str = Field(description="Whose id; `anonymous` where they want to stay unknown.")
    actor_label: str = Field(
        description="In words: 诉求人, a post of the chain with its place, 工作人员, 12345热线 or 系统.",
        examples=["楼栋长（龙泉小区1号楼）"],
    )
    data: dict[str, Any]
    text: dict[str, Any] | None = Field(description="Free text; null where it was erased or none was given.")


# A move is called by where it is made: what is handed out at 分流交办 (交办) is handed on at 跟踪处理 (改派).
_MOVES = {(step, move): row.label for step, move, row in APPEAL.rows()}
_EVENTS = {
    "report": "信息上报", "unplaced": "地点不明，待人工确定", "unassigned": "责任链上无人在岗，待人工交办",
    "attach": "上传附件", "detach": "删除附件", "attachment_failed": "热线附件未能取得",
    "overdue": "超时提醒", "hotline_told": "回传热线", "confidentiality": "保密设置", "hand_over": "岗位交接",
}  # fmt: skip
_ACTORS = {"user": "工作人员", "hotline": "12345热线"}
# What of the words in the timeline is for the one who reported it; all else was written for the file. A new move's
# words are the file's until they are listed here.
_FOR_THE_RESIDENT = {
    "report": {"unsorted", "path"}, "supplement": {"content", "evidence"}, "urge": {"note"}, "withdraw": {"note"},
    "refuse": {"note"}, "merge": {"note"}, "sign": {"note"}, "resume": {"note"}, "suspend": {"reason"},
    "progress": {"note", "evidence"},
    "resolve": {"public_reply", "unresolved_reason", "evidence"}, "reply": {"text"}, "call_back": {"comment"},
    "rate": {"comment"}, "rework": {"reason"}, "attach": {"name"}, "detach": {"name"}, "attachment_failed": {"name"},
}  # fmt: skip


async def of(work: Work, appeal_id: UUID) -> list[TimelineItem]:
    """Everything that happened to the appeal, oldest first. Raises NotFound."""
    appeal = await load(work, appeal_id)
    inside = may_see_inside(appeal, work.actor)
    rows = await work.all(q.TIMELINE, subject_id=appeal_id)
    rows = [row for row in rows if inside or not row["data"].get("internal")]  # what internal attachments came and went
    # Looks at contact data are no part of the case; the person concerned finds them under `GET /me/data-access`.
    return [_item(appeal, row, work.actor) for row in rows if not row["event"].startswith(PREFIX)]


def _item(appeal: Appeal, row: Row, caller: Principal) -> TimelineItem:
    unknown = appeal["anonymous"] and row["actor"] == str(appeal["reporter_id"]) != caller.id
    words: dict[str, Any] | None = row["body"]
    if words and not may_see_inside(appeal, caller):
        shown = _FOR_THE_RESIDENT.get(row["event"], set())
        words = {name: text for name, text in words.items() if name in shown} or None
    return TimelineItem(
        at=row["at"],
        event=row["event"],
        label=_MOVES.get((row["before"], row["event"])) or _EVENTS.get(row["event"], row["event"]),
        step=row["after"],
        step_label=APPEAL.steps[row["after"]].label if row["after"] in APPEAL.steps else None,
        actor_kind=row["actor_kind"],
        actor="anonymous" if unknown else row["actor"],
        actor_label=_who(appeal, row),
        data=row["data"],
        text=words,
    )


def _who(appeal: Appeal, row: Row) -> str:
    """The actor in words, from the appeal itself: posts by their names, people never by theirs."""
    actor, kind = row["actor"], row["actor_kind"]
    if kind == "service" and row["event"] == "report":
        actor, kind = str(appeal["entered_by"]), "user"  # a need found on a visit: it was that person's
    if actor == str(appeal["reporter_id"]):
        return "诉求人"
    link = next((link for link in appeal["chain"] if link["person_id"] == actor), None)
    return f"{link['post_name']}（{link['place']['full_name']}）" if link else _ACTORS.get(kind, "系统")
