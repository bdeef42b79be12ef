"""The life of one version of a structure (组织架构版本) as one table.

It is uploaded as a draft and checked against what is there; once active it is in force from its day on, until a newer
version takes over. Before that day it can still be withdrawn, and the one before goes on. Nothing but the state of a
version ever changes: what is wrong in one is put right in the next.
"""

from dataclasses import replace
from datetime import date

from services.hierarchy.structures.inputs import Activation
from shared.kernel.workflow import Because, Parties, Step, Workflow, to


class Party(Parties):
    """Whoever runs the structures of the place (组织架构管理员)."""

    MANAGER = "manager", "组织架构管理员"
    SUCCESSOR = "successor", "接替的版本"  # the newer version, when it is activated or withdrawn


MANAGER, SUCCESSOR = Party.MANAGER, Party.SUCCESSOR
_withdraw = to("withdrawn", "撤回", needs=Because)
STRUCTURE = Workflow("structure", "组织架构",
    draft=Step("草稿", MANAGER, activate=to("active", "启用", needs=Activation), withdraw=_withdraw),
    active=Step("现行", MANAGER,
        withdraw=replace(_withdraw, when="waiting"), supersede=to("superseded", "替代", by=SUCCESSOR)),
    superseded=Step("已被替代", SUCCESSOR, restore=to("active", "恢复")), withdrawn=Step("已撤回"),
)  # fmt: skip
OWN_MOVES = ("activate", "withdraw")


def label(step: str, in_force: date, until: date | None, today: date) -> str:
    """The step as people read it on a day: taken over from or not, what is in force is in force to its last day."""
    if step not in ("active", "superseded"):
        return STRUCTURE.steps[step].label
    if until is not None and until < max(in_force, today):
        return STRUCTURE.steps["superseded"].label
    if in_force > today:
        return f"待生效（{_day(in_force, today)}起）"
    return STRUCTURE.steps["active"].label + (f"（至 {_day(until, today)}）" if until else "")


def _day(day: date, today: date) -> str:
    return ("" if day.year == today.year else f"{day.year}年") + f"{day.month}月{day.day}日"
