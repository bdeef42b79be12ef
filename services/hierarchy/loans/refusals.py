"""What a loan can be refused for. Pure."""

from shared.kernel.errors import LinliError


class NothingLeft(LinliError):
    status, code = 409, "nothing_left"
    zh = "“{item}”共 {total} 件，已全部借出。"
    en = "All {total} of {item!r} are lent."


class StillLent(LinliError):
    """There cannot be fewer of a thing than are out."""

    status, code = 409, "still_lent"
    zh = "“{item}”还有 {lent} 件借出，总数不能改为 {total}。"
    en = "{lent} of {item!r} are lent; there cannot be {total} in all."
