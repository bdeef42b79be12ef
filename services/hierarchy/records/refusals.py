"""What a record can be refused for. Pure."""

from shared.kernel.errors import LinliError


class AboutNobody(LinliError):
    status, code = 422, "about_nobody"
    zh = "“{kind}”须写明{what_zh}。"
    en = "A record of the kind {kind!r} needs {what_en}."


class LogFull(LinliError):
    status, code = 409, "log_full"
    zh = "这对师徒的跟岗记录已满 {most} 条，请结束后重新结对。"
    en = "A pair's log holds {most} lines: begin another pair."


class UnknownAbout(LinliError):
    status, code = 422, "unknown_about"
    zh = "没有编号为“{what}”的人员或岗位，或不在您的管理范围内。"
    en = "There is no person or post {what!r} here that you keep records of."
