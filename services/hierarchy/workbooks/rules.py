"""What a workbook's columns are called and how their cells are read. Pure.

Communities keep these books by hand: a column has many names, digits are full-width, a date is a text or a serial
number, an identity card number has an apostrophe before it or was turned into a rounded number by the spreadsheet.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from services.hierarchy.households.rules import BASIS_WORDS, RELATION_WORDS, TAG_WORDS
from shared.kernel.id_numbers import is_id_number

Cell = str | float | None
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = (1, 109_575)  # 1899-12-31 … 2199-12-31
_EXACT = 10**15  # beyond it a spreadsheet's number has lost its last digits
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?(?:\.0+)?)?")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")
_ODD = re.compile(r"[\x00-\x1f\x7f\xa0\u200b\ufeff\u3000\uff10-\uff5a]")
_APOSTROPHES = "'’‘`＇"
_LISTED = re.compile(r"[、,，;；/／|\s]+")
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE[0x3000] = 0x20
YES, NO = ("是", "有", "y", "yes", "true", "1", "√", "✓"), ("否", "无", "n", "no", "false", "0", "×")


class Kind(StrEnum):
    """导入内容."""

    HOUSEHOLDS = "households"
    PEOPLE = "people"
    PLACES = "places"
    ORGANISATIONS = "organisations"
    APPOINTMENTS = "appointments"


class Mode(StrEnum):
    """导入方式: everything or nothing, or the rows that are right."""

    ALL_OR_NOTHING = "all_or_nothing"
    VALID_ROWS = "valid_rows"


REASONS: dict[str, tuple[str, str]] = {
    "required": ("必填项为空", "must not be empty"),
    "too_long": ("内容过长", "is too long"),
    "phone_wrong": ("手机号应为 11 位数字、以 1 开头", "is no mobile number of eleven digits"),
    "id_wrong": ("身份证号不正确（位数、日期或校验码）", "is no identity card number: length, date or check character"),
    "number_lost": ("被表格软件转成了数值，末几位已丢失，请以文本格式重填",
                    "was turned into a number by the spreadsheet and lost its last digits: enter it as text"),
    "date_wrong": ("日期无法识别，请写成 2024-01-31", "is no date: write 2024-01-31"),
    "code_wrong": ("编码只能是 1–64 位字母、数字、- 或 _", "is no code: 1 to 64 letters, digits, - or _"),
    "word_unknown": ("不在可选范围内", "is none of the words known here"),
    "duplicate": ("与前面某行重复", "repeats an earlier row"),
    "phone_twice": ("同一号码在本表中属于不同的人", "stands in this workbook for two people"),
    "id_twice": ("同一证件号在本表中属于不同的人", "stands in this workbook for two people"),
    "place_unknown": ("没有此编码的地点", "there is no place with this code"),
    "outside": ("不在本次导入的地点范围内", "lies outside the place of this import"),
    "not_household": ("不是户级地点", "is no household place"),
    "phone_taken": ("该手机号已登记在另一人名下", "is kept for somebody of another name"),
    "id_taken": ("该证件号已登记在另一人名下", "is kept for somebody of another name"),
    "processing_stopped": ("此人的信息已删除或停止处理", "this person's data is erased or stopped"),
    "basis_missing": ("填了标签，须填依据和依据说明", "tags need a basis, and what it rests on"),
    "who_missing": ("编码、手机号、身份证号至少填一项", "code, phone or identity card number: at least one of them"),
    "person_unknown": ("没有找到此人", "nobody is known by this"),
    "post_unknown": ("没有此编码的岗位", "there is no post with this code"),
    "organisation_unknown": ("没有此编码的上级组织", "there is no organisation with this code"),
    "ends_before": ("结束日期早于开始日期", "ends before it begins"),
    "seat_taken": ("该岗位当时已有人任职", "is held by somebody else at that time"),
    "tree": ("与地点树不符", "does not fit the tree of places"),
    "tree_moved": ("上级与现状不同，移动地点请另行办理", "lies elsewhere now: a place is moved, not imported, to another"),
    "tree_cycle": ("上下级循环", "lies in itself"),
    "tree_deep": ("层级过深", "lies too deep"),
}  # fmt: skip


class WrongCell(ValueError):
    """A cell that cannot be read; the word is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text(cell: Cell) -> str:
    """What is written in a cell: digits and Latin letters of ordinary width, no blanks around it, no apostrophe before."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    plain = cell.strip()
    if _ODD.search(plain):  # few cells need it, and it takes long
        plain = _CONTROL.sub(" ", plain.translate(_WIDE)).replace("\xa0", " ").strip()
    return plain.lstrip(_APOSTROPHES).strip() if plain[:1] in _APOSTROPHES else plain


def _exact(cell: Cell) -> str:
    if isinstance(cell, int | float) and abs(cell) >= _EXACT:
        raise WrongCell("number_lost")
    found = unicodedata.normalize("NFKC", text(cell))
    if re.fullmatch(r"\d\.\d+[eE]\+\d+", found):
        raise WrongCell("number_lost")
    return found


def words(most: int) -> Callable[[Cell], str]:
    """A text of at most so many characters."""

    def read(cell: Cell) -> str:
        found = text(cell)
        if len(found) > most:
            raise WrongCell("too_long")
        return found

    return read


def code(cell: Cell) -> str:
    """A code of ours."""
    found = _exact(cell).replace(" ", "")
    if not _CODE.fullmatch(found):
        raise WrongCell("code_wrong")
    return found


def phone(cell: Cell) -> str:
    """Eleven digits, whatever stands between them."""
    digits = re.sub(r"[\s\-—()]", "", _exact(cell))
    digits = re.sub(r"^(?:\+86|0086|86)(?=1\d{10}$)", "", digits)
    if not re.fullmatch(r"1\d{10}", digits):
        raise WrongCell("phone_wrong")
    return digits


def id_number(cell: Cell) -> str:
    """GB 11643."""
    found = _exact(cell).replace(" ", "").upper()
    if not is_id_number(found):
        raise WrongCell("id_wrong")
    return found


def day(cell: Cell) -> date:
    """A date as text in any of the usual ways, or a spreadsheet's serial number."""
    if isinstance(cell, int | float) or re.fullmatch(r"\d{5}", text(cell)):
        return _serial(float(cell))  # type: ignore[arg-type] # the pattern says that it is a number
    found = text(cell)
    parts = _DATE.fullmatch(found) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", found)
    if parts is None:
        raise WrongCell("date_wrong")
    return _date(*map(int, parts.groups()))


def _serial(number: float) -> date:
    if number >= 19_000_101 and number.is_integer():  # 20240131
        return _date(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
    if not _SERIALS[0] <= number <= _SERIALS[1]:
        raise WrongCell("date_wrong")
    return _between(_SERIAL_ZERO + timedelta(days=int(number)))


def _date(year: int, month: int, of_month: int) -> date:
    try:
        return _between(date(year, month, of_month))
    except ValueError:
        raise WrongCell("date_wrong") from None


def _between(found: date) -> date:
    if not date(1900, 1, 1) <= found < date(2200, 1, 1):
        raise WrongCell("date_wrong")
    return found


def one_of(known: Mapping[str, str]) -> Callable[[Cell], str]:
    """A word of a dictionary (`normal` form → our code)."""

    def read(cell: Cell) -> str:
        found = known.get(normal(text(cell)))
        if found is None:
            raise WrongCell("word_unknown")
        return found

    return read


def some_of(known: Mapping[str, str]) -> Callable[[Cell], tuple[str, ...]]:
    """Words of a dictionary, one after the other."""
    one = one_of(known)

    def read(cell: Cell) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one(part) for part in _LISTED.split(text(cell)) if part))

    return read


def normal(word: str) -> str:
    """A word as it is compared: no blanks, no brackets with what is in them, no stars, lower case."""
    plain = unicodedata.normalize("NFKC", word)
    return re.sub(r"\(.*?\)|[\s*:：_·.。、]+", "", plain).lower()


def dictionary(given: Mapping[Any, tuple[str, ...]]) -> dict[str, str]:
    """Every word, and our own code, to the code."""
    found = {normal(word): str(key) for key, known in given.items() for word in known}
    return found | {normal(str(key)): str(key) for key in given}


_KINDS = {
    "district": ("区县", "区"), "street": ("街道", "镇", "乡"), "community": ("社区", "村"), "area": ("片区", "片"),
    "compound": ("小区",), "grid": ("网格",), "micro_grid": ("微网格",), "group": ("组", "居民组"),
    "neighbour_group": ("邻", "邻里圈"), "building": ("楼栋", "栋", "楼", "幢"), "staircase": ("单元",),
    "household": ("户", "住户"), "shop": ("商铺", "沿街商铺"), "office_building": ("楼宇", "商务楼宇"),
}  # fmt: skip
_ORGANISATIONS = {
    "street_office": ("街道办", "镇政府"), "party_committee": ("党委",), "party_branch": ("党支部", "党总支"),
    "party_group": ("党小组",), "residents_committee": ("居委会",), "owners_committee": ("业委会",),
    "building_autonomy": ("楼栋自治组织",), "council": ("议事会",), "joint_meeting": ("联席会",),
    "department": ("部门",), "partner": ("共建单位",), "property_company": ("物业公司", "物业"),
    "social_organisation": ("社会组织",),
}  # fmt: skip
_ROLLS = {"member": ("党员",), "volunteer": ("志愿者",), "resident": ("居民", "住户")}
_BOOLS = dictionary({"true": YES, "false": NO})


def _yes(cell: Cell) -> bool:
    return one_of(_BOOLS)(cell) == "true"


@dataclass(frozen=True)
class Column:
    """One column: its field, its title in our own workbooks, its other names, how it is read, and how it is masked."""

    field: str
    title: str
    names: tuple[str, ...]
    read: Callable[[Cell], Any]
    required: bool = False
    masked: str | None = None  # name, phone, id_number
    width: int = 14


def _place(title: str = "地点编码", *more: str, required: bool = True) -> Column:
    return Column("place", title, ("地点代码", "所属地点", "所属地点编码", "place", *more), code, required, width=34)


_NAME = Column(
    "name", "姓名", ("户主姓名", "户主", "成员姓名", "人员姓名", "居民姓名", "name"), words(60), True, "name"
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
        Column("legal_basis", "依据说明", ("说明", "依据文件", "legal_basis"), words(200), width=26),
        Column("since", "依据日期", ("登记日期", "起始日期", "同意日期", "since"), day),
        Column("until", "截止日期", ("有效期至", "到期日期", "until"), day),
    ),
    Kind.PEOPLE: (
        Column("code", "人员编码", ("编码", "人员编号", "编号", "code"), code, width=26),
        _NAME,
        _PHONE,
        _ID,
        Column("listed_as", "名册", ("人员类别", "类别", "身份", "listed_as"), one_of(dictionary(_ROLLS))),
        Column("party_member", "是否党员", ("党员", "中共党员", "party_member"), _yes),
        _place(),
    ),
    Kind.PLACES: (
        Column("code", "编码", ("地点编码", "代码", "code"), code, True, width=34),
        Column("name", "名称", ("地点名称", "name"), words(200), True, width=24),
        Column("kind", "类别", ("地点类别", "类型", "kind"), one_of(dictionary(_KINDS)), True),
        Column("parent", "上级编码", ("上级", "上级地点", "上级代码", "所属上级", "parent_code", "parent"), code,
               width=34),
    ),
    Kind.ORGANISATIONS: (
        Column("code", "编码", ("组织编码", "代码", "code"), code, True, width=34),
        Column("name", "名称", ("组织名称", "单位名称", "name"), words(200), True, width=24),
        Column("kind", "类别", ("组织类别", "类型", "单位类型", "kind"), one_of(dictionary(_ORGANISATIONS)), True),
        Column("parent", "上级组织编码", ("上级编码", "上级组织", "上级", "parent"), code, width=34),
        _place(),
    ),
    Kind.APPOINTMENTS: (
        Column("post", "岗位编码", ("岗位", "岗位代码", "职务编码", "post"), code, True, width=34),
        Column("person", "人员编码", ("人员编号", "person"), code, width=26),
        Column("name", "姓名", ("任职人", "人员姓名", "name"), words(60), masked="name"),
        _PHONE,
        _ID,
        Column("since", "任职日期", ("起始日期", "开始日期", "任职时间", "since"), day, True),
        Column("until", "卸任日期", ("结束日期", "截止日期", "任期至", "until"), day),
        Column("source", "产生方式", ("来源", "推选方式", "source"), words(100)),
    ),
}  # fmt: skip
