"""What venues can refuse. Pure."""

from shared.kernel.errors import LinliError


class UnknownVenue(LinliError):
    status, code = 422, "unknown_venue"
    zh = "没有编号为“{venue}”的阵地，或它不在这里。"
    en = "There is no venue {venue} here."


class VenueClosed(LinliError):
    """It has been given up: nothing new begins there."""

    status, code = 409, "venue_closed"
    zh = "“{venue}”已停用。"
    en = "{venue!r} has been closed down."
