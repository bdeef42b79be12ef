"""Whether an expert can be asked on a day. Pure."""

from collections.abc import Collection
from datetime import date


def available(weekdays: Collection[int], away_until: date | None, on: date) -> bool:
    """On one of their days, and not away."""
    return on.isoweekday() in weekdays and (away_until is None or away_until < on)
