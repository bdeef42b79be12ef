"""The words of notices."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")


class Kind(StrEnum):
    """通知种类."""

    PROMOTED = "promoted"
    CALLED_OFF = "called_off"


_SENTENCES = {
    Kind.PROMOTED: "您已从候补转为正式报名：{title}，{when}，{place}。不能参加请及时取消，把名额留给后面的邻居。",
    Kind.CALLED_OFF: "您报名的活动已取消：{title}，原定{when}，{place}。",
}


def sentence(kind: Kind, *, title: str, place: str, starts_at: datetime) -> str:
    """What the person reads."""
    day = starts_at.astimezone(_CHINA)
    when = f"{day.month}月{day.day}日{day:%H:%M}"
    return _SENTENCES[kind].format(title=title, when=when, place=place)
