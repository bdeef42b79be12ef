"""What a swap can be refused for. Pure."""

from shared.kernel.errors import LinliError


class CannotSwap(LinliError):
    """`why` is stable: `not_yours`, `not_theirs`, `not_published`, `begun`, `other_roster`, `with_yourself`."""

    status, code = 409, "cannot_swap"
    zh = "不能这样换班：{why_zh}。"
    en = "This cannot be swapped: {why_en}."


WHY = {
    "not_yours": ("这不是您的班次", "the shift is not yours"),
    "not_theirs": ("交换的班次不是对方的", "the shift in return is not theirs"),
    "not_published": ("班次尚未公布或已变动", "a shift is not published, or has changed"),
    "begun": ("班次已经开始", "a shift has begun"),
    "other_roster": ("不是同一张值班表", "the two shifts are of different rosters"),
    "with_yourself": ("不能和自己换", "you asked yourself"),
}


def cannot(why: str) -> CannotSwap:
    """The refusal in words."""
    zh, en = WHY[why]
    return CannotSwap(why=why, why_zh=zh, why_en=en)
