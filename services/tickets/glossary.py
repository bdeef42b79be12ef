"""What the fields and values of tickets are called in Chinese. Labels that the service itself shows are its own."""

from services.tickets.appeals.inputs import AppealType, Channel, RefusalReason, ResultKind, ReturnReason, Urgency
from services.tickets.appeals.workflow import APPEAL
from services.tickets.attachments.rules import Kind
from shared.runtime.web.glossary import Glossary
from shared.schemas.hotline import Inbound

A, C, N, X = AppealType, Channel, Inbound, RefusalReason
# ---- appeals: what is sent and what is shown
FIELDS: dict[str, str] = {
    "appeal_id": "诉求编号", "appeal_type": "诉求类型", "channel": "诉求渠道", "urgency": "紧急程度",
    "confidential": "是否保密", "anonymous": "是否匿名", "evidence": "佐证材料", "reached": "是否联系上",
    "resolved": "是否解决", "score": "满意度，1 至 5 分", "rating": "满意度评分", "content": "诉求内容",
    "title": "诉求标题", "step_due": "本环节截止时间", "step_since": "进入本环节的时间", "overdue": "是否超时",
    "suspended": "是否挂起", "merged_into": "并入的诉求编号", "called_back": "是否已回访",
    "contact": "诉求人联系方式（已脱敏）", "refused": "不予立案理由", "public_reply": "公开答复",
    "repeat_count": "重复次数", "lead": "是否由其承办", "hotline": "来源热线", "order_no": "热线工单号",
    "internal_note": "办理情况（内部）", "top": "所属大类", "callback": "回访结果", "unresolved_reason": "未解决的原因",
    "CategoryView.code": "诉求类别代码", "CategoryView.label": "诉求类别名称",
    "NewAppeal.title": "诉求标题，一句话说明", "NewAppeal.content": "诉求内容：何事、何处、何时、希望如何解决",
    "Filing.evidence": "核实材料", "Located.note": "备注：地点如何确定", "Refusal.reason": "不予立案理由",
    "Duplicate.of": "所重复的诉求编号", "Duplicate.note": "备注：为何认定重复", "Assignment.note": "交办意见",
    "Assignment.post": "承办岗位编码；不填则交给责任链上最近的岗位。", "Return.reason": "退单理由",
    "Return.note": "退单说明", "Urging.note": "催办内容",
    "Contact.how": "联系方式：phone 电话、visit 上门、message 短信。", "Contact.note": "联系情况",
    "Contact.evidence": "联系记录附件", "Contact.name": "诉求人姓名", "Contact.phone": "诉求人电话",
    "Progress.note": "办理进展", "Progress.evidence": "办理过程材料", "Result.result": "办理结果",
    "Result.evidence": "办理佐证，至少一件",
    "Reply.how": "答复方式：phone 电话、visit 上门、message 短信、app 应用内。", "Reply.text": "答复内容",
    "CallBack.attempts": "回访尝试次数", "CallBack.reached": "是否联系上诉求人", "CallBack.note": "回访情况",
    "Rating.comment": "评价内容", "Rework.reason": "退回重办的理由", "Supplement.content": "补充的情况",
    "Supplement.evidence": "补充的材料", "Caller.name": "诉求人姓名", "Caller.phone": "诉求人手机号",
    "Caller.address": "诉求人住址", "Confidentiality.confidential": "设为保密（true）或取消保密（false）",
    "Confidentiality.reason": "设为或取消保密的理由", "Evidence.kind": "材料类别", "Evidence.description": "材料说明",
    "Evidence.sha256": "文件的 SHA-256 校验值", "RevealedContact.name": "诉求人姓名",
    "RevealedContact.phone": "诉求人电话", "RevealedContact.address": "诉求人住址", "TimelineItem.at": "发生时间",
    "TimelineItem.label": "做了什么", "TimelineItem.text": "所填文字；已删除或没有时为空",
    "TimelineItem.step": "所在环节", "TimelineItem.actor": "经办人编号；要求匿名的显示 anonymous。",
    "ChainLink.place": "所负责的地点", "OpenCounted.counts": "各地点的未办结件数，顺序与所问一致",
    "OpenCounts.paths": "所问地点的路径", "OpenCounts.within": "各路径共同的上级路径",
    # ---- attachments
    "added_at": "上传时间", "content_url": "文件下载地址，须用本人的访问令牌", "thumbnail_url": "缩略图地址；PDF 没有",
    "expires_at": "链接失效时间", "height": "高（像素）", "width": "宽（像素）", "size": "大小（字节）",
    "media_type": "文件类型", "mine": "是否本人上传", "public": "是否公开", "sha256": "SHA-256 校验值",
    "DeliveredCallback.status": "热线的应答状态码", "AppealView.result": "办理结果", "AttachmentView.name": "文件名",
    "AttachmentView.kind": "附件类别", "file": "要上传的文件", "variant": "原件或缩略图",
    "expires": "链接失效时间，照链接填写", "signature": "链接签名，照链接填写",
    # ---- the hotline's orders and what it is told
    "event": "事件", "note": "备注", "secret": "签名密钥，只显示一次，请妥善保管", "callback_url": "状态回传地址",
    "HotlineSettings.name": "热线名称", "HotlineView.name": "热线名称", "HotlineView.id": "热线编号，用于推送地址",
    "delivered_at": "送达时间", "seq": "序号，按工单从 1 递增", "ticket_no": "我方诉求编号", "operator": "经办人",
    "unit": "经办单位", "HotlineEvent.event": "事件类型",
    "HotlineEvent.order": "完整工单；派单（order.dispatched）时必填。",
    "HotlineEvent.order_no": "工单号，用于已派工单的后续事件", "HotlineEvent.note": "热线的说明",
    "HotlineEvent.callback": "回访结果；事件为 order.callback_result 时必填。",
    "HotlineEvent.Attachment.mime": "文件类型", "HotlineEvent.Attachment.name": "文件名",
    "HotlineEvent.Attachment.sha256": "文件的 SHA-256 校验值", "HotlineEvent.Attachment.url": "文件下载地址",
    "HotlineEvent.CallbackResult.reached": "是否联系上", "HotlineEvent.CallbackResult.comment": "诉求人的评价",
    "HotlineEvent.Caller.name": "诉求人姓名", "HotlineEvent.Caller.phone": "诉求人电话",
    "HotlineEvent.Caller.age_range": "诉求人年龄段", "HotlineEvent.Caller.gender": "诉求人性别",
    "HotlineEvent.Caller.callback_phone": "回访电话", "HotlineEvent.Caller.anonymous": "是否匿名",
    "HotlineEvent.Category.scheme": "分类体系，linli 为本系统", "HotlineEvent.Category.code": "分类代码",
    "HotlineEvent.Category.path": "分类名称，由大到小", "HotlineEvent.Deadline.sign": "签收时限",
    "HotlineEvent.Deadline.contact": "首次联系时限", "HotlineEvent.Deadline.reply": "办结答复时限",
    "HotlineEvent.Deadline.unit": "时限单位", "HotlineEvent.Deadline.amount": "时限数量",
    "HotlineEvent.Dispatch.mode": "派单方式", "HotlineEvent.Dispatch.lead_unit": "主办单位",
    "HotlineEvent.Dispatch.assist_units": "协办单位", "HotlineEvent.Dispatch.at": "派单时间",
    "HotlineEvent.Dispatch.by": "派单人", "HotlineEvent.Dispatch.note": "派单意见",
    "HotlineEvent.Occurred.address": "事发地址", "HotlineEvent.Occurred.place_code": "事发地点编码（本系统）",
    "HotlineEvent.Occurred.admin_code": "12 位社区代码", "HotlineEvent.Occurred.grid_code": "15 位网格代码",
    "HotlineEvent.Occurred.coord": "坐标系", "HotlineEvent.Order.accepted_at": "受理时间",
    "HotlineEvent.Order.accepted_by": "受理人", "HotlineEvent.Order.attachments": "附件",
    "HotlineEvent.Order.call_time": "来电时间", "HotlineEvent.Order.callback_required": "是否需要回访",
    "HotlineEvent.Order.callback_type": "回访方式", "HotlineEvent.Order.caller": "诉求人",
    "HotlineEvent.Order.category": "诉求分类", "HotlineEvent.Order.deadline": "办理时限",
    "HotlineEvent.Order.dispatch": "派单信息", "HotlineEvent.Order.occurred": "事发地",
    "HotlineEvent.Order.parent_order_no": "上级工单号", "HotlineEvent.Order.publishable": "能否公开",
    "HotlineEvent.Order.repeat_of": "所重复的工单号", "HotlineEvent.Order.revision": "工单版次，热线每改一次加 1",
    "HotlineEvent.Order.source_order_no": "来源工单号", "Receipt.status": "收到后的状态",
    "StatusCallback.event": "办理状态", "StatusCallback.at": "发生时间",
}  # fmt: skip

LABELS = (
    {Urgency.L1: "特急", Urgency.L2: "紧急", Urgency.L3: "一般", Urgency.L4: "疑难复杂"},
    {A.CONSULT: "咨询", A.HELP: "求助", A.COMPLAIN: "投诉", A.REPORT: "举报", A.SUGGEST: "建议", A.PRAISE: "表扬"},
    {
        C.APP: "手机应用", C.MINIPROGRAM: "小程序", C.WEB: "网页", C.QR: "扫码反映", C.WECHAT_GROUP: "微信群",
        C.PHONE: "电话", C.WALK_IN: "来访", C.STATION: "驿站", C.WINDOW: "便民窗口", C.GRID_PATROL: "网格巡查",
        C.VISIT: "走访", C.MEETING: "议事", C.PROPERTY_BOOK: "物业来电来访登记本", C.BUILDING_LOG: "楼栋长日志",
        C.SERVICE_BOOK: "便民服务记录本", C.SUGGESTION_BOX: "民情收集箱", C.SUGGESTION_BOOK: "居民建议记录本",
        C.SUPERIOR: "上级交办", C.HOTLINE: "12345 热线",
    },
    {
        X.OUTSIDE: "不属本区管辖", X.PROCEDURE: "已进入法律程序", X.UNLAWFUL: "违反法律法规或政策",
        X.SECRET: "涉密或涉隐私", X.NOT_FACTUAL: "与事实不符", X.UNREASONABLE: "诉求不合理",
        X.HEARD: "经听证认定不合理", X.MALICIOUS: "恶意反映", X.EMERGENCY: "应拨打紧急电话",
    },
    {
        ReturnReason.NOT_MINE: "不属本单位职责", ReturnReason.OUTSIDE: "不在本辖区",
        ReturnReason.INCOMPLETE: "信息不全", ReturnReason.REPEATED: "重复派单",
        ReturnReason.PROCEDURE: "已进入法律程序", ReturnReason.EMERGENCY: "应拨打紧急电话", ReturnReason.OTHER: "其他",
    },
    {ResultKind.SOLVED: "已解决", ResultKind.PARTLY: "部分解决", ResultKind.UNSOLVED: "未解决"},
    {
        Kind.REPORT: "诉求材料", Kind.EVIDENCE: "办理佐证", Kind.CONTACT: "联系记录", Kind.CERTIFICATE: "证明材料",
        Kind.HANDLING: "办理过程材料",
    },
    {name: step.label for name, step in APPEAL.steps.items()},
    {
        N.DISPATCHED: "派单", N.SUPPLEMENTED: "补充", N.URGED: "催办", N.WITHDRAWN: "撤回",
        N.CALLBACK_RESULT: "回访结果", N.REWORK: "退回重办", N.PING: "连通测试",
    },
    {
        "placed": "已收，地点明确", "unplaced": "已收，待人工确定地点", "recorded": "已收，正在核对地点或已记入原工单",
        "pong": "连通正常",
    },
    {"original": "原件", "thumbnail": "缩略图"},
    {"M": "男", "F": "女", "": "未知"},
    {"work_day": "工作日", "day": "日", "hour": "小时"},
)  # fmt: skip
GLOSSARY = Glossary(FIELDS, LABELS)
