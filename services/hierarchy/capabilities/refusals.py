"""What the three lists can refuse. Pure."""

from shared.kernel.errors import LinliError


class UnknownListing(LinliError):
    status, code = 422, "unknown_listing"
    zh = "没有编号为“{listing}”的{what_zh}，或它不在您的管理范围内。"
    en = "There is no {what_en} {listing} here, or it is outside your scope."
