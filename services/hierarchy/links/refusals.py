"""What linking refuses. Pure."""

from shared.kernel.errors import LinliError


class SpanExceeded(LinliError):
    """管理幅度: more than one holder can look after."""

    status, code = 409, "span_exceeded"
    zh = "“{post}”最多联 {most} 户，现在将有 {count} 户。"
    en = "{post!r} looks after {most} households at most; this would make {count}."


class UnknownHousehold(LinliError):
    status, code = 422, "unknown_household"
    zh = "没有登记编号为“{household}”的住户。"
    en = "There is no registered household {household!r}."
