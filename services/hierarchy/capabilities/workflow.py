"""The life of what stands on a list as one table. A resource or a need is `open`; a need that a partner takes becomes a
project, which is `running`. Facts: `need`, `resource`, `project`, by its kind.
"""

from services.hierarchy.capabilities.inputs import ListingEdit, Outcome, Taking
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who keep the lists there."""

    STAFF = "staff", "清单管理人员"


LISTING = Workflow("listing", "三张清单",
    open=Step("在列", Party.STAFF,
        edit=stay("修改", needs=ListingEdit), take=to("taken", "认领", needs=Taking, when="need"),
        withdraw=to("withdrawn", "撤下", needs=Because)),
    taken=Step("已认领", Party.STAFF, edit=stay("修改", needs=ListingEdit)),
    running=Step("实施中", Party.STAFF,
        edit=stay("修改", needs=ListingEdit), finish=to("done", "办结", needs=Outcome),
        release=to("withdrawn", "退回", needs=Because)),
    done=Step("已办结"), withdrawn=Step("已撤下"),
)  # fmt: skip
