"""走访: its dictionaries, and the monthly floor as an indicator: numerator, denominator, and the rows that make them.

Pure. A visit counts where somebody was met at home; the same household twice in a month counts once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Cause(StrEnum):
    """走访事由."""

    ROUTINE = "routine"
    CARE = "care"
    SURVEY = "survey"
    DISPUTE = "dispute"
    FESTIVAL = "festival"
    POLICY = "policy"
    FOLLOW_UP = "follow_up"
    TALK = "talk"
    STUDIO = "studio"
    OTHER = "other"


class Form(StrEnum):
    """走访方式."""

    HOME = "home"
    PHONE = "phone"
    ONLINE = "online"
    ON_SITE = "on_site"


class Result(StrEnum):
    """走访结果."""

    NORMAL = "normal"
    NEED = "need"
    RISK = "risk"
    NOBODY = "nobody_home"
    DECLINED = "declined"


CAUSES = {
    Cause.ROUTINE: "日常走访", Cause.CARE: "关爱慰问", Cause.SURVEY: "入户调研", Cause.DISPUTE: "矛盾排查",
    Cause.FESTIVAL: "节日慰问", Cause.POLICY: "政策宣传", Cause.FOLLOW_UP: "回访",
    Cause.TALK: "书记谈心", Cause.STUDIO: "书记工作室进小区", Cause.OTHER: "其他",
}  # fmt: skip
FORMS = {Form.HOME: "入户", Form.PHONE: "电话", Form.ONLINE: "线上", Form.ON_SITE: "现场"}
RESULTS = {
    Result.NORMAL: "正常", Result.NEED: "发现需求", Result.RISK: "发现隐患", Result.NOBODY: "未遇",
    Result.DECLINED: "谢绝",
}  # fmt: skip
COUNTED_FORMS = frozenset({Form.HOME})
COUNTED_RESULTS = frozenset({Result.NORMAL, Result.NEED, Result.RISK})


@dataclass(frozen=True, slots=True)
class Month:
    """What somebody did for the floor in a month: different households met, and when the last time."""

    households: int
    last: date


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's month."""

    member: UUID
    done: int
    missing: int
    last: date | None

    @property
    def rank(self) -> tuple[int, UUID]:
        """The furthest behind come first; where a page ends."""
        return -self.missing, self.member


@dataclass(frozen=True, slots=True)
class Floor:
    """每月走访底数: `met` of `members` saw enough households; `rows` are all, the furthest behind first."""

    members: int
    met: int
    visits_due: int  # members × floor
    visits_done: int  # counted towards it: at most the floor of each
    rows: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A household: when somebody was last met there, and when somebody last said to come again."""

    household: UUID
    code: str
    last: date | None = None
    next_on: date | None = None

    def overdue(self, today: date) -> bool:
        """Whether somebody should have come again by today and nobody has."""
        return self.next_on is not None and self.next_on < today and (self.last is None or self.last < self.next_on)

    def rank(self, today: date) -> tuple[int, date, str]:
        """Those that should have been seen again come first, then those never seen, then those not seen for the
        longest; where a page ends.
        """
        return int(not self.overdue(today)), self.last or date.min, self.code


def unseen(households: Iterable[Seen], today: date) -> list[Seen]:
    """Who waits longest comes first."""
    return sorted(households, key=lambda one: one.rank(today))


def counts(household: UUID | None, form: str, result: str) -> bool:
    """Whether a visit counts towards the floor."""
    return household is not None and form in COUNTED_FORMS and result in COUNTED_RESULTS


def floor(members: Iterable[UUID], months: Mapping[UUID, Month], least: int) -> Floor:
    """The month of these members; who is not in `months` saw nobody."""
    rows = [_standing(member, months.get(member), least) for member in set(members)]
    rows.sort(key=lambda row: row.rank)
    done = sum(least - row.missing for row in rows)
    return Floor(len(rows), sum(row.missing == 0 for row in rows), len(rows) * least, done, tuple(rows))


def _standing(member: UUID, month: Month | None, least: int) -> Standing:
    done = month.households if month else 0
    return Standing(member, done, max(0, least - done), month.last if month else None)
