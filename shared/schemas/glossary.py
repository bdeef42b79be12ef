"""The words that all services share: what a field of this name is called, and what the values of shared lists mean.

Documents are made of them (`shared.runtime.web.glossary`). `Schema.name` goes before `name`. Pure.
"""

from collections.abc import Mapping
from typing import Any

from shared.kernel.rights_table import ROLES
from shared.schemas.personal import ReasonKind as R

FIELDS: dict[str, str] = {
    # ---- every case and every list
    "id": "编号", "version": "版本号（修改时放入 If-Match）", "created_at": "创建时间", "updated_at": "更新时间",
    "closed_at": "办结时间", "step": "当前环节", "step_label": "当前环节（中文）", "moves": "可办理的操作",
    "items": "列表内容", "next": "下一页标记，没有下一页时为空；翻页时作为 cursor 传入。", "cursor": "翻页标记",
    "limit": "每页条数", "count": "数量", "total": "总数", "code": "编码", "name": "名称", "label": "名称（中文）",
    "title": "标题", "content": "内容", "description": "说明", "note": "备注", "reason": "理由", "comment": "评语",
    "text": "文字内容", "kind": "类别", "type": "类型", "format": "格式", "data": "数据", "detail": "详情",
    "result": "结果", "status": "状态", "state": "状态", "role": "角色", "order": "顺序号", "number": "编号",
    "since": "起始日期", "until": "截止日期", "on": "日期", "day": "日期", "month": "月份", "year": "年份",
    "at": "时间", "begins_at": "开始时间", "ends_at": "结束时间", "starts_at": "开始时间", "phone": "电话",
    "address": "地址", "zh": "中文说明", "en": "英文说明", "how": "方式", "district": "区县代码",
    # ---- places, people, posts
    "place": "地点编码", "place_id": "地点编号", "place_code": "地点编码", "place_name": "地点名称",
    "full_name": "完整名称（自街道起）", "path": "地点路径", "category": "诉求类别",
    "category_label": "诉求类别（中文）", "person": "人员编号", "person_id": "人员编号", "person_name": "姓名",
    "post": "岗位编码", "post_code": "岗位编码", "post_name": "岗位名称", "organisation": "组织编码",
    "organisation_code": "组织编码", "organisation_name": "组织名称", "lat": "纬度", "lng": "经度", "lon": "经度",
    "chain": "责任链，由近及远", "vacant": "是否空缺", "PlaceRef.kind": "地点类别", "PlaceRef.code": "地点编码",
    "PlaceRef.name": "地点名称", "Responsible.order": "顺序，1 为最近", "Responsible.place": "所负责的地点",
    "ResponsibilityChain.place": "所问的地点", "ResponsibilityChain.on": "所问的日期",
    # ---- problems, jobs, the journal
    "Problem.type": "问题类型", "Problem.title": "问题概要", "Problem.status": "HTTP 状态码",
    "Problem.code": "问题代码，固定不变，供程序判断。",
    "Problem.detail": "问题说明及处理办法，语言随 Accept-Language。", "detail_zh": "中文说明及处理办法",
    "detail_en": "英文说明及处理办法", "request_id": "请求编号，求助时请提供。",
    "Problem.errors": "出错的各字段：位置和原因", "Problem.FieldError.at": "出错位置（JSON 指针）",
    "Problem.FieldError.kind": "错误种类", "args": "参数", "attempts": "已尝试次数", "last_error": "最后一次错误",
    "dead_at": "放弃时间", "DeadJob.name": "作业名称", "actor": "操作者", "actor_kind": "操作者类别",
    "before": "之前的环节", "after": "之后的环节", "event": "事件", "subject": "对象编号", "subject_kind": "对象类别",
    "position": "在签封链中的位置", "hash": "该位置的链哈希（SHA-256）", "sealed_to": "已签封到的最新时间",
    # ---- personal data
    "reason_kind": "事由类别", "id_number": "公民身份号码", "about": "所涉对象类别", "about_id": "所涉对象编号",
    "fields": "所示字段", "made_at": "生成时间", "service": "服务名称", "open_cases": "未办结件数",
    "handling": "正在经办件数", "phone_indexes": "手机号盲索引", "phone_index": "手机号盲索引",
    "older": "旧密钥下的盲索引（换钥期间）", "Access.at": "查看时间", "Access.label": "做了什么",
    "Access.role": "以何角色", "Access.post": "以何岗位或单位", "Access.reason": "所填事由",
    "Access.about": "所涉对象：本人，或某件诉求的联系方式", "KnownContact.name": "姓名",
    "Exported.format": "格式名称和版本", "Exported.data": "各类内容",
    # ---- between services
    "successor_id": "接替人编号", "sessions": "会话编号", "NotedSessions.sessions": "已登记的会话数",
    "EndedSessions.until": "最后一个令牌失效的时间", "PathMove.old": "原路径", "PathMove.new": "新路径",
    "PlaceChange.order": "变更顺序号", "PlaceChange.code": "地点编码", "PlaceChange.event": "变更种类",
    "PlaceChange.moves": "路径变更，逐条依次执行", "workflow_table.name": "流程名称",
    "stale": "名称已变的路径（含下级）", "PlaceChange.now": "现由哪些地点接替", "PlaceNow.code": "已撤销地点的编码",
    "PlaceNow.place": "接替的地点", "NotedChange.order": "变更顺序号", "paths": "地点路径列表",
    "counts": "各项数量，顺序与所问一致", "within": "所在上级地点的路径", "HandOverOrder.posts": "岗位或组织编码",
    "ActivitiesOrder.within": "只限此地点及下级；空为全部", "ActivityStanding.step": "活动当前环节",
}  # fmt: skip

LABELS: tuple[Mapping[Any, str | tuple[str, ...]], ...] = (
    ROLES,
    {
        R.CONTACT: "联系居民", R.IDENTITY: "核对身份", R.EMERGENCY: "紧急情况", R.DUTY: "法定职责",
        R.REQUEST: "本人申请",
    },
    {"move": "归属调整", "rename": "更名", "merge": "合并", "split": "拆分", "close": "撤销"},
    {"json": "JSON 文件", "csv": "CSV 表格"},
    {"ndjson": "逐行 JSON", "csv": "CSV 表格"},
    {
        "wgs84": "GPS 坐标（与天地图一致）", "gcj02": "国测局坐标（高德、腾讯）", "bd09": "百度坐标",
        "cgcs2000": "国家 2000 坐标（天地图）",
    },
)  # fmt: skip
