"""What a candidacy can be refused for. Pure."""

from shared.kernel.errors import LinliError


class UnknownSeat(LinliError):
    status, code = 422, "unknown_seat"
    zh = "没有编号为“{post}”的岗位。"
    en = "There is no seat {post!r}."


class UnknownEmployer(LinliError):
    status, code = 422, "unknown_employer"
    zh = "没有编号为“{employer}”的组织。"
    en = "There is no organisation {employer!r}."


class OriginNotTaken(LinliError):
    status, code = 409, "origin_not_taken"
    zh = "该岗位不接受“{origin}”，可用方式：{allowed}。"
    en = "This post is not filled by {origin!r}; it takes {allowed}."


class CriteriaDiffer(LinliError):
    status, code = 422, "criteria_differ"
    zh = "请给以下每一项打分，不要多也不要少：{criteria}。"
    en = "Points are given for these criteria, all of them and no others: {criteria}."
