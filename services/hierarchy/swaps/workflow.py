"""The life of a swap (换班) as one table: one asks, the other says yes or no; both have then agreed, and it is done.

Fact: `needs_approval`, the roster says that those who plan it have the last word.
"""

from shared.kernel.workflow import Because, Parties, Step, Workflow, to


class Party(Parties):
    """Who gives the shift, who is asked to take it, who plans the roster; the clock is our own due jobs."""

    ASKER = "asker", "申请人"
    ASKED = "asked", "对方"
    STAFF = "staff", "排班人员"
    CLOCK = "clock", "系统"


_lapse = to("lapsed", "逾期", by=Party.CLOCK)
SWAP = Workflow("swap", "换班",
    asked=Step("待对方同意", Party.ASKED,
        accept=to("agreed", "同意", unless="needs_approval"),
        consent=to("waiting", "同意并报批", when="needs_approval"),
        decline=to("declined", "不同意"),
        withdraw=to("withdrawn", "撤回", by=Party.ASKER),
        lapse=_lapse),
    waiting=Step("待批准", Party.STAFF,
        approve=to("agreed", "批准"), refuse=to("refused", "不批准", needs=Because),
        withdraw=to("withdrawn", "撤回", by=(Party.ASKER, Party.ASKED)),
        lapse=_lapse),
    agreed=Step("已换班"), declined=Step("未同意"), refused=Step("未批准"), withdrawn=Step("已撤回"),
    lapsed=Step("已逾期"),
)  # fmt: skip
OPEN = ("asked", "waiting")
OWN_MOVES = tuple(name for name in SWAP.moves() if name != "lapse")
