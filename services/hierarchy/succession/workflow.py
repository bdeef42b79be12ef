"""The life of an appointment (任职) as one table.

Facts: `term_over`, the last day of its term is past; `needed`, open appeals, shifts or households hang on it; `over`,
its last day in office is past. Who is needed beyond the term goes on serving, and the linter says so; whoever leaves
without a successor has not left while anything hangs on them that came after that was agreed.
"""

from services.hierarchy.succession.inputs import LeavingPost, PostHandOver, TermRenewal
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who fills and empties the post. The clock is our own due jobs."""

    MANAGER = "manager", "岗位管理人员"
    CLOCK = "clock", "系统"


MANAGER, CLOCK = Party.MANAGER, Party.CLOCK
# Also of one that a workbook entered with its last day, and that nobody has ended otherwise.
_settle = to("ended", "离任", by=CLOCK, when="over", unless="needed")

APPOINTMENT = Workflow("appointment", "任职",
    serving=Step("在任", MANAGER,
        renew=stay("续任", needs=TermRenewal),
        end=to("leaving", "卸任", needs=LeavingPost, unless="needed"),
        hand_over=to("leaving", "交接", needs=PostHandOver),
        expire=to("ended", "届满", by=CLOCK, when="term_over", unless="needed"), settle=_settle),
    leaving=Step("待离任", CLOCK, settle=_settle),
    ended=Step("已离任"),
)  # fmt: skip
OWN_MOVES = ("renew", "end", "hand_over")
