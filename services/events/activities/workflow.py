"""The life of an activity (活动) as one table."""

from services.events.activities.inputs import ActivityEdit, CallingOff
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who stands how to this activity. The clock is our own due jobs."""

    ORGANISER = "organiser", "组织者"
    STAFF = "staff", "活动管理人员"
    CLOCK = "clock", "系统"


ORGANISER, STAFF, CLOCK = Party.ORGANISER, Party.STAFF, Party.CLOCK
_EVERY = (ORGANISER, STAFF, CLOCK)

_edit = stay("修改", needs=ActivityEdit)
_cancel = to("cancelled", "取消活动", needs=CallingOff)

ACTIVITY = Workflow("activity", "活动",
    draft=Step("草稿", ORGANISER, STAFF, edit=_edit,
        open=to("open", "开放报名"), cancel=_cancel),
    open=Step("报名中", ORGANISER, STAFF, edit=_edit,
        close=to("closed", "截止报名", by=_EVERY),
        start=to("underway", "活动开始", by=_EVERY), cancel=_cancel),
    closed=Step("报名截止", ORGANISER, STAFF, edit=_edit,
        reopen=to("open", "重新开放报名"),
        start=to("underway", "活动开始", by=_EVERY), cancel=_cancel),
    underway=Step("进行中", ORGANISER, STAFF,
        finish=to("finished", "活动结束", by=_EVERY)),
    finished=Step("已结束"),
    cancelled=Step("已取消"),
)  # fmt: skip
