"""What visits refuse. Pure."""

from shared.kernel.errors import LinliError


class NotAVisitor(LinliError):
    """Whoever visits holds a post there."""

    status, code = 422, "not_a_visitor"
    zh = "走访人在这里没有任职。"
    en = "The visitor holds no post that reaches this place."


class NoFloor(LinliError):
    status, code = 409, "no_floor"
    zh = "这里的组织架构没有规定每月走访底数。"
    en = "The structure in force here names no monthly floor of visits."
