"""The columns of every kind of workbook: their names as communities write them, how they are read and masked. Pure.

What is read has the type of the field that takes it at the door, with its bounds; see `inputs.py` of each slice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.hierarchy.households.inputs import Day, LegalBasis, PersonName
from services.hierarchy.households.rules import BASIS_WORDS, RELATION_WORDS, TAG_WORDS
from services.hierarchy.organisations.inputs import OrganisationCode
from services.hierarchy.places.inputs import Name, PlaceCode
from services.hierarchy.structures.structure import Key
from services.hierarchy.workbooks.rules import (
    NO,
    YES,
    Cell,
    Kind,
    code,
    day,
    dictionary,
    id_number,
    one_of,
    one_of_or_key,
    phone,
    some_of,
    words,
)
from shared.schemas.base import Code, Line

PLACE_WORDS = {
    "district": ("区县", "区"), "street": ("街道", "镇", "乡"), "community": ("社区", "村"), "area": ("片区", "片"),
    "compound": ("小区",), "grid": ("网格",), "micro_grid": ("微网格",), "group": ("组", "居民组"),
    "neighbour_group": ("邻", "邻里圈"), "building": ("楼栋", "栋", "楼", "幢"), "staircase": ("单元",),
    "household": ("户", "住户"), "shop": ("商铺", "沿街商铺"), "office_building": ("楼宇", "商务楼宇"),
}  # fmt: skip
ORGANISATION_WORDS = {
    "street_office": ("街道办", "镇政府"), "party_committee": ("党委",), "party_general_branch": ("党总支",),
    "party_branch": ("党支部",), "party_group": ("党小组",), "residents_committee": ("居委会",),
    "owners_committee": ("业委会",), "building_autonomy": ("楼栋自治组织",), "council": ("议事会",),
    "joint_meeting": ("联席会",),
    "department": ("部门",), "partner": ("共建单位",), "property_company": ("物业公司", "物业"),
    "social_organisation": ("社会组织",),
}  # fmt: skip
_ROLLS = {"member": ("党员",), "volunteer": ("志愿者",), "resident": ("居民", "住户")}
_BOOLS = dictionary({"true": YES, "false": NO})


def _yes(cell: Cell) -> bool:
    return one_of(_BOOLS)(cell) == "true"


@dataclass(frozen=True)
class Column:
    """One column: its field, its title in our own workbooks, its other names, how it is read and how masked."""

    field: str
    title: str
    names: tuple[str, ...]
    read: Callable[[Cell], Any]
    required: bool = False
    masked: str | None = None  # name, phone, id_number
    width: int = 14


def _place(title: str = "地点编码", *more: str, required: bool = True) -> Column:
    names = ("地点代码", "所属地点", "所属地点编码", "place", *more)
    return Column("place", title, names, code(PlaceCode), required, width=34)


_NAME = Column(
    "name", "姓名", ("户主姓名", "户主", "成员姓名", "人员姓名", "居民姓名", "name"), words(PersonName), True, "name"
)
_PHONE = Column("phone", "手机号", ("电话", "联系电话", "手机", "手机号码", "联系方式", "户主电话", "户主手机号",
                                 "户主联系电话", "phone"), phone, masked="phone")  # fmt: skip
_ID = Column("id_number", "身份证号", ("身份证", "身份证号码", "公民身份号码", "证件号", "证件号码", "户主身份证号",
                                   "户主身份证", "id_number"), id_number, masked="id_number", width=22)  # fmt: skip
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.HOUSEHOLDS: (
        _place("户编码", "户代码", "住户编码", "房屋编码", "户号", "地点编码"),
        _NAME,
        Column("relation", "与户主关系", ("关系", "家庭关系", "成员关系", "relation"),
               one_of(dictionary(RELATION_WORDS))),
        _PHONE,
        _ID,
        Column("tags", "标签", ("户标签", "家庭类型", "人群类别", "类别", "tags"), some_of(dictionary(TAG_WORDS))),
        Column("basis", "标签依据", ("依据", "依据类型", "basis"), one_of(dictionary(BASIS_WORDS))),
        Column("legal_basis", "依据说明", ("说明", "依据文件", "legal_basis"), words(LegalBasis), width=26),
        Column("since", "依据日期", ("登记日期", "起始日期", "同意日期", "since"), day(Day)),
        Column("until", "截止日期", ("有效期至", "到期日期", "until"), day(Day)),
    ),
    Kind.PEOPLE: (
        Column("code", "人员编码", ("编码", "人员编号", "编号", "code"), code(Code), width=26),
        _NAME,
        _PHONE,
        _ID,
        Column("listed_as", "名册", ("人员类别", "类别", "身份", "listed_as"), one_of_or_key(dictionary(_ROLLS), Key)),
        Column("party_member", "是否党员", ("党员", "中共党员", "party_member"), _yes),
        _place(),
    ),
    Kind.PLACES: (
        Column("code", "编码", ("地点编码", "代码", "code"), code(PlaceCode), True, width=34),
        Column("name", "名称", ("地点名称", "name"), words(Name), True, width=24),
        Column("kind", "类别", ("地点类别", "类型", "kind"), one_of(dictionary(PLACE_WORDS)), True),
        Column("parent", "上级编码", ("上级", "上级地点", "上级代码", "所属上级", "parent_code", "parent"),
               code(PlaceCode), width=34),
    ),
    Kind.ORGANISATIONS: (
        Column("code", "编码", ("组织编码", "代码", "code"), code(OrganisationCode), True, width=34),
        Column("name", "名称", ("组织名称", "单位名称", "name"), words(Line), True, width=24),
        Column("kind", "类别", ("组织类别", "类型", "单位类型", "kind"), one_of(dictionary(ORGANISATION_WORDS)), True),
        Column("parent", "上级组织编码", ("上级编码", "上级组织", "上级", "parent"), code(OrganisationCode), width=34),
        _place(),
    ),
    Kind.APPOINTMENTS: (
        Column("post", "岗位编码", ("岗位", "岗位代码", "职务编码", "post"), code(Code), True, width=34),
        Column("person", "人员编码", ("人员编号", "person"), code(Code), width=26),
        Column("name", "姓名", ("任职人", "人员姓名", "name"), words(PersonName), masked="name"),
        _PHONE,
        _ID,
        Column("since", "任职日期", ("起始日期", "开始日期", "任职时间", "since"), day(Day), True),
        Column("until", "卸任日期", ("结束日期", "截止日期", "任期至", "until"), day(Day)),
        Column("source", "产生方式", ("来源", "推选方式", "source"), words(Line)),
    ),
}  # fmt: skip
