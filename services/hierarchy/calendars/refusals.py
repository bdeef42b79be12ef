"""What calendar links can refuse. Pure."""

from shared.kernel.errors import LinliError


class NoCalendarLink(LinliError):
    status, code = 409, "no_calendar_link"
    zh = "您没有日历订阅链接。"
    en = "You have no calendar link."
