"""Days that people give. Pure."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)


def in_our_time(day: date) -> date:
    """ValueError for a day that nobody can mean: arithmetic ends at the year 9999."""
    if not _FIRST <= day <= _LAST:
        raise ValueError("not a day between 2000 and 2200")
    return day


Day = Annotated[date, AfterValidator(in_our_time)]
