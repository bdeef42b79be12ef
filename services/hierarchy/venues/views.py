"""What clients see of venues."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.hierarchy.places.views import place_facts
from services.hierarchy.venues.inputs import Residing
from services.hierarchy.venues.rules import DayPart, Opening, Week, Why, in_words
from services.hierarchy.venues.workflow import VENUE, Party
from shared.kernel.rights import Permission, Principal
from shared.schemas.base import View


class VenueCount(View):
    """How many venues of one kind there are at a place and below, and how many have someone on the spot."""

    kind: str = Field(examples=["station"])
    count: int = Field(examples=[12])
    staffed: int = Field(description="With a resident social worker or grid worker (有人常驻).", examples=[6])
    invented: int = Field(description="How many of them are invented (虚构).")


class VenueSummary(View):
    """A venue in a list."""

    id: UUID
    code: str = Field(examples=["141021100002-P01-station"])
    kind: str = Field(examples=["station"])
    name: str = Field(examples=["贡院西街驿站"])
    place_code: str | None = Field(description="Where it lies (所在地点).", examples=["141021100002-P01"])
    place_name: str | None
    part_of: UUID | None = Field(description="Of a room: the venue that it belongs to (所属阵地).")
    functions: list[str] = Field(description="What one can do there (功能).", examples=[["民情恳谈角", "代办"]])
    amenities: list[str] = Field(description="What is there to be used (设施).", examples=[["饮水机", "充电器"]])
    resident: Residing
    capacity: int | None = Field(description="People at a time; null: it is not booked (可容纳人数).")
    approval: bool = Field(description="Bookings are decided by the community (预约需审核).")
    phone: str | None = Field(description="A public number, nobody's own (对外电话).")
    address: str | None = Field(description="Where to find it, in words (详细地址).", examples=["示例路1号东门一层"])
    hours: Week | None = Field(description="The weekly pattern; null for a room that is open as its venue is.")
    hours_in_words: str = Field(examples=["每天 8:00–21:00"])
    step: str = Field(examples=["open"])
    invented: bool = Field(description="True for what the sources do not name (虚构).")


class OpeningView(View):
    """One day's hours, and what decided them."""

    day: date
    parts: list[DayPart] = Field(description="None at all: closed (休息).")
    why: Why
    words_zh: str = Field(examples=["周日"])
    words_en: str
    provisional: bool = Field(description="The year's holidays are not published yet (放假安排尚未公布).")


class VenueView(VenueSummary):
    """A venue, whole."""

    version: int
    today: OpeningView
    open_now: bool = Field(description="Whether it is open at this moment (此刻开放).")
    open_until: datetime | None = Field(description="Until when, if it is.")
    moves: list[str] = Field(description="The moves that are open to you now (您现在可以办理的操作).")


class VisitCount(View):
    """How many came in one part of a day."""

    venue_id: UUID
    day: date
    part: str = Field(examples=["morning"])
    count: int = Field(description="Visits, not visitors (人次).", examples=[46])


class VisitSum(View):
    """Visits of one period."""

    period: str = Field(description="`2025-03-01`, `2025-03-H1`, `2025-03`, `2025-Q1` or `2025`.", examples=["2025-03"])
    kind: str | None = Field(description="Of venues of this kind; null for one venue.", examples=["station"])
    count: int = Field(examples=[508])
    days: int = Field(description="Days on which somebody counted.", examples=[31])


class VisitSums(View):
    """Visits by period, and all together (服务人次)."""

    since: date
    until: date
    by: str = Field(examples=["month"])
    total: int = Field(examples=[2000])
    invented: bool = Field(description="A source's total was spread evenly over its days (按日分摊，虚构).")
    sums: list[VisitSum]


_PLAIN = ("id", "code", "kind", "name", "part_of", "functions", "amenities", "resident", "capacity", "approval",
          "phone", "address", "step", "invented")  # fmt: skip


def week_of(row: Any) -> Week | None:  # noqa: ANN401 - a row
    """The weekly pattern in a row; None where there is none."""
    return Week.model_validate(row["hours"]) if row["hours"] else None


def fields(row: Any, place: Any, hours: Week | None) -> dict[str, Any]:  # noqa: ANN401 - rows
    """What a summary is made of; `hours` are those that hold for it, its own or its venue's."""
    return {name: row[name] for name in _PLAIN} | {
        "place_code": place["code"] if place else None,
        "place_name": place["full_name"] if place else None,
        "hours": week_of(row),
        "hours_in_words": in_words(hours) if hours else "未登记",
    }


def day_view(opening: Opening) -> OpeningView:
    """One day as clients see it."""
    return OpeningView(
        day=opening.day,
        parts=list(opening.parts),
        why=opening.why,
        words_zh=opening.words.zh,
        words_en=opening.words.en,
        provisional=opening.provisional,
    )


def parties(path: str, caller: Principal) -> frozenset[Party]:
    """Who the caller is to a venue at this place."""
    return frozenset({Party.STAFF} if caller.may(Permission.VENUES_MANAGE, path) else ())


def facts(row: Any, place: Any) -> frozenset[str]:  # noqa: ANN401 - rows
    """What opens or shuts moves now: what lies in something that is given up comes back with it."""
    return frozenset() if row["without_venue"] else place_facts(place)


def open_moves(row: Any, place: Any, caller: Principal) -> Sequence[str]:  # noqa: ANN401 - rows
    """What the caller could do with it now."""
    return VENUE.open_moves(row["step"], parties(row["path"], caller), facts(row, place))
