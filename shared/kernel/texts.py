"""What people may write: every text has an end, and none holds what no screen shows and no database stores."""

from typing import Annotated

from pydantic import StringConstraints

# Postgres cannot store U+0000; control characters other than tab and line breaks help nobody.
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
CODE = r"^[A-Za-z0-9_-]{1,64}$"
PHONE = r"^1[0-9]{10}$"
ID_NUMBER = r"^[1-9][0-9]{16}[0-9Xx]$"
# What a spreadsheet takes for the beginning of a formula, or what hides one from a look at its first character.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0")
PATTERNS_ZH = {
    PRINTABLE: "含有无法显示的字符",
    ONE_LINE: "不能换行，也不能有无法显示的字符",
    CODE: "只能用字母、数字、“-”和“_”，最多 64 位",
    PHONE: "请填 11 位手机号",
    ID_NUMBER: "请填 18 位身份证号",
}

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ONE_LINE)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=PRINTABLE)]
Remark = Annotated[str, StringConstraints(max_length=1000, pattern=PRINTABLE)]  # may be empty
