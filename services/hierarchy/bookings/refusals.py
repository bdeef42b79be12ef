"""What a booking can be refused for. Pure."""

from shared.kernel.errors import LinliError


class NotBookable(LinliError):
    status, code = 409, "not_bookable"
    zh = "“{venue}”不接受预约。"
    en = "{venue!r} is not booked."


class RoomTaken(LinliError):
    """`begins_at` and `ends_at` are those of the booking that stands in the way."""

    status, code = 409, "room_taken"
    zh = "“{venue}”在 {words} 已有预约，请换一个时间。"
    en = "{venue!r} is booked already from {begins_at} until {ends_at}."


class RoomTooSmall(LinliError):
    status, code = 409, "room_too_small"
    zh = "“{venue}”最多容纳 {capacity} 人，预约的是 {people} 人。"
    en = "{venue!r} holds {capacity} people; the booking is for {people}."


class VenueNotOpen(LinliError):
    status, code = 409, "venue_not_open"
    zh = "“{venue}”在所选时间不开放：{words}。"
    en = "{venue!r} is not open then: {words_en}."
