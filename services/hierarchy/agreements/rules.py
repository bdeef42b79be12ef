"""Clauses and how far they are kept. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from pydantic import Field

from shared.kernel.periods import CHINA, PeriodKind, periods
from shared.kernel.texts import Line
from shared.schemas.base import Body

PARTNERS = ("partner", "property_company", "social_organisation", "department", "street_office")
LONGEST = timedelta(days=366 * 10)
_MORNING = time(9)


class Clause(Body):
    """条款: what the partner does; with a number, how often and in which period."""

    text: Line = Field(description="What is promised (约定事项).", examples=["每月开展一次联办活动"])
    kind: Literal["activity", "resource", "service", "funds", "other"] = "activity"
    at_least: int | None = Field(None, ge=1, le=10_000, description="So often in each period (次数).", examples=[1])
    per: Literal["month", "quarter", "year"] | None = Field(None, description="Null: in the whole time.")


# What events says of an activity that something delivered is said to have been. Only what it knows counts.
ActivityState = Literal["unverified", "verified", "refuted"]
_HELD = ("open", "closed", "underway", "finished")


def was_held(step: str, starts_at: datetime, ends_at: datetime, day: date) -> bool:
    """Whether an activity at this step in events is what was done on that day: public, not called off, and then."""
    return step in _HELD and starts_at.astimezone(CHINA).date() <= day <= ends_at.astimezone(CHINA).date()


class Delivered(NamedTuple):
    """Something that was done of a clause."""

    day: date
    times: int


class Kept(NamedTuple):
    """A clause in one period: how much was done of how much, and whether that is over."""

    period: str
    first: date
    last: date
    done: int
    due: int
    state: Literal["met", "open", "missed"]


def kept(clause: Clause, delivered: Iterable[Delivered], first: date, last: date, today: date) -> list[Kept]:
    """The clause period by period, from the agreement's first day to its last; those that have not begun are left out.

    A period that the agreement only touches counts as a whole one. What is done counts on its own day, once.
    """
    if clause.at_least is None:
        return []
    done = list(delivered)
    if clause.per is None:
        spans = [(f"{first}/{last}", first, last)]
    else:
        kind = PeriodKind(clause.per)
        spans = [(p.label, max(p.first, first), min(p.last, last)) for p in periods(kind, first, last)]
    found = []
    for label, begin, end in spans:
        if begin > today:
            break
        count = sum(one.times for one in done if begin <= one.day <= end)
        state: Literal["met", "open", "missed"] = (
            "met" if count >= clause.at_least else "open" if today <= end else "missed"
        )
        found.append(Kept(label, begin, end, count, clause.at_least, state))
    return found


def morning(day: date) -> datetime:
    """When something is due that is due on a day."""
    return datetime.combine(day, _MORNING, CHINA)


def reminders(ends_on: date, remind_days: int, today: date) -> list[date]:
    """The days on which the end is announced: so many days before, and a week before; none that is over."""
    days = sorted({ends_on - timedelta(days=remind_days), ends_on - timedelta(days=min(7, remind_days))})
    return [day for day in days if day >= today] or ([today] if today <= ends_on else [])
