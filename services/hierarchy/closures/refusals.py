"""What keeps a venue open. Pure."""

from shared.kernel.errors import LinliError


class VenueStillNeeded(LinliError):
    """`bookings`, `shifts` and `loans` list the ids of what would be left without the venue, a hundred of each."""

    status, code = 409, "venue_still_needed"
    zh = "“{venue}”还不能停用或缩短开放时间，那时还有：{what_zh}。请先不同意或收回预约、取消班次、收回借出物品。"
    en = (
        "{venue!r} cannot be given up, or be open for less, yet: there are {what_en}. Refuse or revoke the bookings, "
        "cancel the shifts, and take back what is lent first."
    )
