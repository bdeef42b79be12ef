"""What bodies can refuse. Pure."""

from shared.kernel.errors import LinliError


class NoBody(LinliError):
    """A party branch or a partner is an organisation, and no body that sits."""

    status, code = 409, "no_body"
    zh = "“{organisation}”不是议事机构，不设席位。"
    en = "{organisation!r} is no body that sits: it has no seats."


class SeatsHeld(LinliError):
    status, code = 409, "seats_held"
    zh = "“{seat}”席位现有 {held} 人在任，不能减为 {seats} 席。"
    en = "{held} people hold seats of the kind {seat!r}; there cannot be {seats}."


class NoSeatFree(LinliError):
    status, code = 409, "no_seat_free"
    zh = "“{seat}”席位已满。"
    en = "No seat of the kind {seat!r} is free."


class NotForThisSeat(LinliError):
    status, code = 409, "not_for_this_seat"
    zh = "不能担任“{seat}”：{why_zh}。"
    en = "Not for a seat of the kind {seat!r}: {why_en}."


class UnknownSeatKind(LinliError):
    status, code = 422, "unknown_seat_kind"
    zh = "“{organisation}”没有“{seat}”席位。现有席位：{seats}。"
    en = "{organisation!r} has no seat {seat!r}. It has: {seats}."
