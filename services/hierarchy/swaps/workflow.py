"""The life of a swap (换班) as one table: one asks, the other says yes or no; both have then agreed, and it is done."""

from enum import StrEnum

from services.hierarchy.swaps.inputs import Note
from shared.kernel.workflow import Step, Workflow, to


class Party(StrEnum):
    """Who gives the shift, who is asked to take it; the clock is our own due jobs."""

    ASKER = "asker"
    ASKED = "asked"
    CLOCK = "clock"


SWAP = Workflow("swap", "换班",
    asked=Step("待对方同意", Party.ASKED,
        accept=to("agreed", "同意", needs=Note), decline=to("declined", "不同意", needs=Note),
        withdraw=to("withdrawn", "撤回", needs=Note, by=Party.ASKER),
        lapse=to("lapsed", "逾期", needs=Note, by=Party.CLOCK)),
    agreed=Step("已换班"), declined=Step("未同意"), withdrawn=Step("已撤回"), lapsed=Step("已逾期"),
)  # fmt: skip
OWN_MOVES = tuple(name for name in SWAP.moves() if name != "lapse")
