"""What the values of hierarchy are called in Chinese; `words` has the fields. Labels that it shows are its own."""

from services.hierarchy.candidacies.workflow import SOURCES
from services.hierarchy.households.rules import BASIS_WORDS, RELATION_WORDS, TAG_WORDS
from services.hierarchy.places.rules import GROUPS
from services.hierarchy.privacy.inputs import Shown, Way
from services.hierarchy.records.inputs import KINDS
from services.hierarchy.venues.rules import Why
from services.hierarchy.visits.rules import CAUSES, FORMS, RESULTS
from services.hierarchy.words import FIELDS
from services.hierarchy.workbooks.columns import ORGANISATION_WORDS, PLACE_WORDS
from services.hierarchy.workbooks.rules import Kind, Mode
from shared.runtime.web.glossary import Glossary, Labels

_OWN: tuple[Labels, ...] = (CAUSES, FORMS, RESULTS, SOURCES, GROUPS, BASIS_WORDS, RELATION_WORDS, TAG_WORDS,
                            PLACE_WORDS, ORGANISATION_WORDS)  # fmt: skip
LABELS: tuple[Labels, ...] = (
    {
        "district": "区县", "place": "地点", "organisation": "组织", "structure": "组织架构", "post": "岗位",
        "appointment": "任职", "responsibility": "职责", "household": "住户", "venue": "阵地",
    },
    {"party": "党组织", "self_governance": "自治组织", "partner": "共建单位", "department": "部门"},
    {
        Kind.HOUSEHOLDS: "住户", Kind.PEOPLE: "人员", Kind.PLACES: "地点", Kind.ORGANISATIONS: "组织",
        Kind.APPOINTMENTS: "任职",
    },
    {Mode.ALL_OR_NOTHING: "全对才导", Mode.VALID_ROWS: "先导对的"},
    {Shown.NAME: "姓名", Shown.PHONE: "手机号", Shown.ID_NUMBER: "公民身份号码"},
    {Way.ERASE: "删除", Way.STOP: "停止处理"},
    {Why.EXCEPTION: "例外日", Why.HOLIDAY: "节假日", Why.MAKE_UP_DAY: "调休上班日", Why.WEEK: "每周安排"},
    {"served": "服务对象", "branch": "小区党支部", "owners": "红色业委会"},
    {
        "station": "驿站", "parlour": "客厅", "window": "便民窗口", "mediation_room": "调解室", "studio": "工作室",
        "informal": "其他议事场所", "room": "房间",
    },
    {"social_worker": "社工", "grid_worker": "网格员", "staff": "工作人员", "volunteer": "志愿者"},
    {
        "rental_housing": "出租屋区", "resettlement": "移民安置区", "commodity_housing": "商品房区",
        "old_estate": "老旧小区", "business": "商圈",
    },
    {
        "office": "楼宇", "shop": "商铺", "market": "市场", "park": "园区", "school": "学校", "hospital": "医院",
        "site": "工地",
    },
    {"activity": "活动", "resource": "资源", "service": "服务", "funds": "资金", "other": "其他"},
    {"resource": "资源", "need": "需求", "project": "项目"},
    {"unverified": "待核实", "verified": "已核实", "refuted": "核实不符"},
    {"morning": "上午", "afternoon": "下午", "evening": "晚上", "day": "全天"},
    {"day": "日", "half-month": "半月", "month": "月", "quarter": "季度", "year": "年"},
    {"community": "社区", "street": "街道", "district": "区县", "city": "市", "province": "省", "country": "国家"},
    {"sign_in": "登录", "confirm_phone": "确认现用号码"},
    {"full": "全名", "family": "只显示姓"},
    {"public": "公众", "posts": "工作人员"},
    {"on_duty": "正在值班", "post": "责任链上的岗位"},
    {"outside": "超出上级范围", "overlap": "与相邻地点重叠"},
    {"toml": "TOML 文本", "json": "JSON 文本"},
    {
        "unknown_post": "架构中没有的岗位", "level": "层级不符", "span": "管理幅度不符", "seats": "席位数不符",
        "vacancy": "岗位空缺", "spare": "席位多设", "size": "规模不符", "party_share": "党员占比不足",
        "holds": "应兼任而未兼任", "limit": "兼任岗位过多", "full_time": "一人任多个专职岗位", "term": "任期已满",
        "sum": "合计不符",
    },
)  # fmt: skip
_RECORDS = {f"{kind.capitalize()}.kind": f"记录类别：{label}" for kind, label in KINDS.items()}
GLOSSARY = Glossary(FIELDS | _RECORDS, (*_OWN, *LABELS))
