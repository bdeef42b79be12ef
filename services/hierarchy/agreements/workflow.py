"""The life of an agreement (共建协议) as one table.

Signed, it begins on its first day by itself and ends with its last; its end is announced before. What is renewed has a
successor, which is a draft of its own; if that never begins, the one before runs on and may be renewed again.
Facts: `begun` and `over`, by its days; `renewed`, it has a successor; `place_there`, its place is not closed.
"""

from services.hierarchy.agreements.inputs import AgreementEdit, AgreementRenewal, Delivery
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who run agreements there. The clock is our own due jobs, the successor is what was to follow."""

    STAFF = "staff", "共建管理人员"
    CLOCK = "clock", "系统"
    SUCCESSOR = "successor", "续签的协议"


STAFF, CLOCK, SUCCESSOR = Party.STAFF, Party.CLOCK, Party.SUCCESSOR
_deliver = stay("履约登记", needs=Delivery)
_renew = to("renewed", "续签", needs=AgreementRenewal, when="place_there", unless="renewed")

AGREEMENT = Workflow("agreement", "共建协议",
    draft=Step("起草", STAFF,
        edit=stay("修改", needs=AgreementEdit), sign=to("signed", "签订", unless="over"),
        withdraw=to("withdrawn", "作废", needs=Because)),
    signed=Step("已签订", STAFF,
        begin=to("running", "生效", by=CLOCK, when="begun"),
        terminate=to("terminated", "终止", needs=Because)),
    running=Step("履行中", STAFF,
        deliver=_deliver, remind=stay("到期提醒", by=CLOCK),
        renew=_renew, terminate=to("terminated", "终止", needs=Because),
        expire=to("expired", "到期", by=CLOCK, when="over")),
    expired=Step("已到期", STAFF, deliver=_deliver, renew=_renew),
    renewed=Step("已续签", STAFF, deliver=_deliver, resume=to("running", "续签作废", by=SUCCESSOR)),
    terminated=Step("已终止"), withdrawn=Step("已作废"),
)  # fmt: skip
OWN_MOVES = tuple(name for name in AGREEMENT.moves() if name not in ("begin", "remind", "expire", "resume"))
