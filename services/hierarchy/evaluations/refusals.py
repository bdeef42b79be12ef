"""What evaluations can refuse. Pure."""

from shared.kernel.errors import LinliError


class NotReopened(LinliError):
    status, code = 409, "not_reopened"
    zh = "不能重新评价：{why_zh}。"
    en = "It cannot be opened again: {why_en}."


class EvaluatedAlready(LinliError):
    status, code = 409, "evaluated_already"
    zh = "“{subject}”{year} 年度的三方评价已经发起。"
    en = "The evaluation of {subject!r} for {year} is there already."


class UnknownSubject(LinliError):
    status, code = 422, "unknown_subject"
    zh = "没有编号为“{subject}”的组织或岗位，或它不在您的管理范围内。"
    en = "There is no organisation or post {subject!r} here, or it is outside your scope."
