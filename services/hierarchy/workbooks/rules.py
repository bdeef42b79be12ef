"""How the cells of a workbook are read, and what can be wrong with one. Pure.

Communities keep these books by hand: digits are full-width, a date is a text or a serial
number, an identity card number has an apostrophe before it or was turned into a rounded number by the spreadsheet.
How long a text is and how early a day, the field of the JSON body says alone (`columns.py`).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from services.hierarchy.households.rules import MOST_MEMBERS
from shared.schemas.base import Phone
from shared.schemas.personal import IdNumber

T = TypeVar("T")

Cell = str | float | None
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = (1, 109_575)  # 1899-12-31 … 2199-12-31
_WRITTEN = 19_000_101  # a number that is a date as it is written: 20240131
_EXACT = 10**15  # beyond it a spreadsheet's number has lost its last digits
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?(?:\.0+)?)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")
_ODD = re.compile(r"[\x00-\x1f\x7f\xa0\u200b\ufeff\u3000\uff10-\uff5a]")
APOSTROPHES = ("'", "’", "‘", "`", "＇")
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
    "too_short": ("内容过短，请写明", "is too short: say it in full"),
    "phone_wrong": ("手机号应为 11 位数字、以 1 开头", "is no mobile number of eleven digits"),
    "id_wrong": ("身份证号不正确（位数、日期或校验码）", "is no identity card number: length, date or check character"),
    "number_lost": ("被表格软件转成了数值，末几位已丢失，请以文本格式重填",
                    "was turned into a number by the spreadsheet and lost its last digits: enter it as text"),
    "date_wrong": ("日期无法识别，请写成 2024-01-31", "is no date: write 2024-01-31"),
    "date_range": ("日期须在 1949-10-01 至 2199-12-31 之间", "is no day from 1949-10-01 to 2199-12-31"),
    "code_wrong": ("编码只能是字母、数字、- 或 _，最多 64 位（组织编码 100 位）",
                   "is no code: letters, digits, - or _, at most 64 (an organisation's 100)"),
    "word_unknown": ("不在可选范围内", "is none of the words known here"),
    "duplicate": ("与前面某行重复", "repeats an earlier row"),
    "phone_twice": ("同一号码在本表中属于不同的人", "stands in this workbook for two people"),
    "id_twice": ("同一证件号在本表中属于不同的人", "stands in this workbook for two people"),
    "place_unknown": ("没有此编码的地点", "there is no place with this code"),
    "outside": ("不在本次导入的地点范围内", "lies outside the place of this import"),
    "not_yours": ("您在该地点无权办理这类内容，请由有权限的人员导入（地点由系统管理员导入）",
                  "is not yours to enter at that place: let somebody import it who may (for places: the operator)"),
    "kind_fixed": ("与现有类别不同，类别不能改", "is of another kind, which cannot be changed"),
    "household_full": (f"该户成员（不含已迁出）连同前面各行已满 {MOST_MEMBERS} 人，请核对户编码",
                       f"is one too many: {MOST_MEMBERS} belong to it, with the rows above"),
    "not_household": ("不是户级地点", "is no household place"),
    "phone_taken": ("该手机号已登记在另一人名下", "is kept for somebody of another name"),
    "id_taken": ("该证件号已登记在另一人名下", "is kept for somebody of another name"),
    "registered_elsewhere": ("此号码属于在其他社区登记的人员，请由该社区登记迁出，再由系统管理员登记",
                             "is of somebody of another community: once it recorded that they left, ask the operator"),
    "number_kept": ("此人已登记另一个号码：手机号由本人登录后更换，证件号在人员页面更正",
                    "differs from what is kept: its owner changes a phone, an identity card number the person's page"),
    "moved_out": ("此人已登记迁出；如又迁回，请在住户页面登记",
                  "moved out: if they are back, register them on the household's page"),
    "withdrawn": ("标签已撤回，须有撤回之后的依据日期",
                  "was withdrawn: a tag needs the date of a basis that was given after that"),
    "processing_stopped": ("此人的信息已删除或停止处理", "this person's data is erased or stopped"),
    "basis_missing": ("填了标签，须填依据和依据说明", "tags need a basis, and what it rests on"),
    "who_missing": ("编码、手机号、身份证号至少填一项", "code, phone or identity card number: at least one of them"),
    "person_unknown": ("没有找到此人", "nobody is known by this"),
    "post_unknown": ("没有此编码的岗位", "there is no post with this code"),
    "organisation_unknown": ("没有此编码的上级组织", "there is no organisation with this code"),
    "organisation_closed": ("该组织已撤销，请改用新编码登记", "is closed: register a new one with another code"),
    "organisation_parent": ("不能隶属于该上级：不能是自己或下级，最多 12 层，党组织只能隶属于同级或更高的党组织",
                            "cannot stand there: never below itself, at most 12 levels, parties by their levels"),
    "post_not_yours": ("该类岗位的任免不在您的权限内，请由系统管理员导入",
                       "is not yours to fill: let the operator import it"),
    "oneself": ("不能任命自己，请由另一位工作人员导入", "nobody appoints themself: let somebody else import it"),
    "day_over": ("已结束的任期不能补录，过去的任职情况不再改动，请删去该行",
                 "is over: who held a post on days gone by stays as it was, so leave this row out"),
    "would_breach": ("任职将违反组织架构（如人数上限、兼任），请在任职办理中处理",
                     "would breach the structure (a limit, posts that exclude each other): use the move `appoint`"),
    "ends_before": ("结束日期早于开始日期", "ends before it begins"),
    "seat_taken": ("该岗位当时已有人任职", "is held by somebody else at that time"),
    "tree": ("与地点树不符", "does not fit the tree of places"),
    "name_taken": ("同一上级下已有同类同名的地点，请换一个名称，或改用该地点的编码",
                   "is the name of another place of the kind there: take another, or that place's code"),
    "code_unfit": ("不符合该类地点的编码规则，或曾用于已撤销的地点，请换一个编码",
                   "is no code for a place of this kind, or was one's that is gone: take another"),
    "tree_moved": ("上级与现状不同，移动地点请另行办理", "lies elsewhere now: move it there instead"),
    "tree_cycle": ("上下级循环", "lies in itself"),
    "tree_deep": ("层级过深", "lies too deep"),
}  # fmt: skip


class WrongCell(ValueError):
    """A cell that cannot be read; the word is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text(cell: Cell) -> str:
    """What is written in a cell: digits and letters of ordinary width, no blanks around, no apostrophe before it."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    plain = cell.strip()
    if _ODD.search(plain):  # few cells need it, and it takes long
        plain = _CONTROL.sub(" ", plain.translate(_WIDE)).replace("\xa0", " ").strip()
    return plain[1:].strip() if plain.startswith(APOSTROPHES) else plain


def _exact(cell: Cell) -> str:
    if isinstance(cell, int | float) and abs(cell) >= _EXACT:
        raise WrongCell("number_lost")
    found = unicodedata.normalize("NFKC", text(cell).lstrip("".join(APOSTROPHES)).strip())
    if re.fullmatch(r"\d\.\d+[eE]\+\d+", found):
        raise WrongCell("number_lost")
    return found


_PHONE, _ID_NUMBER = TypeAdapter[str](Phone), TypeAdapter[str](IdNumber)


def _given(door: TypeAdapter[T], value: object, reason: str) -> T:
    """The value, as a body takes it."""
    try:
        return door.validate_python(value)
    except ValidationError:
        raise WrongCell(reason) from None


def words(body: Any) -> Callable[[Cell], str]:  # noqa: ANN401 - a type with its bounds
    """A text that `body` takes."""
    door = TypeAdapter[str](body)

    def read(cell: Cell) -> str:
        try:
            return door.validate_python(text(cell))
        except ValidationError as error:
            short = error.errors()[0]["type"] == "string_too_short"
            raise WrongCell("too_short" if short else "too_long") from None

    return read


def code(body: Any) -> Callable[[Cell], str]:  # noqa: ANN401 - a type with its bounds
    """A code that `body` takes."""
    door = TypeAdapter[str](body)
    return lambda cell: _given(door, _exact(cell).replace(" ", ""), "code_wrong")


def phone(cell: Cell) -> str:
    """Eleven digits, whatever stands between them."""
    digits = re.sub(r"[\s\-—()]", "", _exact(cell))
    return _given(_PHONE, re.sub(r"^(?:\+86|0086|86)(?=1\d{10}$)", "", digits), "phone_wrong")


def id_number(cell: Cell) -> str:
    """GB 11643."""
    return _given(_ID_NUMBER, _exact(cell).replace(" ", "").upper(), "id_wrong")


def day(body: Any) -> Callable[[Cell], date]:  # noqa: ANN401 - a type with its bounds
    """A day that `body` takes."""
    door = TypeAdapter[date](body)
    return lambda cell: _given(door, _day(cell), "date_range")


def _day(cell: Cell) -> date:
    """A date as text in any of the usual ways, or a spreadsheet's serial number."""
    if isinstance(cell, int | float) or re.fullmatch(r"\d{5}", text(cell)):
        return _serial(float(cell))  # type: ignore[arg-type] # the pattern says that it is a number
    found = text(cell)
    parts = _DATE.fullmatch(found) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", found)
    if parts is None:
        raise WrongCell("date_wrong")
    return _date(*map(int, parts.groups()))


def _serial(number: float) -> date:
    if number >= _WRITTEN and number.is_integer():
        return _date(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
    if not _SERIALS[0] <= number <= _SERIALS[1]:
        raise WrongCell("date_wrong")
    return _SERIAL_ZERO + timedelta(days=int(number))


def _date(year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise WrongCell("date_wrong") from None


def one_of(known: Mapping[str, str]) -> Callable[[Cell], str]:
    """A word of a dictionary (`normal` form → our code)."""

    def read(cell: Cell) -> str:
        found = known.get(normal(text(cell)))
        if found is None:
            raise WrongCell("word_unknown")
        return found

    return read


def one_of_or_key(known: Mapping[str, str], body: Any) -> Callable[[Cell], str]:  # noqa: ANN401 - a type with its bounds
    """A word of a dictionary, or else the key of a structure's post, as rolls are named after."""
    one, door = one_of(known), TypeAdapter[str](body)

    def read(cell: Cell) -> str:
        key = text(cell)
        return one(cell) if normal(key) in known else _given(door, key, "word_unknown")

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
