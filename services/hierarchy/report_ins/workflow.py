"""The life of a report-in (双报到) as one table. The community confirms that the member, or the unit, is one."""

from services.hierarchy.report_ins.inputs import ReportInEdit
from shared.kernel.workflow import Because, Parties, Step, Workflow, stay, to


class Party(Parties):
    """Who reported in, and those who take it."""

    SELF = "self", "报到人"
    STAFF = "staff", "报到受理人员"


SELF, STAFF = Party.SELF, Party.STAFF
_edit = stay("修改", needs=ReportInEdit, by=(SELF, STAFF))
_deregister = to("ended", "注销报到", needs=Because, by=(SELF, STAFF))

REPORT_IN = Workflow("report_in", "双报到",
    reported=Step("待确认", STAFF,
        edit=_edit, confirm=to("confirmed", "确认"), refuse=to("refused", "不予确认", needs=Because),
        deregister=_deregister),
    confirmed=Step("已报到", STAFF, edit=_edit, deregister=_deregister),
    ended=Step("已注销"), refused=Step("未确认"),
)  # fmt: skip
OVER = ("ended", "refused")
