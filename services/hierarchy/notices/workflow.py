"""The life of a notice (通知) as one table: sent, read by one after the other, perhaps taken back.

Facts: `unread`, the caller has it and has not acknowledged it.
"""

from services.hierarchy.notices.inputs import Receipt
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Those who send notices at the place, and those who were sent this one."""

    SENDER = "sender", "发送人员"
    RECIPIENT = "recipient", "接收人"


NOTICE = Workflow("notice", "通知",
    sent=Step("已发出", Party.SENDER, Party.RECIPIENT,
        acknowledge=stay("签收", needs=Receipt, by=Party.RECIPIENT, when="unread"),
        withdraw=to("withdrawn", "撤回", needs=Because, by=Party.SENDER)),
    withdrawn=Step("已撤回"),
)  # fmt: skip
