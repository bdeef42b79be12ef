"""What agreements can refuse. Pure."""

from shared.kernel.errors import LinliError


class UnknownClause(LinliError):
    status, code = 422, "unknown_clause"
    zh = "协议没有第 {clause} 条。"
    en = "The agreement has no clause {clause}."


class NotInForceThen(LinliError):
    status, code = 409, "not_in_force_then"
    zh = "{day} 不在协议期内（{starts_on} 至 {ends_on}），或在今天之后。"
    en = "{day} is outside the agreement's time ({starts_on} to {ends_on}), or in the future."


class NoPartner(LinliError):
    status, code = 409, "no_partner"
    zh = "“{organisation}”不是共建单位，不能签共建协议。"
    en = "{organisation!r} is no partner: there is no agreement to be made with it."
