"""What a candidacy can be refused for. Pure."""

from shared.kernel.errors import LinliError


class UnknownSeat(LinliError):
    status, code = 422, "unknown_seat"
    zh = "没有编号为“{post}”的岗位。"
    en = "There is no seat {post!r}."


class NobodyToName(LinliError):
    """Always the same, whichever of these it is: it says nothing about anybody's number, name or home."""

    status, code = 422, "nobody_to_name"
    zh = (
        "不能按此姓名和手机号推荐，请与本人核对：姓名、手机号须与登记的一致，"
        "本人须居住或登记在该岗位所在的社区，且未在参选该岗位。"
    )
    en = (
        "Nobody can be named by this name and number. Check both with the person, who must be registered with them, "
        "live or be listed in the community of the seat, and not stand for it yet."
    )


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
