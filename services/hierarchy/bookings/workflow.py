"""The life of a booking (场地预约) as one table.

It begins as `requested`, or as `approved` where the venue's bookings need no look. Both hold the room; whatever ends
one gives it free. Facts: `begun`, its time has come.
"""

from shared.kernel.workflow import Because, Parties, Step, Workflow, to


class Party(Parties):
    """Who stands how to this booking. The clock is our own due jobs."""

    BOOKER = "booker", "预约人"
    STAFF = "staff", "阵地管理人员"
    CLOCK = "clock", "系统"


BOOKER, STAFF, CLOCK = Party.BOOKER, Party.STAFF, Party.CLOCK
_withdraw = to("cancelled", "取消预约", by=BOOKER, unless="begun")

BOOKING = Workflow("booking", "场地预约",
    requested=Step("待审核", STAFF,
        approve=to("approved", "同意"), refuse=to("refused", "不同意", needs=Because),
        cancel=_withdraw, lapse=to("lapsed", "逾期未审", by=CLOCK, when="begun")),
    approved=Step("已预约", STAFF,
        revoke=to("revoked", "收回", needs=Because, unless="begun"), cancel=_withdraw,
        confirm_use=to("used", "确认使用", when="begun"),
        mark_unused=to("unused", "未使用", when="begun")),
    refused=Step("未同意"), cancelled=Step("已取消"), revoked=Step("已收回"), lapsed=Step("逾期未审"),
    used=Step("已使用"), unused=Step("未使用"),
)  # fmt: skip
HOLDING = ("requested", "approved")  # what keeps others out
OWN_MOVES = tuple(name for name in BOOKING.moves() if name != "lapse")
