"""The life of one version of a structure (组织架构版本) as one table.

It is uploaded as a draft and checked against what is there; once active it is in force from its day on, until a newer
version takes over. Nothing but the state of a version ever changes: what is wrong in one is put right in the next.
"""

from services.hierarchy.structures.inputs import Activation
from shared.kernel.workflow import Because, Parties, Step, Workflow, to


class Party(Parties):
    """Whoever runs the structures of the place (组织架构管理员)."""

    MANAGER = "manager", "组织架构管理员"
    SUCCESSOR = "successor", "接替的版本"  # the newer version, when it is activated


MANAGER, SUCCESSOR = Party.MANAGER, Party.SUCCESSOR
STRUCTURE = Workflow("structure", "组织架构",
    draft=Step("草稿", MANAGER,
        activate=to("active", "启用", needs=Activation), withdraw=to("withdrawn", "撤回", needs=Because)),
    active=Step("现行", MANAGER, supersede=to("superseded", "替代", by=SUCCESSOR)),
    superseded=Step("已被替代"), withdrawn=Step("已撤回"),
)  # fmt: skip
OWN_MOVES = ("activate", "withdraw")
