"""The way to a post (选任) as one table.

Whoever was recommended agrees first. Facts: `scored`, every criterion of the post has points (or it has none).
"""

from services.hierarchy.candidacies.inputs import Choice, Scores
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who stands, who weighs, and who scores: nobody scores themself."""

    CANDIDATE = "candidate", "候选人"
    STAFF = "staff", "选任工作人员"


CANDIDATE, STAFF = Party.CANDIDATE, Party.STAFF
_withdraw = to("withdrawn", "退出", needs=Because, by=CANDIDATE)
_reject = to("rejected", "不予任用", needs=Because)

CANDIDACY = Workflow("candidacy", "选任",
    proposed=Step("待本人同意", CANDIDATE,
        agree=to("nominated", "同意参选"), withdraw=_withdraw,
        reject=to("rejected", "不予任用", needs=Because, by=STAFF)),
    nominated=Step("评议", STAFF,
        score=stay("评分", needs=Scores), review=to("reviewed", "审核通过", when="scored"),
        reject=_reject, withdraw=_withdraw),
    reviewed=Step("待任命", STAFF,
        appoint=to("appointed", "任命", needs=Choice), reject=_reject, withdraw=_withdraw),
    appointed=Step("已任命"), rejected=Step("未任用"), withdrawn=Step("已退出"),
)  # fmt: skip
SOURCES = {"self": "自荐", "recommended": "推荐", "recruited": "招募", "service_purchase": "购买服务"}
