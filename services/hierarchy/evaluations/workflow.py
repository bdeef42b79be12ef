"""The life of a three-party evaluation (三方评价) as one table.

While scores are collected, nobody sees another's. The third one settles it, or flags it where the three disagree much:
that is accepted with a reason, or opened again, once; where not all score again, the first result stands.
Facts: `all_in`, `due` (the last day is over), `place_there` (its place is not closed: where it is, nobody is left who
could be asked again), `again` (it was opened again: there is a result, which is not withdrawn).
"""

from services.hierarchy.evaluations.inputs import Score
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who give a score, those who run it, and the rules themselves (the third score, the last day)."""

    RATER = "rater", "评价人"
    STAFF = "staff", "评价组织人员"
    CLOCK = "clock", "系统"


RATER, STAFF, CLOCK = Party.RATER, Party.STAFF, Party.CLOCK
_reopen = to("collecting", "重新评价", needs=Because, when="place_there")

EVALUATION = Workflow("evaluation", "三方评价",
    collecting=Step("评分中", RATER,
        score=stay("评分", needs=Score, unless="due"), settle=to("settled", "形成结果", by=CLOCK, when="all_in"),
        flag=to("flagged", "分差提示", by=CLOCK, when="all_in"),
        lapse=to("lapsed", "逾期", by=CLOCK, when="due"),
        withdraw=to("withdrawn", "撤销", needs=Because, by=STAFF, unless="again")),
    flagged=Step("分差较大", STAFF, accept=to("settled", "确认结果", needs=Because), reopen=_reopen),
    settled=Step("已评定", STAFF, reopen=_reopen),
    lapsed=Step("逾期未评"), withdrawn=Step("已撤销"),
)  # fmt: skip
COMPLETE = ("flagged", "settled")
OWN_MOVES = ("score", "withdraw", "accept", "reopen")
