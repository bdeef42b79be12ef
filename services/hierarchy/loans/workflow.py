"""The life of a loan as one table. What is lost is not on the shelf until it is found again."""

from services.hierarchy.loans.inputs import Lost, NewDue
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who keeps the shelf."""

    KEEPER = "keeper", "物品保管人员"


LOAN = Workflow("loan", "借用",
    lent=Step("借出", Party.KEEPER,
        extend=stay("续借", needs=NewDue), give_back=to("returned", "归还"),
        lose=to("lost", "报失", needs=Lost)),
    lost=Step("遗失", Party.KEEPER, give_back=to("returned", "找回归还")),
    returned=Step("已归还"),
)  # fmt: skip
