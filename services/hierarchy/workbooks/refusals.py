"""Why a workbook as a whole is not taken: a stable word per reason, in both languages. Pure."""

from shared.kernel.errors import LinliError


class Unreadable(Exception):
    """The file cannot be read; the word is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkbookRefused(LinliError):
    status, code = 422, "workbook_refused"
    zh = "文件未被接收：{why_zh}。"
    en = "The file was not taken: {why_en}."


class NothingToExport(LinliError):
    status, code = 422, "nothing_to_export"
    zh = "没有符合条件的数据可导出，或超过 {most} 行，请缩小范围。"
    en = "There is nothing to export there, or more than {most} rows: choose a smaller place."


class NothingWrong(LinliError):
    status, code = 409, "nothing_wrong"
    zh = "这份文件没有错误行，或错误清单已按期删除。"
    en = "No row of this file is wrong, or the list of them has been removed by now."


REASONS = {
    "empty": ("文件为空", "it is empty"),
    "type_not_allowed": ("只接收 XLSX 和 CSV", "only XLSX and CSV are"),
    "old_format": ("请另存为 .xlsx", "save it as .xlsx"),
    "encrypted": ("文件有密码，请去掉密码", "it has a password: save it without"),
    "damaged": ("文件已损坏或不完整", "it is damaged or cut off"),
    "encoding": ("无法识别编码，请另存为 UTF-8 或 GB18030", "its encoding is none of UTF-8, UTF-16, GB18030"),
    "too_expensive": ("文件过于复杂或展开后过大", "it takes too much time or memory to open"),
    "too_many_rows": ("行数超过上限 60000", "it has more than 60,000 rows"),
    "too_many_columns": ("列数超过上限 60", "it has more than 60 columns"),
    "no_header": ("没有找到表头，请使用模板", "no header row was found: use the template"),
    "header_twice": ("有两列是同一项目", "two columns mean the same"),
    "no_rows": ("表头下没有数据", "there are no rows below the header"),
    "not_theirs": ("确认人无权办理其中的行，请由有权限的人员重新上传并确认",
                   "whoever confirmed it may not do all of it by hand: let somebody send it again who may"),
    "too_late": ("内容已变化，请重新上传", "what it is about has changed meanwhile: send it again"),
}  # fmt: skip

# Of an import whose job was given up, by its step: what that means, and what to do until `kept_until`.
STALLED = {
    "received": (
        "检查多次失败，已停下，尚未写入数据。请“继续”再检查一次；仍不行请“取消”后另存再上传，或联系系统管理员。逾期自动取消",
        "checking it failed too often, nothing is written: `resume`, or `cancel` and send it anew; or ask the operator",
    ),
    "applying": (
        "导入多次失败，已停下，已写入的不会重复写入。请“继续”接着导入；仍不行请联系系统管理员，或“取消”其余。逾期自动取消其余",
        "applying it failed too often, what is written stays: `resume`; else ask the operator, or `cancel` the rest",
    ),
}


def refused(reason: str) -> WorkbookRefused:
    """The error for a reason."""
    zh, en = REASONS[reason]
    return WorkbookRefused(reason=reason, why_zh=zh, why_en=en)
