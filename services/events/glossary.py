"""What the fields and values of events are called in Chinese. Labels that the service itself shows are its own."""

from services.events.activities.rules import LABELS
from services.events.attendance.rules import Evidence
from services.events.notices.rules import Kind
from shared.runtime.web.glossary import Glossary

FIELDS: dict[str, str] = {
    "activity": "所属活动", "activity_id": "活动编号", "capacity": "名额", "description": "活动说明",
    "ends_at": "结束时间", "signup_from": "报名开始时间", "signup_until": "报名截止时间", "starts_at": "开始时间",
    "title": "活动标题", "type": "活动类型", "type_label": "活动类型（中文）", "waiting_limit": "候补上限",
    "organiser": "组织者人员编号", "registration_id": "报名编号", "evidence": "证据等级", "place_name": "活动地点名称",
    "NoticeView.kind": "通知种类", "NoticeView.text": "通知内容", "TypeView.code": "活动类型代码",
    "TypeView.label": "活动类型名称", "NewActivity.signup_from": "报名开始时间；不填则一经开放即可报名。",
    "NewActivity.signup_until": "报名截止时间；不填则到活动开始为止。",
    "NewActivity.waiting_limit": "候补人数上限；null 为不限，0 为不设候补。",
    "ActivityEdit.waiting_limit": "候补人数上限；null 为不限，0 为不设候补。",
    "Scan.code": "活动签到码，志愿者签到必填", "CallingOff.reason": "取消原因，已报名的人会看到", "Scan.note": "备注",
    "WalkIn.person": "现场参加者的人员编号", "WalkIn.note": "备注", "ActivityEdit.note": "备注",
    "mine": "只看本人组织的活动",
}  # fmt: skip

GLOSSARY = Glossary(
    FIELDS,
    (
        LABELS,
        {Evidence.SCAN: "现场扫码", Evidence.ORGANISER: "组织者登记"},
        {Kind.PROMOTED: "候补转正", Kind.CALLED_OFF: "活动取消"},
    ),
)
