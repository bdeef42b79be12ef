"""The six steps of an appeal (诉求六步): 信息上报 → 核实立案 → 分流交办 → 跟踪处理 → 事件反馈 → 考核评价.

This table is the whole truth about what may happen to an appeal; `moves.py` asks it and nothing else assigns a step.
Source: 坊子区「睦邻党建」 for the six steps; 东湖路社区 for "no closing without an answer and a call-back"
(事事有回音、件件有答复，及时回访); 西南街社区 for the way up: 楼栋长 → 党员中心户 → 网格长 → 社区 → 物业.
"""

from services.tickets.appeals import inputs as given
from shared.kernel.workflow import Parties, Step, Workflow, stay, to


class Party(Parties):
    """The caller's relation to this one appeal."""

    INTAKE = "intake", "受理人员"  # community staff and operators whose scope covers the place
    DISPATCH = "dispatch", "分派人员"  # those who may hand it out
    LEAD = "lead", "承办人"  # who was asked to handle it, and nobody else
    RESIDENT = "resident", "诉求人"  # who reported it
    SUPERVISOR = "supervisor", "督办人员"  # who watches over the district
    HOTLINE = "hotline", "热线平台"  # the hotline that sent the order
    CLOCK = "clock", "系统"  # Linli's own jobs


P = Party
_CASE = (P.INTAKE, P.RESIDENT, P.HOTLINE)  # who may add to what was reported
_PUSH = (P.RESIDENT, P.SUPERVISOR, P.HOTLINE)  # who may press for an answer

APPEAL = Workflow(
    "appeal",
    "诉求",
    report=Step(
        "信息上报", P.INTAKE, within="register",
        locate=to("verify", "确定地点", needs=given.Located, by=(P.INTAKE, P.CLOCK)),
        supplement=stay("补充情况", needs=given.Supplement, by=_CASE),
        urge=stay("催办", needs=given.Urging, by=_PUSH),
        withdraw=to("withdrawn", "撤回", by=(P.RESIDENT, P.HOTLINE)),
    ),
    verify=Step(
        "核实立案", P.INTAKE, within="verify",
        file=to("assign", "立案", needs=given.Filing, by=(P.INTAKE, P.CLOCK)),
        refuse=to("feedback", "不予立案", needs=given.Refusal),
        merge=to("merged", "并入重复件", needs=given.Duplicate),
        supplement=stay("补充情况", needs=given.Supplement, by=_CASE),
        urge=stay("催办", needs=given.Urging, by=_PUSH),
        withdraw=to("withdrawn", "撤回", by=(P.RESIDENT, P.HOTLINE)),
    ),
    assign=Step(
        "分流交办", P.DISPATCH, within="sign",
        assign=stay("交办", needs=given.Assignment, by=(P.DISPATCH, P.CLOCK)),
        sign=to("handle", "签收", by=P.LEAD, when="assigned"),
        escalate=stay("上报上一级", needs=given.Escalation, by=P.LEAD, when="assigned"),
        hand_back=stay("退单", needs=given.Return, by=P.LEAD, when="assigned"),
        supplement=stay("补充情况", needs=given.Supplement, by=_CASE),
        urge=stay("催办", needs=given.Urging, by=_PUSH),
        withdraw=to("withdrawn", "撤回", by=(P.RESIDENT, P.HOTLINE)),
    ),
    handle=Step(
        "跟踪处理", P.LEAD, within="handle",
        assign=to("assign", "改派", needs=given.Assignment, by=P.DISPATCH),
        contact=stay("联系诉求人", needs=given.Contact),
        progress=stay("办理进展", needs=given.Progress),
        escalate=to("assign", "上报上一级", needs=given.Escalation),
        suspend=stay("挂起", needs=given.Suspension, unless="suspended"),
        resume=stay("恢复办理", when="suspended"),
        resolve=to("feedback", "提交办理结果", needs=given.Result, unless="suspended"),
        supplement=stay("补充情况", needs=given.Supplement, by=_CASE),
        urge=stay("催办", needs=given.Urging, by=_PUSH),
    ),
    feedback=Step(
        "事件反馈", P.LEAD, P.INTAKE, within="feedback",
        reply=to("rate", "答复诉求人", needs=given.Reply),
        urge=stay("催办", needs=given.Urging, by=_PUSH),
    ),
    rate=Step(
        "考核评价", P.INTAKE, within="rate",
        call_back=stay("回访", needs=given.CallBack, by=(P.INTAKE, P.HOTLINE)),
        rate=stay("评价", needs=given.Rating, by=(P.RESIDENT, P.HOTLINE), unless="rated"),
        rework=to("assign", "不满意重办", needs=given.Rework, by=(P.INTAKE, P.RESIDENT, P.HOTLINE), unless="refused"),
        close=to("closed", "办结归档", by=(P.INTAKE, P.CLOCK), when="called_back"),
    ),
    closed=Step("已办结"),
    merged=Step("已并单"),
    withdrawn=Step("已撤回"),
)  # fmt: skip

# What the resident and the hotline are shown (公开状态).
PUBLIC_STATUS = {
    "report": "已收到", "verify": "已收到", "assign": "办理中", "handle": "办理中", "feedback": "办理中",
    "rate": "已答复", "closed": "已办结", "merged": "已办结", "withdrawn": "已办结",
}  # fmt: skip
