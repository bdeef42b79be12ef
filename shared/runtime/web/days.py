"""Days in a query: `since` and `until`, both included, with an end to how many they may be."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

from shared.kernel.days import Day
from shared.kernel.errors import Invalid

Since = Annotated[Day | None, Query(description="First day; today without it (起).", examples=["2026-11-01"])]
Until = Annotated[Day | None, Query(description="Last day; the first without it (止).", examples=["2026-11-30"])]


def spanned(since: date | None, until: date | None, today: date, most: int) -> tuple[date, date]:
    """The days that a caller means. Raises Invalid (422) where they run backwards or are more than `most`."""
    first = since or (min(today, until) if until else today)
    last = until or first
    if not timedelta(0) <= last - first < timedelta(days=most):
        zh, en = f"起不能晚于止，最多 {most} 天", f"since must not be after until, and they span {most} days at most"
        raise Invalid(errors=[{"at": "/query/until", "kind": "value_error", "zh": zh, "en": en}])
    return first, last
